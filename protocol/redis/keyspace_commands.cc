// Keys in general. A key is a stream: one a Redis client made, a partition of a Kafka topic, or a
// JetStream stream.
#include <algorithm>
#include <charconv>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/views.h"
#include "fmt/format.h"
#include "protocol/redis/glob.h"
#include "protocol/redis/handlers.h"
#include "protocol/redis/keyspace.h"
#include "xxhash.h"

namespace braid::redis {
namespace {

constexpr std::string_view kStreamType = "stream";

// The order of SCAN: by hash, so that a cursor needs no memory and survives what comes and goes.
uint64_t ScanHash(std::string_view key) {
  return XXH3_64bits(key.data(), key.size()) >> 1;
}

struct ScanOptions {
  uint64_t cursor = 0;
  std::string_view pattern = "*";
  int64_t count = 10;
  std::string_view type = kStreamType;
};

ScanOptions ParseScan(Args& args) {
  ScanOptions scan;
  const std::string_view cursor = args.Next();
  const auto [end, error] =
      std::from_chars(cursor.data(), cursor.data() + cursor.size(), scan.cursor);
  if (error != std::errc() || end != cursor.data() + cursor.size()) {
    args.Fail(text::kInvalidCursor);
  }
  while (!args.empty()) {
    if (args.SkipOption("MATCH")) {
      scan.pattern = args.Next();
    } else if (args.SkipOption("COUNT")) {
      scan.count = args.NextInt();
      if (scan.count < 1) args.Fail(text::kSyntax);
    } else if (args.SkipOption("TYPE")) {
      scan.type = args.Next();
    } else {
      args.Fail(text::kSyntax);
    }
  }
  return scan;
}

// Deletes the key; false when there is none.
absl::StatusOr<bool> DeleteKey(Call& call, std::string_view key) {
  const engine::StreamPtr stream = call.Find(key);
  if (stream == nullptr) return false;
  const engine::StreamIdentity& identity = stream->identity();
  if (identity.partition_count > 1) {
    return MakeError(Errc::kUnsupported,
                     fmt::format("'{}' is a partition of a topic with {}: delete the topic", key,
                                 identity.partition_count));
  }
  const absl::Status status = call.catalog.DeleteTopic(identity.topic, call.writes);
  if (CodeOf(status) == Errc::kStreamNotFound) return false;
  if (!status.ok()) return status;
  return true;
}

}  // namespace

std::vector<std::string> AllKeys(engine::Catalog& catalog) {
  std::vector<std::string> keys;
  for (const engine::TopicPtr& topic : catalog.Topics()) {
    for (const engine::StreamPtr& stream : topic->partitions) {
      keys.push_back(engine::RedisKeyOf(stream->identity()));
    }
  }
  return keys;
}

void Del(Call& call) {
  int64_t deleted = 0;
  while (!call.args.empty()) {
    const auto gone = DeleteKey(call, call.args.Next());
    if (call.Failed(gone.status())) return;
    deleted += *gone ? 1 : 0;
  }
  call.reply.Integer(deleted);
}

void Exists(Call& call) {
  int64_t found = 0;
  while (!call.args.empty()) found += call.Find(call.args.Next()) != nullptr ? 1 : 0;
  call.reply.Integer(found);
}

void Keys(Call& call) {
  const std::string_view pattern = call.args.Next();
  std::vector<std::string> keys = AllKeys(call.catalog);
  std::erase_if(keys, [&](const std::string& key) { return !GlobMatch(pattern, key); });
  call.reply.Array(keys.size());
  for (const std::string& key : keys) call.reply.Bulk(key);
}

void ObjectEncoding(Call& call) {
  if (call.Find(call.args.Next()) == nullptr) return call.reply.Null();
  call.reply.Bulk(kStreamType);
}

void RandomKey(Call& call) {
  const std::vector<std::string> keys = AllKeys(call.catalog);
  if (keys.empty()) return call.reply.Null();
  call.reply.Bulk(keys[call.catalog.Random() % keys.size()]);
}

void Scan(Call& call) {
  const ScanOptions scan = ParseScan(call.args);
  if (call.Failed()) return;
  std::vector<std::pair<uint64_t, std::string>> keys;
  for (std::string& key : AllKeys(call.catalog)) {
    const uint64_t hash = ScanHash(key);
    if (hash >= scan.cursor) keys.emplace_back(hash, std::move(key));
  }
  std::sort(keys.begin(), keys.end());
  size_t end = std::min(keys.size(), static_cast<size_t>(scan.count));
  // Keys of one hash are never separated: the cursor could not tell them apart.
  while (end > 0 && end < keys.size() && keys[end].first == keys[end - 1].first) ++end;
  call.reply.Array(2);
  call.reply.Bulk(end < keys.size() ? std::to_string(keys[end].first) : "0");
  std::vector<std::string_view> found;
  for (size_t i = 0; i < end; ++i) {
    if (!GlobMatch(scan.pattern, keys[i].second) || !SameWord(scan.type, kStreamType)) continue;
    found.push_back(keys[i].second);
  }
  call.reply.Array(found.size());
  for (const std::string_view key : found) call.reply.Bulk(key);
}

void Ttl(Call& call) {
  call.reply.Integer(call.Find(call.args.Next()) == nullptr ? -2 : -1);
}

void Type(Call& call) {
  call.reply.Simple(call.Find(call.args.Next()) == nullptr ? "none" : kStreamType);
}

}  // namespace braid::redis
