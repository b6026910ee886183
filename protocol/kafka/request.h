// A request being served: what a handler sees of it, and how it answers.
//
// A handler reads the body once, acts on the engine with writes(), and replies once, or not at all
// (acks 0). What it replies is queued; the session commits and sends. Views into the body, and what
// Keep() gives, live as long as the Request.
#ifndef BRAID_PROTOCOL_KAFKA_REQUEST_H_
#define BRAID_PROTOCOL_KAFKA_REQUEST_H_

#include <cstdint>
#include <forward_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/time/time.h"
#include "braid/buffer.h"
#include "engine/catalog.h"
#include "engine/coordinator.h"
#include "engine/writes.h"
#include "protocol/connection.h"
#include "protocol/kafka/api.h"
#include "protocol/kafka/errors.h"
#include "protocol/kafka/reader.h"
#include "protocol/kafka/service.h"
#include "protocol/kafka/writer.h"

namespace braid::kafka {

// The fixed start of every request, and the client's name for itself.
struct RequestHeader {
  int16_t api_key = 0;
  int16_t api_version = 0;
  int32_t correlation_id = 0;
  std::optional<std::string_view> client_id;
};

class Request {
 public:
  Request(Service& service, net::Connection& connection, int listener, engine::Writes& writes,
          Writer& out)
      : service_(service),
        connection_(connection),
        listener_(listener),
        writes_(writes),
        out_(out) {}
  Request(const Request&) = delete;
  Request& operator=(const Request&) = delete;

  // Reads key, version and correlation id. False when the frame is too short for them.
  bool ReadFixedHeader(Buffer frame);
  // Reads the rest of the header, knowing what `api` is. False when it is malformed.
  bool ReadHeader(const Api& api);

  const RequestHeader& header() const { return header_; }
  int16_t version() const { return header_.api_version; }
  std::string_view client_id() const { return header_.client_id.value_or(std::string_view()); }

  Service& service() { return service_; }
  engine::Catalog& catalog() { return service_.catalog(); }
  engine::Coordinator& coordinator() { return service_.coordinator(); }
  net::Connection& connection() { return connection_; }
  int listener() const { return listener_; }  // that the client came in through, from 0
  engine::Writes& writes() { return writes_; }

  // The body. Nullopt when it is malformed: the connection will be closed, and there is nothing to
  // do.
  template <class M>
  std::optional<M> Read() {
    Reader reader(frame_, body_at_);
    std::optional<M> message = reader.Read<M>(version());
    if (!message) Close();
    return message;
  }

  // Queues the answer.
  template <class M>
  void Reply(const M& message) {
    ReplyAs(message, version());
  }
  // In another version than was asked for: only ApiVersions may.
  template <class M>
  void ReplyAs(const M& message, int16_t version) {
    ChargeTime();
    if constexpr (requires { message.throttle_time_ms; }) {
      if (pause_ > absl::ZeroDuration()) {
        M throttled = message;
        throttled.throttle_time_ms = static_cast<int32_t>(
            absl::ToInt64Milliseconds(absl::Ceil(pause_, absl::Milliseconds(1))));
        return Write(throttled, version);
      }
    }
    Write(message, version);
  }

  // --- Quotas ---
  // The client has used `amount` of `key` (quotas.h). What it has to pause for, if anything, is
  // told in the answer, and the session then looks at nothing of it for as long.
  absl::Duration Charge(std::string_view key, double amount);
  // It is about to make or delete as many partitions. False: it may not, and is told after which
  // pause it may, where its version of the request has an error for that (`strict`); else it goes
  // on and pauses afterwards.
  bool ChargePartitions(int partitions, bool strict);
  absl::Duration pause() const { return pause_; }
  // Who it is to quotas; everybody is the same one, who did not say.
  static std::string_view user() { return "ANONYMOUS"; }
  // Of the whole request.
  size_t size() const { return frame_.size(); }

  // The time until the reply counts against the client's share of a thread.
  void CountTime() { began_ = catalog().Now(); }

  // The connection ends when the answers before this request have been sent.
  void Close() { close_ = true; }
  bool close() const { return close_; }
  // It is served, but its answer is not sent; then the connection ends.
  void LoseAnswer() {
    answer_lost_ = true;
    Close();
  }

  // Text that lives as long as the request, for fields that are views.
  std::string_view Keep(std::string text) { return kept_.emplace_front(std::move(text)); }

 private:
  template <class M>
  void Write(const M& message, int16_t version) {
    BeginReply(FlexibleResponseHeader(M::kApi, version));
    out_.Write(message, version);
    EndReply();
  }
  void BeginReply(bool flexible);
  void EndReply();
  void ChargeTime();
  void PauseFor(absl::Duration pause);

  Service& service_;
  net::Connection& connection_;
  const int listener_;
  engine::Writes& writes_;
  Writer& out_;
  Buffer frame_;
  RequestHeader header_;
  size_t body_at_ = 0;
  bool close_ = false;
  bool answer_lost_ = false;
  absl::Time began_ = absl::InfinitePast();  // serving it; InfinitePast: its time is not counted
  absl::Duration pause_;
  std::forward_list<std::string> kept_;
};

}  // namespace braid::kafka

#endif  // BRAID_PROTOCOL_KAFKA_REQUEST_H_
