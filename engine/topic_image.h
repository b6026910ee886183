// The topics there are at one moment, as Kafka spells them: what consumer groups look at when they
// share partitions out. Never altered once made.
#ifndef BRAID_ENGINE_TOPIC_IMAGE_H_
#define BRAID_ENGINE_TOPIC_IMAGE_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "engine/partitions.h"

namespace braid::engine {

class Catalog;

struct TopicImage {
  struct Entry {
    TopicId id{};
    int32_t partitions = 0;
    friend bool operator==(const Entry&, const Entry&) = default;
  };

  uint64_t version = 0;  // Catalog::topics_version() when it was made, or before
  std::map<std::string, Entry, std::less<>> topics;
};

// The newest image, made anew only when topics have changed. Thread-safe.
class TopicImages {
 public:
  explicit TopicImages(const Catalog& catalog) : catalog_(catalog) {}

  std::shared_ptr<const TopicImage> Current();
  // Of those that Current() has made: under a lock of the caller's, images do not go backwards.
  std::shared_ptr<const TopicImage> Newest() const;

 private:
  const Catalog& catalog_;
  mutable absl::Mutex mu_;
  std::shared_ptr<const TopicImage> newest_ ABSL_GUARDED_BY(mu_);
};

}  // namespace braid::engine

#endif  // BRAID_ENGINE_TOPIC_IMAGE_H_
