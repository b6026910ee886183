// The thread of group commit: fsyncs when somebody waits for it, everybody's writes at once. It
// starts with the first such request; a server without fsync promises never has it.
#ifndef BRAID_PROTOCOL_FLUSHER_H_
#define BRAID_PROTOCOL_FLUSHER_H_

#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "engine/catalog.h"

namespace braid::net {

// Thread-safe.
class Flusher {
 public:
  // Without `threaded` it only remembers requests, for RunPending().
  Flusher(engine::Catalog* catalog, bool threaded) : catalog_(catalog), threaded_(threaded) {}
  ~Flusher() { Stop(); }
  Flusher(const Flusher&) = delete;
  Flusher& operator=(const Flusher&) = delete;

  // There is something to make durable.
  void Request();
  // Does what was asked for here and now; false when there was nothing.
  bool RunPending();
  // Finishes what was asked for and ends the thread; requests are ignored from then on.
  void Stop();

 private:
  void Run();
  bool HasWork() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) { return requested_ || stopped_; }

  engine::Catalog* const catalog_;
  const bool threaded_;
  absl::Mutex mu_;
  bool requested_ ABSL_GUARDED_BY(mu_) = false;
  bool stopped_ ABSL_GUARDED_BY(mu_) = false;
  std::thread thread_ ABSL_GUARDED_BY(mu_);
};

}  // namespace braid::net

#endif  // BRAID_PROTOCOL_FLUSHER_H_
