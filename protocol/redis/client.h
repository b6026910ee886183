// One client: what the protocol remembers of it between requests, and how a request is executed. No
// sockets here: a session (session.h) brings requests and carries replies away.
//
// Not thread-safe: belongs to its session. The part others may see is its ClientHandle.
#ifndef BRAID_PROTOCOL_REDIS_CLIENT_H_
#define BRAID_PROTOCOL_REDIS_CLIENT_H_

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "engine/catalog.h"
#include "engine/stream.h"
#include "engine/writes.h"
#include "protocol/redis/args.h"
#include "protocol/redis/blocked.h"
#include "protocol/redis/clients.h"
#include "protocol/redis/command.h"
#include "protocol/redis/reply.h"
#include "protocol/redis/service.h"
#include "protocol/redis/subscriptions.h"

namespace braid::redis {

class Client;

// One execution of one command.
struct Call {
  Client& client;
  Service& service;
  engine::Catalog& catalog;
  Reply& reply;
  engine::Writes& writes;
  const Command& command;
  absl::Span<const std::string_view> argv;  // the command's name included
  Args args;                                // behind its name
  bool in_exec = false;                     // run by EXEC: must not wait

  // Whether the server is that release of Redis, or a later one.
  bool Offers(Release since) const { return service.Offers(since); }
  // The stream that is `key`; nullptr when there is none.
  engine::StreamPtr Find(std::string_view key);
  // As Find, created when missing.
  absl::StatusOr<engine::StreamPtr> FindOrCreate(std::string_view key);
  // Replies with args.error() if there is one: the call is over.
  bool Failed() {
    if (args.ok()) return false;
    reply.Error(args.error());
    return true;
  }
  // Replies with the words for `status` unless it is ok.
  bool Failed(const absl::Status& status) {
    if (status.ok()) return false;
    reply.Error(ErrorText(status));
    return true;
  }
};

// Commands between MULTI and EXEC.
struct Transaction {
  struct Queued {
    const Command* command;
    std::vector<std::string> argv;
  };
  struct Watch {
    int database = 0;
    std::string key;
    std::string fingerprint;  // of what it held
    ChangeCount changes;
    uint64_t seen = 0;  // of them
  };
  bool active = false;
  bool aborted = false;  // a request since MULTI was refused
  std::vector<Queued> queued;
  int64_t queued_bytes = 0;
  std::vector<Watch> watches;  // made before MULTI
};

class Client {
 public:
  Client(Service& service, ClientHandlePtr handle);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // A batch of requests: between the two, no other client's EXEC runs. EndBatch also adds what was
  // counted to the statistics.
  void BeginBatch();
  void EndBatch();

  // Executes one request of a batch; its reply is appended to reply(). What it wrote must be
  // committed before the reply leaves. Afterwards look at blocked() and closing().
  void Execute(absl::Span<const std::string_view> argv);
  // Whether CLIENT PAUSE holds that request back: then it is to be left where it is until the pause
  // is over.
  bool IsHeldBack(absl::Span<const std::string_view> argv) const {
    return service_.pause().begun() && IsPaused(argv);
  }
  // Answers bytes that are no request, and asks for the connection to be closed.
  void Refuse(std::string_view error);

  // What the last request waits in; nullptr when its reply is complete. No request may be
  // executed until ResumeBlocked has returned true.
  Blocked* blocked() const { return blocked_.get(); }
  // Registers `waiter` for everything the blocked request waits for, CLIENT UNBLOCK included.
  void ArmBlocked(const engine::WaiterPtr& waiter);
  // In a batch: the wait has ended, by its deadline if `timed_out`. True: replied, no longer
  // blocked; false: there is nothing yet, wait again.
  bool ResumeBlocked(bool timed_out);

  // The connection is to be closed once the replies so far are sent.
  bool closing() const { return closing_; }

  // What the batch wrote was committed, and some of it refused (writes().refused()): the replies of
  // the requests concerned become errors.
  void AnswerRefusals();
  // The batch is over, and its replies have left or are about to.
  void ForgetBatch();
  // The replies have left: now what the batch published goes to whoever listens, and to this client
  // what others published meanwhile.
  void ReleaseMessages();
  // The batch should end here, so that what it published comes right behind its reply.
  bool yields() const { return yields_; }

  Reply& reply() { return reply_; }
  engine::Writes& writes() { return writes_; }
  Service& service() { return service_; }
  ClientHandle& handle() { return *handle_; }
  RequestLimits limits() const;

