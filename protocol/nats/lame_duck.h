// The end of a server that its clients are to leave by and by.
#ifndef BRAID_PROTOCOL_NATS_LAME_DUCK_H_
#define BRAID_PROTOCOL_NATS_LAME_DUCK_H_

#include <functional>
#include <memory>
#include <vector>

#include "absl/time/time.h"
#include "engine/catalog.h"
#include "protocol/nats/clients.h"

namespace braid::nats {

struct LameDuckOptions {
  absl::Duration duration = absl::Minutes(2);       // of all of it
  absl::Duration grace_period = absl::Seconds(10);  // of it, in which nobody is closed
};

// Closes the clients there are after the grace period, a few at a time, spread over what is left of
// the duration; then it is done. Runs on the engine's timers.
class LameDuck : public std::enable_shared_from_this<LameDuck> {
 public:
  LameDuck(engine::Catalog& catalog, Clients& clients, LameDuckOptions options,
           std::function<void()> done)
      : catalog_(catalog), clients_(clients), options_(options), done_(std::move(done)) {}

  void Start() { After(options_.grace_period); }

 private:
  void After(absl::Duration wait);
  void CloseSome();

  engine::Catalog& catalog_;
  Clients& clients_;
  const LameDuckOptions options_;
  const std::function<void()> done_;
  size_t batch_ = 0;
  absl::Duration pause_;
};

}  // namespace braid::nats

#endif  // BRAID_PROTOCOL_NATS_LAME_DUCK_H_
