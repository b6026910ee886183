// The topics there are at one moment, as Kafka spells them: what consumer groups look at when they
// share partitions out. Never altered once made.
#ifndef BRAID_ENGINE_TOPIC_IMAGE_H_
#define BRAID_ENGINE_TOPIC_IMAGE_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "engine/partitions.h"

namespace braid::engine {

class Catalog;

struct TopicImage {
  struct Entry {
    TopicId id{};
    int32_t partitions = 0;
    friend bool operator==(const Entry&, const Entry&) = default;
  };

  uint64_t version = 0;  // Catalog::topics_version() before it was made
  std::map<std::string, Entry, std::less<>> topics;

  static std::shared_ptr<const TopicImage> Of(const Catalog& catalog);
};

}  // namespace braid::engine

#endif  // BRAID_ENGINE_TOPIC_IMAGE_H_
