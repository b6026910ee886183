// A connected client, as the rest of the server sees it: its subscriptions, what it asked for in
// CONNECT, who it is, what it has sent and been sent, and how it ends.
#ifndef BRAID_PROTOCOL_NATS_CLIENT_H_
#define BRAID_PROTOCOL_NATS_CLIENT_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "protocol/connection.h"
#include "protocol/nats/authorization.h"
#include "protocol/nats/close_reason.h"
#include "protocol/nats/hello.h"
#include "protocol/nats/message.h"
#include "protocol/nats/sublist.h"

namespace braid::nats {

class Router;

// What a client is given when it connects.
struct ClientOptions {
  size_t max_pending = size_t{64} << 20;              // unsent bytes; past it, it is closed
  absl::Duration write_deadline = absl::Seconds(10);  // for queued bytes to leave; likewise
  int64_t max_subscriptions = 0;                      // 0: any number
  bool websocket = false;                             // what is sent is framed for one
};

// Messages and their bytes, headers included.
struct Traffic {
  int64_t in_messages = 0, in_bytes = 0;
  int64_t out_messages = 0, out_bytes = 0;

  Traffic& operator+=(const Traffic& other) {
    in_messages += other.in_messages;
    in_bytes += other.in_bytes;
    out_messages += other.out_messages;
    out_bytes += other.out_bytes;
    return *this;
  }
};

// Thread-safe, but for what is the session's: SetIdentity, SetConnect, Count and MayPublish.
class Client : public std::enable_shared_from_this<Client> {
 public:
  Client(engine::Catalog& catalog, Router& router, net::ConnectionPtr connection,
         ClientOptions options = {});

  net::Connection& connection() const { return *connection_; }
  const ClientOptions& options() const { return options_; }
  absl::Time start() const { return start_; }

  // --- Who it is ---
  // Goes on in another account; all subscriptions end. Before the first, without effect on them.
  void MoveTo(Router& router);
  void SetIdentity(Identity identity);
  // The same with other permissions, from any thread. Subscriptions they forbid end.
  void Renew(const Identity& identity);
  Identity identity() const;
  void SetConnect(const ConnectOptions& connect);
  ConnectOptions connect() const;
  bool headers() const { return headers_; }
  bool echo() const { return echo_; }
  // Understands an INFO that comes later.
  bool hears_info() const { return hears_info_; }

  // --- What it may do ---
  bool MayPublish(std::string_view subject);
  bool MaySubscribe(std::string_view subject, std::string_view queue) const;

  // --- Subscriptions ---
  // A `sid` already in use keeps its first subscription. False when there are too many.
  bool Subscribe(std::string_view subject, std::string_view queue, std::string_view sid);
  // At once, or once it has had `max` messages in its life.
  void Unsubscribe(std::string_view sid, std::optional<int64_t> max);
  // Ends all subscriptions: the connection is gone.
  void UnsubscribeAll();
  // Queues `message` for `subscription`, one of this client's. False when that has ended or may not
  // see it. `scratch` is the caller's to reuse.
  bool Deliver(const SubscriptionPtr& subscription, const Message& message, std::string* scratch);
  // The same for an answer of the server's own, which no limit of the subscription counts.
  void Tell(const Subscription& subscription, const Message& message);
  size_t subscriptions() const;
  std::vector<SubscriptionPtr> SubscriptionList() const;

  // --- Bytes ---
  void Send(std::string_view bytes);
  // Starts writing, and closes a client that reads too slowly. What is still unsent.
  size_t Flush();

  // --- Counting ---
  void CountIn(int64_t messages, int64_t bytes);
  void CountOut(int64_t messages, int64_t bytes);
  Traffic traffic() const;
  void Heard(absl::Time now) { last_activity_ = absl::ToUnixNanos(now); }
  absl::Time last_activity() const { return absl::FromUnixNanos(last_activity_.load()); }
  void MeasuredRtt(absl::Duration rtt) { rtt_ = absl::ToInt64Nanoseconds(rtt); }
  absl::Duration rtt() const { return absl::Nanoseconds(rtt_.load()); }

  // --- The end ---
  // Says why, if `text` is not empty, and closes once that is written. The first reason counts.
  void Fail(std::string_view text, CloseReason reason);
  // It is about to end; the session closes it.
  void EndWith(CloseReason reason);
  // Closes at once; what is queued is lost.
  void Close(CloseReason reason);
  CloseReason reason() const { return reason_; }

 private:
  void Remove(const SubscriptionPtr& subscription);
  bool MaySee(const Message& message);
  void SendRaw(std::string_view bytes);
  void WatchWrites();
  void CheckWrites(uint64_t due);

  engine::Catalog& catalog_;
  std::atomic<Router*> router_;
  const net::ConnectionPtr connection_;
  const ClientOptions options_;
  const absl::Time start_;
  std::atomic<bool> headers_{false};
  std::atomic<bool> echo_{true};
  std::atomic<bool> hears_info_{false};
  std::atomic<bool> guarded_{false};   // has permissions
  std::atomic<uint64_t> queued_{0};    // bytes, ever
  std::atomic<bool> watching_{false};  // the write deadline
  std::atomic<CloseReason> reason_{CloseReason::kClientClosed};
  std::atomic<bool> ending_{false};
  std::atomic<int64_t> in_messages_{0}, in_bytes_{0}, out_messages_{0}, out_bytes_{0};
  std::atomic<int64_t> last_activity_, rtt_{0};

  // The session's own: subjects that may be published, of those asked for lately, under the
  // permissions they were asked for.
  TextMap<bool> may_publish_;
  std::shared_ptr<const Permissions> asked_;
  Responses responses_;

  mutable absl::Mutex mu_;
  Identity identity_ ABSL_GUARDED_BY(mu_);
  ConnectOptions connect_ ABSL_GUARDED_BY(mu_);
  TextMap<SubscriptionPtr> subscriptions_ ABSL_GUARDED_BY(mu_);
};
using ClientPtr = std::shared_ptr<Client>;

}  // namespace braid::nats

#endif  // BRAID_PROTOCOL_NATS_CLIENT_H_
