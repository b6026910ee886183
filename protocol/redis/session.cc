#include "protocol/redis/session.h"

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "protocol/redis/client.h"
#include "protocol/redis/request_parser.h"

namespace braid::redis {
namespace {

using boost::asio::awaitable;

// Larger replies are handed over instead of copied.
constexpr size_t kHandOverBytes = 4096;

class Session {
 public:
  Session(Service& service, net::Connection& connection)
      : service_(service),
        connection_(connection),
        client_(service, service.clients().Add(IdentityOf(connection))) {
    service_.stats().CountConnection();
  }
  ~Session() { service_.clients().Remove(client_.handle().id()); }

  awaitable<void> Run() {
    while (true) {
      const bool more = ExecuteInput();
      const bool published = co_await Publish();
      if (!published) co_return;
      if (client_.blocked() != nullptr) {
        const bool replied = co_await WaitBlocked();
        if (!replied) co_return;
        continue;
      }
      if (client_.closing()) {
        connection_.CloseAfterFlush();
        co_return;
      }
      const bool alive = co_await MakeRoom();
      if (!alive) co_return;
      if (held_back_) {
        const bool paused = co_await WaitForPause();
        if (!paused) co_return;
        continue;
      }
      if (more) continue;
      connection_.set_max_input(static_cast<size_t>(service_.settings().query_buffer_limit));
      const bool received = co_await connection_.Read();
      if (!received) co_return;
    }
  }

 private:
  ClientHandle::Identity IdentityOf(net::Connection& connection) {
    const std::weak_ptr<net::Connection> weak = connection.weak_from_this();
    return {.id = connection.id(),
            .address = connection.remote_address(),
            .local_address = connection.local_address(),
            .since = service_.catalog().Now(),
            .close =
                [weak] {
                  if (const auto open = weak.lock()) open->Close();
                },
            .outbox_bytes =
                [weak] {
                  const auto open = weak.lock();
                  return open == nullptr ? size_t{0} : open->outbox_bytes();
                },
            .send =
                [weak, &stats = service_.stats()](const Buffer& bytes) {
                  const auto open = weak.lock();
                  if (open == nullptr) return;
                  stats.CountOutput(static_cast<int64_t>(bytes.size()));
                  open->Send(bytes);
                  open->FlushSoon();
                }};
  }

  // Executes whole requests until there is none left, or one ends the batch: it waits, it closes,
  // or enough replies have gathered. True when another request may stand in the input.
  bool ExecuteInput() {
    const std::string_view input = connection_.Input();
    client_.handle().input_bytes = static_cast<int64_t>(input.size());
    client_.handle().input_free.store(static_cast<int64_t>(connection_.input_free()),
                                      std::memory_order_relaxed);
    size_t at = 0;
    auto result = RequestParser::Result::kMore;
    bool full = false;
    held_back_ = false;
    client_.BeginBatch();
    while (!full) {
      result = parser_.Parse(input.substr(at), client_.limits());
      if (result == RequestParser::Result::kMore) break;
      if (result == RequestParser::Result::kError) {
        client_.Refuse(parser_.error());
        break;
      }
      held_back_ = result == RequestParser::Result::kRequest && client_.IsHeldBack(parser_.args());
      if (held_back_) break;
      at += parser_.consumed();
      if (result == RequestParser::Result::kRequest) client_.Execute(parser_.args());
      full = client_.closing() || client_.blocked() != nullptr || client_.yields() ||
             client_.reply().size() >= service_.options().reply_chunk_bytes;
    }
    client_.EndBatch();
    client_.handle().args_bytes.store(static_cast<int64_t>(parser_.held_bytes()),
                                      std::memory_order_relaxed);
    connection_.Consume(at);
    if (at > 0) service_.stats().CountInput(static_cast<int64_t>(at));
    return full;
  }

