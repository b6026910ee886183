#include "protocol/redis/saves.h"

#include <array>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "engine/waiter.h"
#include "engine/writes.h"

namespace braid::redis {

struct Saves::Shared {
  mutable absl::Mutex mu;
  std::array<State, 2> states ABSL_GUARDED_BY(mu);
  int64_t saved_changes ABSL_GUARDED_BY(mu) = 0;
  absl::Time last_save ABSL_GUARDED_BY(mu);

  State& Of(SaveKind kind) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu) {
    return states[static_cast<size_t>(kind)];
  }
  void Finish(SaveKind kind, absl::Time begun, absl::Time now, int64_t changes, bool ok) {
    absl::MutexLock lock(&mu);
    State& state = Of(kind);
    state.running = false;
    state.ok = ok;
    state.seconds = absl::ToInt64Seconds(now - begun);
    if (!ok) return;
    ++state.count;
    if (kind != SaveKind::kSnapshot) return;
    saved_changes = changes;
    last_save = now;
  }
};

Saves::Saves(engine::Catalog& catalog) : catalog_(catalog), shared_(std::make_shared<Shared>()) {
  absl::MutexLock lock(&shared_->mu);
  shared_->last_save = catalog.Now();
}

absl::Status Saves::Now(int64_t changes) {
  const absl::Time begun = catalog_.Now();
  absl::Status status = catalog_.Flush();
  shared_->Finish(SaveKind::kSnapshot, begun, catalog_.Now(), changes, status.ok());
  return status;
}

bool Saves::Begin(SaveKind kind, int64_t changes) {
  const absl::Time begun = catalog_.Now();
  {
    absl::MutexLock lock(&shared_->mu);
    State& state = shared_->Of(kind);
    if (std::exchange(state.running, true)) return false;
    state.begun = begun;
  }
  // A commit of its own: durable when all before it is.
  // The waiter only looks, which Flush() lets it do: it holds no lock that looking takes.
  engine::Writes writes;
  writes.TouchJournal();
  const auto ticket = catalog_.Commit(writes);
  if (!ticket.ok()) {
    shared_->Finish(kind, begun, begun, changes, /*ok=*/false);
    return true;
  }
  catalog_.WaitDurable(
      *ticket, std::make_shared<engine::Waiter>(
                   [shared = shared_, &catalog = catalog_, ticket = *ticket, kind, begun, changes] {
                     const auto durable = catalog.IsDurable(ticket);
                     shared->Finish(kind, begun, catalog.Now(), changes, durable.ok() && *durable);
                   }));
  return true;
}

Saves::State Saves::state(SaveKind kind) const {
  absl::MutexLock lock(&shared_->mu);
  return shared_->Of(kind);
}

int64_t Saves::saved_changes() const {
  absl::MutexLock lock(&shared_->mu);
  return shared_->saved_changes;
}

absl::Time Saves::last_save() const {
  absl::MutexLock lock(&shared_->mu);
  return shared_->last_save;
}

}  // namespace braid::redis
