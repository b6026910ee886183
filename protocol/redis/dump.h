// What DUMP gives and RESTORE takes: one byte for the kind, the content, the version of the layout
// (two bytes) and a CRC-32C of all before it (four), both little-endian. Braid's own: neither reads
// the other's.
#ifndef BRAID_PROTOCOL_REDIS_DUMP_H_
#define BRAID_PROTOCOL_REDIS_DUMP_H_

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "engine/stream_image.h"
#include "engine/values.h"
#include "protocol/redis/keyspace.h"

namespace braid::redis {

// A key's content by itself.
struct Content {
  std::optional<engine::StreamImage> stream;  // or a value:
  engine::ValueKind kind = engine::ValueKind::kString;
  std::string bytes;
  std::vector<std::string> elements;
  std::vector<std::pair<std::string, std::string>> fields;
};

absl::StatusOr<Content> ContentOf(const Key& key);  // which exists
std::string Dump(const Content& content);
// nullopt: the version is another, or the checksum is wrong. kCorrupt: it is right, and yet the
// bytes mean nothing.
absl::StatusOr<std::optional<Content>> ParseDump(std::string_view bytes);

// Makes the key hold `content`, in place of what it held.
absl::Status Place(Call& call, Keyspace& keyspace, int database, std::string_view key,
                   const Content& content);

}  // namespace braid::redis

#endif  // BRAID_PROTOCOL_REDIS_DUMP_H_
