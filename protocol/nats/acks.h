// Acknowledgements: the reply subject a delivered message carries, and what is published to it.
//
//   $JS.ACK.<stream>.<consumer>.<delivery>.<stream seq>.<consumer seq>.<unix ns>.<pending>
//   $JS.ACK.<domain or _>.<account>.<the same seven>[.<random>]     accepted, never sent
//
//   (empty) +ACK +OK    done                      -NAK, -NAK 5s, -NAK {"delay":ns}    again, later
//   +WPI                still at it               +TERM, +TERM reason                 never again
//   +NXT, +NXT {...}    done, and another pull
#ifndef BRAID_PROTOCOL_NATS_ACKS_H_
#define BRAID_PROTOCOL_NATS_ACKS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/time/time.h"

namespace braid::nats {

inline constexpr std::string_view kAckPrefix = "$JS.ACK.";

struct AckSubject {
  std::string_view stream;
  std::string_view consumer;
  int64_t delivery = 0;
  int64_t stream_seq = 0;
  int64_t consumer_seq = 0;
  int64_t timestamp_ns = 0;
  int64_t pending = 0;
};

void AppendAckSubject(const AckSubject& ack, std::string* out);
// nullopt when `subject` is none.
std::optional<AckSubject> ParseAckSubject(std::string_view subject);

enum class AckKind : uint8_t { kAck, kNak, kProgress, kTerm, kNext };

struct Ack {
  AckKind kind = AckKind::kAck;
  absl::Duration delay = absl::ZeroDuration();  // kNak
  std::string_view rest;                        // kTerm: the reason; kNext: a pull request
};

// nullopt when `body` means nothing. A delay that cannot be read is none.
std::optional<Ack> ParseAck(std::string_view body);

}  // namespace braid::nats

#endif  // BRAID_PROTOCOL_NATS_ACKS_H_
