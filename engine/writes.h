// What one caller has written and not yet committed.
//
// Appends and group changes gather in memory until somebody commits them, so that everything parsed
// from one socket read becomes one batch per stream and one journal write. The rule: no
// acknowledgement leaves the process before Catalog::Commit(writes) has returned ok.
#ifndef BRAID_ENGINE_WRITES_H_
#define BRAID_ENGINE_WRITES_H_

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

namespace braid::engine {

class Stream;

// Belongs to one session or call; not thread-safe.
class Writes {
 public:
  void Touch(std::shared_ptr<Stream> stream) {
    any_ = true;
    for (const auto& known : streams_) {
      if (known == stream) return;
    }
    streams_.push_back(std::move(stream));
  }
  void TouchJournal() { any_ = true; }
  bool empty() const { return !any_; }
  std::vector<std::shared_ptr<Stream>> TakeStreams() {
    any_ = false;
    return std::exchange(streams_, {});
  }

 private:
  std::vector<std::shared_ptr<Stream>> streams_;
  bool any_ = false;
};

}  // namespace braid::engine

#endif  // BRAID_ENGINE_WRITES_H_
