// The moving side of a JetStream consumer: takes messages from its engine group and sends them to
// whoever asked (pull) or listens (push), keeps the deadlines of requests and heartbeats, and goes
// away when an ephemeral has been idle too long. The group itself remembers everything that must
// survive.
//
// A consumer at rest costs nothing: it runs when a request comes, when its group has something to
// give, or when its one timer fires.
//
// Threads: Pull, FlowControl, Configure, Start, Stop and the counters may be called from any
// thread; all the rest happens on the executor it was given.
#ifndef BRAID_PROTOCOL_NATS_CONSUMER_H_
#define BRAID_PROTOCOL_NATS_CONSUMER_H_

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/asio/any_io_executor.hpp>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "engine/group.h"
#include "engine/timers.h"
#include "engine/waiter.h"
#include "protocol/nats/consumer_config.h"
#include "protocol/nats/pull_queue.h"
#include "protocol/nats/push_flow.h"
#include "protocol/nats/router.h"

namespace braid::nats {

class JetStream;

class Consumer : public std::enable_shared_from_this<Consumer> {
 public:
  Consumer(JetStream& jetstream, engine::GroupPtr group, ConsumerConfig config,
           boost::asio::any_io_executor executor);

  const engine::GroupPtr& group() const { return group_; }

  // Begins to act by itself: pushes, and counts idle time.
  void Start();
  // Records to deliver before anything the group has (push, ack none: deliver last per subject).
  // Before Start.
  void SetPrelude(std::vector<Offset> offsets);
  void Pull(PullRequest request);
  // The client's answer to a flow control question.
  void FlowControl(std::string reply);
  void Configure(ConsumerConfig config);
  // Never runs again. Called when the group has been deleted or the server stops.
  void Stop();

  int64_t waiting() const { return waiting_; }  // open pull requests
  bool push_bound() const { return bound_; }    // somebody listens to what it pushes
  int64_t prelude_left() const { return prelude_left_; }
  int64_t prelude_sent() const { return prelude_sent_; }

 private:
  using StatusLines = absl::Span<const std::pair<std::string_view, std::string>>;

  // Has `order` run on the executor, then Run().
  void Post(std::function<void()> order);
  void Schedule();
  void Run();
  void End();
  void Arm(absl::Time now);
  void ArmTimer(absl::Time when);
  void ArmGroup();
  std::function<void()> Waker();

  // --- Messages (consumer.cc)
  // ------------------------------------------------------------------------
  enum class Taken : uint8_t { kNothing, kSome, kLater };
  // Fetches from the group, commits, and sends; kLater when sending waits for the disk.
  Taken Take(int64_t max_records, int64_t max_bytes);
  void AwaitDurable(const engine::CommitTicket& ticket);
  void SendTaken();
  // Routes `record` to `reply`; its size as pull budgets count it, or -1 when nobody listens.
  int64_t Send(std::string_view route, const engine::DeliveredRecord& record);
  void SendStatus(std::string_view route, int code, std::string_view text, StatusLines lines = {},
                  std::string_view reply = {});
  void SendHeartbeat(std::string_view route, std::string_view stalled_on);

  // --- Pull (consumer_pull.cc)
  // -----------------------------------------------------------------------
  void AddPull(PullRequest request);
  bool RunPull(absl::Time now);  // true: there may be more to do at once
  bool SendToPull(const engine::DeliveredRecord& record);
  void SendCarried();
  bool StillOurs(const engine::DeliveredRecord& record);
  void DropLostPulls();
  void FinishNoWait();
  void EndPull(const WaitingPull& pull, int code, std::string_view text);

  // --- Push (consumer_push.cc)
  // -----------------------------------------------------------------------
  bool RunPush(absl::Time now);
  bool Bound() const;
  void WatchInterest();
  bool SendPrelude(absl::Time now);
  void SendToPush(const engine::DeliveredRecord& record);
  void AskFlowControl();

  // --- Idle life
  // -------------------------------------------------------------------------------------
  bool busy() const { return bound_ || !pulls_.empty(); }
  // When an ephemeral is to go, if nothing happens; InfiniteFuture: never, or not now.
  absl::Time IdleDeadline() const;
  bool DieIfIdle(absl::Time now);

  JetStream& jetstream_;
  const engine::GroupPtr group_;
  const std::string stream_name_;
  const boost::asio::any_io_executor executor_;

  absl::Mutex mu_;
  std::vector<std::function<void()>> orders_ ABSL_GUARDED_BY(mu_);
  std::atomic<bool> scheduled_{false};
  std::atomic<bool> stopped_{false};
  std::atomic<int64_t> waiting_{0};
  std::atomic<bool> bound_{false};
  std::atomic<int64_t> prelude_left_{0};
  std::atomic<int64_t> prelude_sent_{0};

  // The rest belongs to the executor.
  ConsumerConfig config_;
  std::vector<std::string> subjects_;  // the stream's, for records of other models
  Publisher publisher_;
  PullQueue pulls_;
  std::vector<engine::DeliveredRecord> taken_;   // fetched, to be sent once durable
  std::deque<engine::DeliveredRecord> carried_;  // fetched, and no request had room for them
  std::deque<Offset> prelude_;
  bool awaiting_disk_ = false;
  bool failing_ = false;  // the last fetch failed: try again after a pause
  uint64_t interest_version_ = 0;
  int64_t last_consumer_seq_ = 0;
  int64_t last_stream_seq_ = 0;
  std::string payload_, ack_, headers_;  // scratch

  PushFlow flow_;
  absl::Time heartbeat_at_ = absl::InfiniteFuture();  // push
  absl::Time last_busy_;
  absl::Time timer_at_ = absl::InfiniteFuture();
  engine::TimerId timer_ = 0;
  engine::WaiterPtr group_waiter_;
  engine::WaiterPtr interest_waiter_;
};
using ConsumerPtr = std::shared_ptr<Consumer>;

}  // namespace braid::nats

#endif  // BRAID_PROTOCOL_NATS_CONSUMER_H_
