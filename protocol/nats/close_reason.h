// Why a connection ended, in the words of the monitoring pages.
#ifndef BRAID_PROTOCOL_NATS_CLOSE_REASON_H_
#define BRAID_PROTOCOL_NATS_CLOSE_REASON_H_

#include <cstdint>
#include <string_view>

namespace braid::nats {

enum class CloseReason : uint8_t {
  kClientClosed,
  kAuthenticationTimeout,
  kAuthenticationViolation,
  kSlowConsumerPendingBytes,
  kSlowConsumerWriteDeadline,
  kParseError,
  kStaleConnection,
  kProtocolViolation,
  kServerShutdown,
  kMaxPayloadExceeded,
  kMaxControlLineExceeded,
  kMaxConnectionsExceeded,
  kNoRespondersRequiresHeaders,
};

inline std::string_view TextOf(CloseReason reason) {
  struct Row {
    CloseReason reason;
    std::string_view text;
  };
  static constexpr Row kRows[] = {
      {CloseReason::kClientClosed, "Client Closed"},
      {CloseReason::kAuthenticationTimeout, "Authentication Timeout"},
      {CloseReason::kAuthenticationViolation, "Authentication Failure"},
      {CloseReason::kSlowConsumerPendingBytes, "Slow Consumer (Pending Bytes)"},
      {CloseReason::kSlowConsumerWriteDeadline, "Slow Consumer (Write Deadline)"},
      {CloseReason::kParseError, "Parse Error"},
      {CloseReason::kStaleConnection, "Stale Connection"},
      {CloseReason::kProtocolViolation, "Protocol Violation"},
      {CloseReason::kServerShutdown, "Server Shutdown"},
      {CloseReason::kMaxPayloadExceeded, "Maximum Message Payload Exceeded"},
      {CloseReason::kMaxControlLineExceeded, "Maximum Control Line Exceeded"},
      {CloseReason::kMaxConnectionsExceeded, "Maximum Connections Exceeded"},
      {CloseReason::kNoRespondersRequiresHeaders, "No Responders Requires Headers Support"},
  };
  for (const Row& row : kRows) {
    if (row.reason == reason) return row.text;
  }
  return "Unknown";
}

}  // namespace braid::nats

#endif  // BRAID_PROTOCOL_NATS_CLOSE_REASON_H_
