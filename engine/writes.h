// What one caller has written and not yet committed.
//
// Appends and group changes gather in memory until somebody commits them, so that everything parsed
// from one socket read becomes one batch per stream and one journal write. The rule: no
// acknowledgement leaves the process before Catalog::Commit(writes) has returned ok.
//
// A session that answers many requests with one commit tells them apart, so that a commit that is
// refused in part refuses only what is concerned:
//
//   const size_t begin = writes.Mark();  // before each request
//   ...                                  // that writes
//   const size_t end = writes.size();    // or the mark of the next one
//   auto ticket = catalog.CommitSome(writes);
//   absl::Status refused = writes.RefusalOf(begin, end);
//   writes.Forget();
#ifndef BRAID_ENGINE_WRITES_H_
#define BRAID_ENGINE_WRITES_H_

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "absl/status/status.h"

namespace braid::engine {

class Stream;

// Belongs to one session or call; not thread-safe.
class Writes {
 public:
  struct Touched {
    std::shared_ptr<Stream> stream;
    uint64_t undone = 0;  // Stream::undone() before the first write
  };

  // Before the write.
  void Touch(std::shared_ptr<Stream> stream);
  void TouchJournal();
  bool empty() const { return !any_; }
  std::vector<Touched> TakeStreams() {
    any_ = false;
    return std::exchange(streams_, {});
  }

  // Where what is written from here on will lie.
  size_t Mark() {
    marked_ = true;
    fresh_ = true;
    return trail_.size();
  }
  // Where what was written so far ends.
  size_t size() const { return trail_.size(); }
  // What was written to that stream, or to the journal (null), is not there.
  void Refuse(const Stream* stream, absl::Status why) {
    refusals_.emplace_back(stream, std::move(why));
  }
  bool refused() const { return !refusals_.empty(); }
  // Why what was written between the two marks is not there; ok when it is.
  absl::Status RefusalOf(size_t begin, size_t end) const;
  // Of the first stream that was refused; ok when none was.
  absl::Status first_refusal() const {
    return refusals_.empty() ? absl::OkStatus() : refusals_.front().second;
  }
  // Forgets marks and refusals. Requires empty().
  void Forget();

 private:
  void Note(const Stream* stream);

  std::vector<Touched> streams_;
  bool any_ = false;
  bool marked_ = false;               // somebody tells requests apart
  bool fresh_ = false;                // nothing was written since the last mark
  std::vector<const Stream*> trail_;  // what was written to, in order; null: the journal
  std::vector<std::pair<const Stream*, absl::Status>> refusals_;
};

}  // namespace braid::engine

#endif  // BRAID_ENGINE_WRITES_H_
