// The client protocol, one operation at a time: a pure function from received bytes to views into
// them.
//
//   PUB orders.us _INBOX.1 5\r\nhello\r\n      HPUB subject [reply] header-bytes total-bytes
//   SUB orders.* workers 7\r\n                 UNSUB 7 10\r\n       CONNECT {...}\r\n
//   PING\r\n   PONG\r\n                        +OK and -ERR from a client are read and mean nothing
//
// Operation names may be in any case, arguments are separated by spaces and tabs, and a line ends
// with LF, usually after a CR. Nothing is copied and nothing is allocated: lengths are checked
// against the limits before anybody waits for that many bytes.
#ifndef BRAID_PROTOCOL_NATS_PARSER_H_
#define BRAID_PROTOCOL_NATS_PARSER_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace braid::nats {

enum class OpKind : uint8_t { kConnect, kInfo, kPub, kHpub, kSub, kUnsub, kPing, kPong, kOk, kErr };
inline constexpr int kOpKinds = 10;

// Views into the input that was parsed.
struct Op {
  OpKind kind = OpKind::kPing;
  std::string_view subject;
  std::string_view reply;      // PUB, HPUB; empty when there is none
  std::string_view queue;      // SUB; empty when there is none
  std::string_view sid;        // SUB, UNSUB
  std::string_view json;       // CONNECT: the rest of the line
  std::string_view headers;    // HPUB: the whole header block
  std::string_view payload;    // PUB, HPUB
  std::optional<int64_t> max;  // UNSUB
};

struct ParseLimits {
  size_t max_control_line = 4096;        // arguments of one operation
  size_t max_payload = size_t{1} << 20;  // headers and payload together
};

enum class ParseError : uint8_t {
  kNone,
  kUnknownOperation,
  kBadArguments,  // wrong number of arguments, or one is no number
  kControlLineTooLong,
  kPayloadTooLarge,
};

struct ParseResult {
  enum class State : uint8_t { kOp, kMore, kError };
  State state = State::kMore;
  Op op = {};       // with kOp
  size_t size = 0;  // kOp: bytes it takes; kMore: input size worth trying again at
  ParseError error = ParseError::kNone;
};

// Looks at the operation at the start of `input`. Never reads past `input`, whatever lengths it
// claims.
ParseResult ParseOp(std::string_view input, const ParseLimits& limits);

}  // namespace braid::nats

#endif  // BRAID_PROTOCOL_NATS_PARSER_H_
