// Pull requests of one consumer, waiting for messages: first come, first served, and round after
// each message, so that concurrent fetches share. Pure data: every call takes `now`.
#ifndef BRAID_PROTOCOL_NATS_PULL_QUEUE_H_
#define BRAID_PROTOCOL_NATS_PULL_QUEUE_H_

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace braid::nats {

// What a client asks for.
struct PullRequest {
  std::string reply;  // where messages and statuses go
  int64_t batch = 1;
  absl::Duration expires = absl::ZeroDuration();  // zero: as long as somebody listens
  int64_t max_bytes = 0;                          // zero: no budget
  absl::Duration idle_heartbeat = absl::ZeroDuration();
  bool no_wait = false;

  template <class V, class Self>
  static void Visit(V& v, Self& m) {
    v("batch", m.batch);
    v("expires", m.expires);
    v("max_bytes", m.max_bytes);
    v("idle_heartbeat", m.idle_heartbeat);
    v("no_wait", m.no_wait);
    v.OnlyDefault("group", {"\"\""});
    v.OnlyDefault("min_pending", {"0"});
    v.OnlyDefault("min_ack_pending", {"0"});
    v.OnlyDefault("id", {"\"\""});
    v.OnlyDefault("priority", {"0"});
  }
};

// Reads the body of a request: nothing, a number of messages, or JSON. The error's message is the
// text of the 400 status to answer with.
absl::StatusOr<PullRequest> ParsePullRequest(std::string_view body);

struct WaitingPull {
  PullRequest request;
  int64_t messages_left = 0;
  int64_t bytes_left = 0;  // with max_bytes
  absl::Time expires_at;   // InfiniteFuture: never
  absl::Time heartbeat_at;
  bool served = false;  // got a message

  // Room for a message of this size.
  bool Fits(int64_t bytes) const { return request.max_bytes == 0 || bytes <= bytes_left; }
};

class PullQueue {
 public:
  void Add(PullRequest request, absl::Time now);

  bool empty() const { return waiting_.empty(); }
  size_t size() const { return waiting_.size(); }
  const WaitingPull& front() const { return waiting_.front(); }
  // Messages all of them together still want.
  int64_t messages_left() const;
  // Some request has a budget of bytes.
  bool has_byte_limits() const;

  // The front request has got a message of this size: it goes to the back, or is done and gone.
  void Served(int64_t bytes, absl::Time now);
  WaitingPull TakeFront();
  // Removes and returns those for which `gone` holds, in order.
  std::vector<WaitingPull> TakeIf(absl::FunctionRef<bool(const WaitingPull&)> gone);
  std::vector<WaitingPull> TakeExpired(absl::Time now);
  // Replies of the requests whose heartbeat is due; their next one is set.
  std::vector<std::string> TakeHeartbeats(absl::Time now);
  // When one of the last two has something to do.
  absl::Time NextDeadline() const;

 private:
  std::deque<WaitingPull> waiting_;
};

}  // namespace braid::nats

#endif  // BRAID_PROTOCOL_NATS_PULL_QUEUE_H_