  // --- For commands
  // ----------------------------------------------------------------------------------
  Subscriptions& subscriptions() { return subscriptions_; }
  // Before it subscribes: from now on messages wait for the replies of the batch they come in.
  void BeginListening();
  // Puts the messages that have come so far among the replies.
  void TakeMessages();
  // To be delivered once the batch's writes are committed. Returns how many will get it.
  int64_t Publish(Message message);
  // RESP2 has no frames of its own for messages: while subscribed, little else is allowed.
  bool in_subscriber_mode() const { return reply_.version() == 2 && handle_->subscribed(); }
  bool authenticated() const { return authenticated_; }
  void set_authenticated(bool authenticated) { authenticated_ = authenticated; }
  void set_reply_version(int version);
  Transaction& transaction() { return transaction_; }
  void EndTransaction();  // forgets the queue and the watches
  // Runs the queue with no other client's commands in between, unless `may_run` then says no.
  void RunTransaction(absl::FunctionRef<bool()> may_run);
  // Runs `fn` with no other client's commands at the same time.
  void RunAlone(absl::FunctionRef<void()> fn);
  // From now on it sees every command that anybody runs.
  void StartMonitoring();
  bool monitoring() const { return monitoring_; }
  void Block(std::unique_ptr<Blocked> blocked) { blocked_ = std::move(blocked); }
  void Close() {
    closing_ = true;
    StopMonitoring();
  }
  enum class ReplyMode { kOn, kOff, kSkipNext, kSkip };
  void set_reply_mode(ReplyMode mode) { reply_mode_ = mode; }
  // The next request gets no reply; nothing changes while replies are off.
  void SkipNextReply() {
    if (reply_mode_ == ReplyMode::kOn) reply_mode_ = ReplyMode::kSkipNext;
  }
  // The reply of this request stays, whatever CLIENT REPLY says: it was pushed.
  void KeepReply() { keeps_reply_ = true; }
  void Reset();
  int database() const { return database_; }
  void set_database(int database);
  // The stream that is `key` in the database; nullptr when there is none.
  engine::StreamPtr Find(std::string_view key);
  // Whether a key that Find was asked for since the request began holds something else.
  bool found_other() const { return found_other_; }
  void ForgetOther() { found_other_ = false; }
  void NoteOther() { found_other_ = true; }

 private:
  struct KeySlot {
    std::string key;
    engine::StreamPtr stream;
  };

  const Command* Resolve(absl::Span<const std::string_view> argv);
  void Dispatch(absl::Span<const std::string_view> argv);
  void Reject(const Command* command, std::string_view error);
  void Queue(const Command& command, absl::Span<const std::string_view> argv);
  void Run(const Command& command, absl::Span<const std::string_view> argv, bool in_exec);
  bool IsPaused(absl::Span<const std::string_view> argv) const;
  void Count(const Command& command);
  void HandOverCounts();
  void StopMonitoring();
  // The command's handler has returned: notes how long it took.
  void NoteTime(const Command& command, absl::Span<const std::string_view> argv);
  void NoteSlow(const Command& command, absl::Span<const std::string_view> argv, int64_t micros);
  void ShowToMonitors(const Command& command, absl::Span<const std::string_view> argv);
  void FinishReply(size_t begin);
  // Whether one of the keys may not be used in the database; replies so.
  bool HasReservedKey(const Command& command, absl::Span<const std::string_view> argv);

  // A request of the batch: where its reply begins, and what it wrote.
  struct Answered {
    size_t reply = 0;
    size_t writes = 0;
  };
  Service& service_;
  const ClientHandlePtr handle_;
  Reply reply_;
  engine::Writes writes_;
  std::vector<Answered> answered_;
  Transaction transaction_;
  std::unique_ptr<Blocked> blocked_;
  ReplyMode reply_mode_ = ReplyMode::kOn;
  bool authenticated_;
  bool closing_ = false;
  int database_ = 0;
  bool found_other_ = false;
  Subscriptions subscriptions_;
  std::vector<Message> published_;
  bool listening_ = false;  // its messages are held while a batch runs
  bool monitoring_ = false;
  bool yields_ = false;
  bool keeps_reply_ = false;
  const Command* repeatable_ = nullptr;  // the last one found that has no subcommands
  // Counted and not yet added to the statistics: a run of the same command.
  const Command* counted_ = nullptr;
  int64_t count_ = 0;
  CommandTimes::Batch count_times_;
  // When the last command of the batch ended: when the next one began, as far as anybody minds.
  // Zero: look at the clock.
  std::chrono::steady_clock::time_point lap_;
  // Streams found in this batch, while no topic or value came or went.
  std::array<KeySlot, 16> keys_;
  uint64_t keys_version_ = 0;
};

}  // namespace braid::redis

#endif  // BRAID_PROTOCOL_REDIS_CLIENT_H_
