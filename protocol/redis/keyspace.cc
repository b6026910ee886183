#include "protocol/redis/keyspace.h"

#include <charconv>
#include <utility>

#include "engine/names.h"
#include "engine/views.h"
#include "fmt/format.h"
#include "protocol/redis/client.h"
#include "protocol/redis/notify.h"

namespace braid::redis {
namespace {

using engine::ValueKind;

constexpr size_t kEmbeddedBytes = 44;  // up to here Redis keeps a string beside its header

bool IsInteger(std::string_view bytes) {
  int64_t number = 0;
  const auto [end, error] = std::from_chars(bytes.data(), bytes.data() + bytes.size(), number);
  return error == std::errc() && end == bytes.data() + bytes.size() &&
         std::to_string(number) == bytes;
}

absl::Status OnePartition(const engine::StreamPtr& stream, std::string_view what) {
  const engine::StreamIdentity& identity = stream->identity();
  if (identity.partition_count == 1) return absl::OkStatus();
  return MakeError(Errc::kUnsupported,
                   fmt::format("'{}' is a partition of a topic with {}: {}",
                               engine::RedisKeyOf(identity), int{identity.partition_count}, what));
}

bool IsIn(int database, const engine::Topic& topic) {
  return engine::DatabaseKeyOf(topic.name).database == database;
}

std::string ValuePrefix(int database) {
  return database == 0 ? std::string() : engine::CanonicalName(database, "");
}

bool IsIn(int database, const engine::Value& value) {
  return engine::DatabaseKeyOf(value.name).database == database;
}

}  // namespace

// --- Keys

std::string_view Key::type() const {
  if (value == nullptr) return stream == nullptr ? "none" : "stream";
  switch (value->kind) {
    case ValueKind::kString:
      return "string";
    case ValueKind::kList:
      return "list";
    case ValueKind::kSet:
      return "set";
    case ValueKind::kHash:
      break;
  }
  return "hash";
}

std::string_view Key::encoding() const {
  if (value == nullptr) return "stream";
  switch (value->kind) {
    case ValueKind::kString:
      if (IsInteger(value->bytes)) return "int";
      return value->bytes.size() <= kEmbeddedBytes ? "embstr" : "raw";
    case ValueKind::kList:
      return "quicklist";
    case ValueKind::kSet:
    case ValueKind::kHash:
      break;
  }
  return "hashtable";
}

int64_t Key::expiry_ms() const {
  if (value != nullptr) return value->expiry_ms;
  return stream == nullptr ? engine::kNeverMs : stream->expiry_ms();
}

// --- One command's access

Keyspace::Keyspace(Call& call)
    : call_(call),
      catalog_(call.catalog),
      database_(call.client.database()),
      edit_(call.catalog.values(), call.writes) {}

Key Keyspace::Find(int database, std::string_view key) {
  Key found;
  found.value = edit_.Find(engine::CanonicalName(database, key));
  if (found.value == nullptr) found.stream = catalog_.FindRedis(database, key);
  if ((call_.command.flags & kReadOnly) != 0) call_.service.stats().CountLookup(found.exists());
  return found;
}

std::vector<std::string> Keyspace::Keys(int database) {
  std::vector<std::string> keys;
  for (const engine::Value* value : edit_.All(ValuePrefix(database))) {
    if (IsIn(database, *value)) keys.emplace_back(engine::DatabaseKeyOf(value->name).key);
  }
  const bool shadowed = !keys.empty();
  for (const engine::TopicPtr& topic : database == 0 ? catalog_.Topics() : catalog_.AllTopics()) {
    if (!IsIn(database, *topic)) continue;
    for (const engine::StreamPtr& stream : topic->partitions) {
      if (stream->expiry_ms() <= catalog_.NowMs()) break;
      std::string key = engine::RedisKeyOf(stream->identity());
      if (shadowed && edit_.Find(engine::CanonicalName(database, key)) != nullptr) continue;
      keys.push_back(std::move(key));
    }
  }
  return keys;
}

absl::StatusOr<engine::Value*> Keyspace::Make(std::string_view key, ValueKind kind) {
  const Key before = Find(key);
  if (before.stream != nullptr) {
    if (absl::Status s = Delete(key).status(); !s.ok()) return s;
  }
  engine::Value& made = edit_.Make(engine::CanonicalName(database_, key), kind);
  if (!before.exists()) Notify(call_, KeyEvent::kNew, "new", key);
  return &made;
}

absl::StatusOr<bool> Keyspace::Delete(int database, std::string_view key) {
  const Key found = Find(database, key);
  if (found.value != nullptr) return edit_.Erase(engine::CanonicalName(database, key));
  if (found.stream == nullptr) return false;
  if (absl::Status s = OnePartition(found.stream, "delete the topic"); !s.ok()) return s;
  const absl::Status status =
      catalog_.DeleteTopic(found.stream->identity().topic.str(), call_.writes);
  if (CodeOf(status) == Errc::kStreamNotFound) return false;
  if (!status.ok()) return status;
  return true;
}

absl::Status Keyspace::Flush(int database) {
  std::vector<std::string> names;
  for (const engine::Value* value : edit_.All(ValuePrefix(database))) {
    if (IsIn(database, *value)) names.push_back(value->name);
  }
  for (const std::string& name : names) edit_.Erase(name);
  for (const engine::TopicPtr& topic : catalog_.AllTopics()) {
    if (!IsIn(database, *topic)) continue;
    const absl::Status status = catalog_.DeleteTopic(topic->name, call_.writes);
    if (!status.ok() && CodeOf(status) != Errc::kStreamNotFound) return status;
  }
  return absl::OkStatus();
}

absl::Status Keyspace::SetExpiry(const Key& key, int64_t when_ms) {
  if (key.value != nullptr) {
    edit_.SetExpiry(*key.value, when_ms);
    return absl::OkStatus();
  }
  if (absl::Status s = OnePartition(key.stream, "it expires with none of the others"); !s.ok()) {
    return s;
  }
  return catalog_.SetExpiry(key.stream->identity().topic.str(), when_ms, call_.writes);
}

absl::Status Keyspace::Move(const Key& key, int database, std::string_view to) {
  if (key.stream != nullptr) {
    if (absl::Status s = OnePartition(key.stream, "rename the topic"); !s.ok()) return s;
  }
  const std::string name = engine::CanonicalName(database, to);
  const Key there = Find(database, to);
  if (there.stream != nullptr && key.stream == nullptr) {
    if (absl::Status s = Delete(database, to).status(); !s.ok()) return s;
  } else if (there.stream != nullptr) {
    if (absl::Status s = OnePartition(there.stream, "delete the topic"); !s.ok()) return s;
  } else if (there.value != nullptr && key.stream != nullptr) {
    edit_.Erase(name);
  }
  if (key.value != nullptr) {
    edit_.Rename(*key.value, name);
    return absl::OkStatus();
  }
  const engine::Catalog::Renaming renaming{key.stream->identity().topic.str(), name};
  return catalog_.RenameTopics({&renaming, 1}, call_.writes);
}

absl::Status Keyspace::Swap(int first, int second) {
  std::vector<engine::Catalog::Renaming> renamings;
  for (const engine::TopicPtr& topic : catalog_.AllTopics()) {
    const auto [database, key] = engine::DatabaseKeyOf(topic->name);
    if (database != first && database != second) continue;
    if (topic->partitions.front()->expiry_ms() <= catalog_.NowMs()) continue;
    if (absl::Status s = OnePartition(topic->partitions.front(), "it stays in database 0");
        !s.ok()) {
      return s;
    }
    renamings.push_back(
        {topic->name, engine::CanonicalName(database == first ? second : first, key)});
  }
  if (absl::Status s = catalog_.RenameTopics(renamings, call_.writes); !s.ok()) return s;
  const std::pair<int, int> steps[] = {
      {first, kSwapDatabase}, {second, first}, {kSwapDatabase, second}};
  for (const auto& [from, to] : steps) {
    for (const engine::Value* value : edit_.All(ValuePrefix(from))) {
      if (!IsIn(from, *value)) continue;
      const std::string key(engine::DatabaseKeyOf(value->name).key);
      edit_.Rename(*edit_.Find(value->name), engine::CanonicalName(to, key));
    }
  }
  return absl::OkStatus();
}

// --- Looking

std::array<DatabaseStats, kDatabases> StatsOf(Call& call) {
  std::array<DatabaseStats, kDatabases> all;
  const int64_t now = call.catalog.NowMs();
  const auto count = [&](const std::string& name, int64_t expiry_ms, size_t keys) {
    const int database = engine::DatabaseKeyOf(name).database;
    if (database >= kDatabases || expiry_ms <= now) return;
    DatabaseStats& stats = all[static_cast<size_t>(database)];
    stats.keys += static_cast<int64_t>(keys);
    if (expiry_ms == engine::kNeverMs) return;
    ++stats.expires;
    stats.average_ttl_ms += expiry_ms - now;
  };
  engine::ValueEdit edit(call.catalog.values(), call.writes);
  const std::vector<const engine::Value*> values = edit.All();
  for (const engine::Value* value : values) count(value->name, value->expiry_ms, 1);
  for (const engine::TopicPtr& topic : call.catalog.AllTopics()) {
    if (!values.empty() && edit.Find(topic->name) != nullptr) continue;
    count(topic->name, topic->partitions.front()->expiry_ms(), topic->partitions.size());
  }
  for (DatabaseStats& stats : all) {
    if (stats.expires > 0) stats.average_ttl_ms /= stats.expires;
  }
  return all;
}

bool HoldsOther(Call& call, const Key& key, ValueKind kind) {
  if (!key.exists() || key.Is(kind)) return false;
  call.reply.Error(text::kWrongType);
  return true;
}

}  // namespace braid::redis
