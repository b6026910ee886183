// Remembers which stream captures which subject, until the catalogue changes. Bounded; thread-safe.
#ifndef BRAID_ENGINE_SUBJECT_CACHE_H_
#define BRAID_ENGINE_SUBJECT_CACHE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "engine/catalog.h"
#include "engine/string_map.h"

namespace braid::engine {

struct Catalog::SubjectCache {
 public:
  // nullopt: unknown; a null stream: known to be captured by none.
  std::optional<StreamPtr> Find(std::string_view subject, uint64_t version) {
    absl::MutexLock lock(&mu_);
    if (version != version_) return std::nullopt;
    auto it = known_.find(subject);
    if (it == known_.end()) return std::nullopt;
    return it->second;
  }

  void Put(std::string_view subject, uint64_t version, StreamPtr stream) {
    absl::MutexLock lock(&mu_);
    if (version < version_) return;
    if (version > version_ || known_.size() >= kMaxSubjects) known_.clear();
    version_ = version;
    known_[std::string(subject)] = std::move(stream);
  }

 private:
  static constexpr size_t kMaxSubjects = 65536;
  absl::Mutex mu_;
  uint64_t version_ ABSL_GUARDED_BY(mu_) = 0;
  StringMap<StreamPtr> known_ ABSL_GUARDED_BY(mu_);
};

}  // namespace braid::engine

#endif  // BRAID_ENGINE_SUBJECT_CACHE_H_
