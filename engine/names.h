// One name, three alphabets. A stream's own name is any string of bytes (a Redis key); a model that
// allows fewer bytes sees it escaped by one rule:
//
//   a byte that the model does not allow is written _xHH, in upper-case hexadecimal;
//   a `_` that would otherwise begin something of that form is written _x5F.
//
//   "orders/eu 1" is orders_x2Feu_x201 in Kafka, "a_x20b" is a_x5Fx20b, "max_x" is max_x.
//
// The rule is reversible: Unescape(EscapeFor...(name)) == name. Unescape also reads spellings that
// no Escape produces ("_x41" is "A"), so two spellings may name one stream.
//
// Pure functions; kInvalidName for an empty name or one whose escaped form is too long for its
// model.
#ifndef BRAID_ENGINE_NAMES_H_
#define BRAID_ENGINE_NAMES_H_

#include <cstddef>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace braid::engine {

inline constexpr size_t kMaxKafkaName = 249;
inline constexpr size_t kMaxNatsName = 255;
inline constexpr size_t kMaxFileName = 120;

// Kafka topics: [A-Za-z0-9._-], but neither "." nor "..", whose dots are escaped.
absl::StatusOr<std::string> EscapeForKafka(std::string_view name);

// JetStream streams and consumers: no white space, control bytes, '.', '*', '>', '/' or '\', and
// nothing that is not UTF-8 (names travel in JSON).
absl::StatusOr<std::string> EscapeForNats(std::string_view name);

// Files and directories: [A-Za-z0-9._-], never beginning with '.', never empty ("_" then). A name
// too long is cut, so that what is cut no longer identifies the stream: the caller adds an id.
std::string EscapeForFile(std::string_view name);

std::string Unescape(std::string_view escaped);

// --- Names that only Redis sees ---
// Database 0 of Redis is the topics that every model sees. A key of another database is a topic
// under a name that begins with two bytes no other model may use, and then the database's number.
inline constexpr std::string_view kPrivatePrefix{"\xFF\0", 2};
inline constexpr int kMaxDatabases = 128;

// Whether a topic of that canonical name belongs to Redis alone: nothing else finds or lists it.
inline bool IsPrivate(std::string_view name) {
  return name.starts_with(kPrivatePrefix);
}
// The canonical name of a key of the database `database`, 0 to kMaxDatabases - 1. In database 0 no
// key may be IsPrivate.
std::string CanonicalName(int database, std::string_view key);
// The other way round: which key of which database has that canonical name.
struct DatabaseKey {
  int database = 0;
  std::string_view key;
};
DatabaseKey DatabaseKeyOf(std::string_view name);

}  // namespace braid::engine

#endif  // BRAID_ENGINE_NAMES_H_
