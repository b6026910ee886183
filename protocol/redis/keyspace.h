// The keys of the databases, whatever they hold: a stream, or a value of the engine's.
//
// A Keyspace is one command's access to them. While it lives no other client makes, changes or
// removes a value, or makes a stream where there was no key; so it must not live long, and a
// command that has one asks it for streams, and not Call::Find.
#ifndef BRAID_PROTOCOL_REDIS_KEYSPACE_H_
#define BRAID_PROTOCOL_REDIS_KEYSPACE_H_

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "engine/catalog.h"
#include "engine/names.h"
#include "engine/values.h"

namespace braid::redis {

struct Call;

inline constexpr int kDatabases = 16;
// Databases that no client selects: where a stream is while it is made, and where values are while
// two databases are exchanged.
inline constexpr int kBuildDatabase = engine::kMaxDatabases - 1;
inline constexpr int kSwapDatabase = engine::kMaxDatabases - 2;

// What a key holds: one of the two, or neither.
struct Key {
  engine::Value* value = nullptr;
  engine::StreamPtr stream;

  bool exists() const { return value != nullptr || stream != nullptr; }
  bool Is(engine::ValueKind kind) const { return value != nullptr && value->kind == kind; }
  std::string_view type() const;      // as TYPE says it
  std::string_view encoding() const;  // as OBJECT ENCODING says it
  int64_t expiry_ms() const;          // engine::kNeverMs: never
};

class Keyspace {
 public:
  explicit Keyspace(Call& call);

  engine::ValueEdit& edit() { return edit_; }
  // Of the client's database, or of another.
  Key Find(std::string_view key) { return Find(database_, key); }
  Key Find(int database, std::string_view key);
  std::vector<std::string> Keys() { return Keys(database_); }
  std::vector<std::string> Keys(int database);

  // A new value in the client's database, in place of what the key held. `kind` decides how it is
  // to be filled, which the caller does at once.
  absl::StatusOr<engine::Value*> Make(std::string_view key, engine::ValueKind kind);
  // kUnsupported: the key is one partition of a topic.
  absl::StatusOr<bool> Delete(std::string_view key) { return Delete(database_, key); }
  absl::StatusOr<bool> Delete(int database, std::string_view key);
  // Deletes everything in the database; in database 0 also topics of several partitions.
  absl::Status Flush(int database);
  // kUnsupported as above. The key must exist.
  absl::Status SetExpiry(const Key& key, int64_t when_ms);
  // Moves a key that exists to a name in the same or another database; what is there goes.
  absl::Status Move(const Key& key, int database, std::string_view to);
  // Exchanges two databases. kUnsupported: one of them has a topic of several partitions.
  absl::Status Swap(int first, int second);

 private:
  Call& call_;
  engine::Catalog& catalog_;
  const int database_;
  engine::ValueEdit edit_;
};

// What is in a database, for INFO. One after the other.
struct DatabaseStats {
  int64_t keys = 0;
  int64_t expires = 0;  // those that will expire
  int64_t average_ttl_ms = 0;
};
std::array<DatabaseStats, kDatabases> StatsOf(Call& call);

// Whether the key holds something else than a value of that kind: replies that it does.
bool HoldsOther(Call& call, const Key& key, engine::ValueKind kind);

}  // namespace braid::redis

#endif  // BRAID_PROTOCOL_REDIS_KEYSPACE_H_