  // Makes the batch's writes durable as promised, then sends its replies. False: the connection is
  // over.
  awaitable<bool> Publish() {
    if (!client_.writes().empty()) {
      // The requests of all connections that had some become one batch, and one write.
      if (connection_.NotAlone()) co_await connection_.Yield();
      const absl::Status status =
          co_await net::CommitSome(connection_, service_.catalog(), client_.writes());
      if (!status.ok()) {  // nothing of this batch may be acknowledged
        connection_.Close();
        co_return false;
      }
      if (client_.writes().refused()) client_.AnswerRefusals();
    }
    client_.ForgetBatch();
    SendReplies();
    client_.ReleaseMessages();
    co_return true;
  }

  void SendReplies() {
    if (client_.reply().size() == 0) return;
    service_.stats().CountOutput(static_cast<int64_t>(client_.reply().size()));
    if (client_.reply().size() < kHandOverBytes) {
      connection_.Send(client_.reply().bytes());
      client_.reply().Clear();
    } else {
      connection_.Send(Buffer::Take(client_.reply().Take()));
    }
    connection_.Flush();
    CheckOutput();
  }

  // The limit of clients that have not subscribed; of the others their pushes see to it.
  void CheckOutput() {
    const auto waiting = static_cast<int64_t>(connection_.outbox_bytes());
    if (waiting == 0 || client_.handle().subscribed()) return;
    const OutputLimit limit = service_.settings().output_limit(ClientClass::kNormal);
    const absl::Time now = service_.catalog().Now();
    if (limit.soft == 0 || waiting <= limit.soft)
      soft_since_ = absl::InfiniteFuture();
    else
      soft_since_ = std::min(soft_since_, now);
    if ((limit.hard == 0 || waiting <= limit.hard) &&
        now - soft_since_ <= absl::Seconds(limit.soft_seconds)) {
      return;
    }
    service_.stats().CountOutputDisconnects(1);
    connection_.Close();
  }

  // Waits until the blocked read has its reply, and sends it. False: the connection is over.
  awaitable<bool> WaitBlocked() {
    const std::function<void(engine::WaiterPtr)> arm = [this](engine::WaiterPtr waiter) {
      client_.ArmBlocked(waiter);
    };
    bool replied = false;
    while (!replied) {
      const absl::Time deadline = client_.blocked()->deadline();
      const net::WakeReason reason = co_await connection_.Wait(deadline, arm);
      if (reason == net::WakeReason::kClosed) co_return false;
      client_.BeginBatch();
      replied = client_.ResumeBlocked(reason == net::WakeReason::kDeadline);
      client_.EndBatch();
      const bool published = co_await Publish();
      if (!published) co_return false;
    }
    co_return true;
  }

  // Waits until the request at the start of the input may be tried again. False: the connection is
  // over.
  awaitable<bool> WaitForPause() {
    const std::function<void(engine::WaiterPtr)> arm = [this](engine::WaiterPtr waiter) {
      service_.pause().Arm(waiter);
    };
    client_.handle().paused = true;
    const net::WakeReason reason = co_await connection_.Wait(service_.pause().until(), arm);
    client_.handle().paused = false;
    co_return reason != net::WakeReason::kClosed;
  }

  // A client that does not read its replies is not read from either.
  awaitable<bool> MakeRoom() {
    const size_t limit = service_.options().outbox_bytes;
    if (connection_.outbox_bytes() < limit) co_return true;
    const bool drained = co_await connection_.Drain(limit);
    co_return drained;
  }

  Service& service_;
  net::Connection& connection_;
  Client client_;
  RequestParser parser_;
  bool held_back_ = false;                          // by CLIENT PAUSE: the next request
  absl::Time soft_since_ = absl::InfiniteFuture();  // above the soft output limit
};

}  // namespace

awaitable<void> Serve(Service& service, net::ConnectionPtr connection) {
  const auto session = std::make_unique<Session>(service, *connection);
  co_await session->Run();
}

}  // namespace braid::redis
