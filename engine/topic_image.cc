#include "engine/topic_image.h"

#include "engine/catalog.h"
#include "engine/views.h"

namespace braid::engine {

std::shared_ptr<const TopicImage> TopicImage::Of(const Catalog& catalog) {
  auto image = std::make_shared<TopicImage>();
  image->version = catalog.topics_version();
  for (const TopicPtr& topic : catalog.Topics()) {
    const auto partitions = static_cast<int32_t>(topic->partitions.size());
    image->topics[KafkaNameOf(topic->partitions.front()->identity())] = {topic->uuid, partitions};
  }
  return image;
}

}  // namespace braid::engine
