// NATS message headers: the block on the wire and the headers of a stored record.
//
//   NATS/1.0[ <code>[ <text>]]\r\n
//   Key: value\r\n            any number of lines; keys repeat and are case-sensitive
//   \r\n
//
// Pure functions on views.
#ifndef BRAID_PROTOCOL_NATS_HEADERS_H_
#define BRAID_PROTOCOL_NATS_HEADERS_H_

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "absl/types/span.h"
#include "braid/record.h"

namespace braid::nats {

inline constexpr std::string_view kHeaderLine = "NATS/1.0\r\n";

// The lines of `block` as key and value, blanks around the value cut off. A line without a colon is
// a key without a value. Views into `block`, whose version line is not looked at.
absl::InlinedVector<HeaderView, 2> ParseHeaders(std::string_view block);

// The first value under `key`; nullopt when there is none.
std::optional<std::string_view> FindHeader(absl::Span<const HeaderView> headers,
                                           std::string_view key);

// The same without taking the whole block apart; empty when there is none.
std::string_view HeaderIn(std::string_view block, std::string_view key);
bool HasHeader(std::string_view block, std::string_view key);

// Appends "Key: value\r\n". CR and LF, which no header of this protocol can hold and records of
// other models may, become blanks; so does a colon in the key.
void AppendHeaderLine(std::string_view key, std::string_view value, std::string* block);

// The block of a stored record; empty when it has no headers.
std::string HeaderBlock(absl::Span<const HeaderView> headers);

// A block of nothing but a status: "NATS/1.0 404 No Messages\r\n" and the lines given.
std::string StatusBlock(int code, std::string_view text,
                        absl::Span<const std::pair<std::string_view, std::string>> lines = {});

}  // namespace braid::nats

#endif  // BRAID_PROTOCOL_NATS_HEADERS_H_
