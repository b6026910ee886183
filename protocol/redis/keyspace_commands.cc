// Keys in general. In database 0 a stream is a key, whoever made it: a Redis client, or one of the
// other models.
#include <algorithm>
#include <charconv>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "protocol/redis/glob.h"
#include "protocol/redis/handlers.h"
#include "protocol/redis/keyspace.h"
#include "protocol/redis/notify.h"
#include "xxhash.h"

namespace braid::redis {
namespace {

// The order of SCAN: by hash, so that a cursor needs no memory and survives what comes and goes.
uint64_t ScanHash(std::string_view key) {
  return XXH3_64bits(key.data(), key.size()) >> 1;
}

struct ScanOptions {
  uint64_t cursor = 0;
  std::string_view pattern = "*";
  int64_t count = 10;
  std::optional<std::string_view> type;
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

}  // namespace

void Del(Call& call) {
  Keyspace keyspace(call);
  int64_t deleted = 0;
  while (!call.args.empty()) {
    const std::string_view key = call.args.Next();
    const auto gone = keyspace.Delete(key);
    if (call.Failed(gone.status())) return;
    if (!*gone) continue;
    ++deleted;
    Notify(call, KeyEvent::kGeneric, "del", key);
  }
  call.reply.Integer(deleted);
}

void Exists(Call& call) {
  Keyspace keyspace(call);
  int64_t found = 0;
  while (!call.args.empty()) found += keyspace.Find(call.args.Next()).exists() ? 1 : 0;
  call.reply.Integer(found);
}

void Touch(Call& call) {
  Keyspace keyspace(call);
  int64_t found = 0;
  while (!call.args.empty()) {
    const Key key = keyspace.Find(call.args.Next());
    if (!key.exists()) continue;
    ++found;
    if (key.value != nullptr) key.value->used = call.catalog.Now();
  }
  call.reply.Integer(found);
}

void Keys(Call& call) {
  const std::string_view pattern = call.args.Next();
  std::vector<std::string> keys = Keyspace(call).Keys();
  std::erase_if(keys, [&](const std::string& key) { return !GlobMatch(pattern, key); });
  call.reply.Array(keys.size());
  for (const std::string& key : keys) call.reply.Bulk(key);
}

void RandomKey(Call& call) {
  const std::vector<std::string> keys = Keyspace(call).Keys();
  if (keys.empty()) return call.reply.Null();
  call.reply.Bulk(keys[call.catalog.Random() % keys.size()]);
}

void Scan(Call& call) {
  const ScanOptions scan = ParseScan(call.args);
  if (call.Failed()) return;
  Keyspace keyspace(call);
  std::vector<std::pair<uint64_t, std::string>> keys;
  for (std::string& key : keyspace.Keys()) {
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
    const std::string_view key = keys[i].second;
    if (!GlobMatch(scan.pattern, key)) continue;
    if (scan.type && !SameWord(*scan.type, keyspace.Find(key).type())) continue;
    found.push_back(key);
  }
  call.reply.Array(found.size());
  for (const std::string_view key : found) call.reply.Bulk(key);
}

void Type(Call& call) {
  call.reply.Simple(Keyspace(call).Find(call.args.Next()).type());
}

}  // namespace braid::redis
