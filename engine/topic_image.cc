#include "engine/topic_image.h"

#include "engine/catalog.h"
#include "engine/views.h"

namespace braid::engine {

std::shared_ptr<const TopicImage> TopicImages::Current() {
  const uint64_t version = catalog_.topics_version();
  {
    absl::MutexLock lock(&mu_);
    if (newest_ != nullptr && newest_->version >= version) return newest_;
  }
  auto image = std::make_shared<TopicImage>();
  image->version = version;
  for (const TopicPtr& topic : catalog_.Topics()) {
    const auto partitions = static_cast<int32_t>(topic->partitions.size());
    image->topics[KafkaNameOf(topic->partitions.front()->identity())] = {topic->uuid, partitions};
  }
  absl::MutexLock lock(&mu_);
  if (newest_ == nullptr || newest_->version < version) newest_ = std::move(image);
  return newest_;
}

std::shared_ptr<const TopicImage> TopicImages::Newest() const {
  absl::MutexLock lock(&mu_);
  return newest_;
}

}  // namespace braid::engine
