#include "protocol/kafka/session.h"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <utility>

#include "engine/writes.h"
#include "protocol/kafka/broker_address.h"
#include "protocol/kafka/dispatch.h"
#include "protocol/kafka/handlers.h"
#include "protocol/kafka/refused_calls.h"
#include "protocol/kafka/request.h"
#include "protocol/kafka/service.h"
#include "protocol/kafka/writer.h"
#include "storage/coding.h"

namespace braid::kafka {
namespace {

namespace asio = net::asio;

constexpr size_t kSizeBytes = sizeof(int32_t);
// Answers a client leaves unread before its next requests are looked at.
constexpr size_t kMaxOutboxBytes = size_t{8} << 20;
// A connection that may not be had is kept waiting no longer.
constexpr absl::Duration kLongestWait = absl::Minutes(1);

class Session {
 public:
  Session(Service& service, net::Connection& connection, int listener)
      : service_(service), connection_(connection), listener_(listener) {}

  // The address of the client opens connections faster than it may: the client learns so late, and
  // tries again the later.
  asio::awaitable<void> TurnAway(absl::Duration pause) {
    const bool open = co_await Pause(std::min(pause, kLongestWait));
    if (open) connection_.CloseAfterFlush();
  }

  asio::awaitable<void> Run() {
    while (true) {
      const std::string_view input = connection_.Input();
      if (input.size() < kSizeBytes) {
        bool open = co_await EndTurn();
        if (open) open = co_await connection_.Read();
        if (!open) co_return;
        continue;
      }
      const auto size = storage::LoadBigEndian<int32_t>(input.data());
      if (size < 0 || size > service_.options().max_request_bytes) break;
      Buffer frame = TakeFrame(static_cast<size_t>(size));
      if (frame.empty() && size > 0) {
        const bool open = co_await EndTurn();
        if (!open) co_return;
        connection_.Consume(kSizeBytes);
        frame = co_await connection_.ReadFrame(static_cast<size_t>(size));
        if (frame.empty()) co_return;
      }
      Request request(service_, connection_, listener_, writes_, out_);
      const Endpoint* endpoint = Route(request, std::move(frame));
      if (endpoint != nullptr && service_.faults().any()) {
        const std::optional<CallFault> fault =
            service_.faults().Take(endpoint->api.name, request.client_id());
        if (fault && fault->kind == CallFault::Kind::kDelay) {
          const bool open = co_await Pause(fault->delay);
          if (!open) co_return;
        } else if (fault) {
          endpoint = Meet(*fault, *endpoint, request);
        }
      }
      if (endpoint != nullptr && endpoint->serve_waiting != nullptr) {
        const bool open = co_await EndTurn();
        if (!open) co_return;
        co_await endpoint->serve_waiting(request);
      } else if (endpoint != nullptr) {
        request.CountTime();
        endpoint->serve(request);
      }
      if (request.close()) break;
      if (request.pause() > absl::ZeroDuration()) {
        const bool open = co_await Pause(request.pause());
        if (!open) co_return;
      }
    }
    const bool open = co_await EndTurn();
    if (open) connection_.CloseAfterFlush();
  }

 private:
  // What happens to the call instead of its being served as usual. nullptr: it has been answered,
  // or never will be.
  static const Endpoint* Meet(const CallFault& fault, const Endpoint& endpoint, Request& request) {
    switch (fault.kind) {
      case CallFault::Kind::kLoseRequest:
        request.Close();
        return nullptr;
      case CallFault::Kind::kLoseAnswer:
        request.LoseAnswer();
        return &endpoint;
      case CallFault::Kind::kRefuse:
        RefuseCall(request, endpoint.api.key, static_cast<ErrorCode>(fault.error));
        return nullptr;
      default:
        return &endpoint;
    }
  }

  // The frame at the start of the input, if it is all there; else nothing.
  Buffer TakeFrame(size_t size) {
    const std::string_view input = connection_.Input();
    if (input.size() < kSizeBytes + size) return {};
    Buffer frame = Buffer::Copy(input.substr(kSizeBytes, size));
    connection_.Consume(kSizeBytes + size);
    return frame;
  }

  // Who serves it. nullptr: nobody, and it has been answered, or its connection will be closed.
  static const Endpoint* Route(Request& request, Buffer frame) {
    if (!request.ReadFixedHeader(std::move(frame))) return request.Close(), nullptr;
    const Endpoint* endpoint = FindEndpoint(request.header().api_key);
    if (endpoint == nullptr) return request.Close(), nullptr;
    if (!endpoint->Serves(request.version())) {
      if (endpoint->api.key == ApiKey::kApiVersions) {
        RefuseApiVersions(request);
      } else {
        request.Close();
      }
      return nullptr;
    }
    if (!request.ReadHeader(endpoint->api)) return request.Close(), nullptr;
    return endpoint;
  }

  // A client above its quota has its answer at once, and is not listened to for a while. False when
  // it is gone.
  asio::awaitable<bool> Pause(absl::Duration pause) {
    const bool open = co_await EndTurn();
    if (!open) co_return false;
    const absl::Time until = service_.catalog().Now() + pause;
    const std::function<void(engine::WaiterPtr)> nobody_wakes = [](const engine::WaiterPtr&) {};
    while (service_.catalog().Now() < until) {
      const net::WakeReason reason = co_await connection_.Wait(until, nobody_wakes);
      if (reason == net::WakeReason::kClosed) break;  // what has arrived is answered still
    }
    co_return true;
  }

  // Makes everything answered so far true and sends it. False when the connection is over.
  asio::awaitable<bool> EndTurn() {
    if (!writes_.empty()) {
      const absl::Status committed = co_await net::Commit(connection_, service_.catalog(), writes_);
      if (!committed.ok()) co_return false;
    }
    connection_.Flush();
    if (connection_.outbox_bytes() < kMaxOutboxBytes) co_return !connection_.closed();
    co_return co_await connection_.Drain(kMaxOutboxBytes);
  }

  Service& service_;
  net::Connection& connection_;
  const int listener_;
  engine::Writes writes_;
  Writer out_;  // kept for its memory
};

}  // namespace

asio::awaitable<void> Serve(Service& service, net::ConnectionPtr connection, int listener) {
  Session session(service, *connection, listener);
  const absl::Duration pause = service.quotas().TryConnect(
      BrokerAddress::Parse(connection->remote_address()).host, service.catalog().Now());
  if (pause > absl::ZeroDuration()) {
    co_await session.TurnAway(pause);
    co_return;
  }
  co_await session.Run();
  service.share_sessions().Disconnected(connection.get());
}

}  // namespace braid::kafka
