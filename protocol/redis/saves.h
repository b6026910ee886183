// SAVE, BGSAVE and BGREWRITEAOF: what they make of a log is to put everything written so far where
// a power cut leaves it. Here is how that went. Thread-safe.
#ifndef BRAID_PROTOCOL_REDIS_SAVES_H_
#define BRAID_PROTOCOL_REDIS_SAVES_H_

#include <cstdint>
#include <memory>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "engine/catalog.h"

namespace braid::redis {

enum class SaveKind { kSnapshot, kRewrite };  // SAVE and BGSAVE; BGREWRITEAOF

class Saves {
 public:
  explicit Saves(engine::Catalog& catalog);
  Saves(const Saves&) = delete;
  Saves& operator=(const Saves&) = delete;

  // Saves now, what was committed before. `changes`: how many there were until now.
  absl::Status Now(int64_t changes);
  // Begins to; false when that kind is under way already.
  bool Begin(SaveKind kind, int64_t changes);

  struct State {
    bool running = false;
    bool ok = true;  // the last one
    int64_t count = 0;
    absl::Time begun = absl::InfinitePast();  // the one that runs
    int64_t seconds = -1;                     // how long the last one took; -1: there was none
  };
  State state(SaveKind kind) const;
  // The changes when the last snapshot began, and the time when it ended; at first, that of the
  // start.
  int64_t saved_changes() const;
  absl::Time last_save() const;

 private:
  struct Shared;  // outlives this while a save is under way

  engine::Catalog& catalog_;
  const std::shared_ptr<Shared> shared_;
};

}  // namespace braid::redis

#endif  // BRAID_PROTOCOL_REDIS_SAVES_H_
