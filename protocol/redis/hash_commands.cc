// Hashes.
#include <cstdint>
#include <string>

#include "protocol/redis/handlers.h"
#include "protocol/redis/keyspace.h"
#include "protocol/redis/notify.h"

namespace braid::redis {
namespace {

using engine::ValueKind;

int64_t SizeOf(const Key& key) {
  return key.exists() ? static_cast<int64_t>(key.value->size()) : 0;
}

}  // namespace

void Hset(Call& call) {
  const std::string_view name = call.args.Next();
  if (call.args.size() % 2 != 0) return call.reply.Error(WrongArity(call.command.name));
  Keyspace keyspace(call);
  Key key = keyspace.Find(name);
  if (HoldsOther(call, key, ValueKind::kHash)) return;
  if (!key.exists()) {
    const auto made = keyspace.Make(name, ValueKind::kHash);
    if (call.Failed(made.status())) return;
    key.value = *made;
  }
  int64_t added = 0;
  while (!call.args.empty()) {
    const std::string_view field = call.args.Next();
    added += keyspace.edit().PutField(*key.value, field, call.args.Next()) ? 1 : 0;
  }
  Notify(call, KeyEvent::kHash, "hset", name);
  call.reply.Integer(added);
}

void Hget(Call& call) {
  Keyspace keyspace(call);
  const Key key = keyspace.Find(call.args.Next());
  if (HoldsOther(call, key, ValueKind::kHash)) return;
  if (!key.exists()) return call.reply.Null();
  const auto it = key.value->fields.find(std::string(call.args.Next()));
  if (it == key.value->fields.end()) return call.reply.Null();
  call.reply.Bulk(it->second);
}

void HgetAll(Call& call) {
  Keyspace keyspace(call);
  const Key key = keyspace.Find(call.args.Next());
  if (HoldsOther(call, key, ValueKind::kHash)) return;
  call.reply.Map(static_cast<size_t>(SizeOf(key)));
  if (!key.exists()) return;
  for (const auto& [field, content] : key.value->fields) call.reply.Field(field, content);
}

void Hlen(Call& call) {
  Keyspace keyspace(call);
  const Key key = keyspace.Find(call.args.Next());
  if (!HoldsOther(call, key, ValueKind::kHash)) call.reply.Integer(SizeOf(key));
}

void Hdel(Call& call) {
  const std::string_view name = call.args.Next();
  Keyspace keyspace(call);
  const Key key = keyspace.Find(name);
  if (HoldsOther(call, key, ValueKind::kHash)) return;
  int64_t left = SizeOf(key);
  int64_t removed = 0;
  while (!call.args.empty() && left > 0) {
    if (!keyspace.edit().EraseField(*key.value, call.args.Next())) continue;
    ++removed;
    --left;
  }
  if (removed > 0) {
    Notify(call, KeyEvent::kHash, "hdel", name);
    if (left == 0) Notify(call, KeyEvent::kGeneric, "del", name);
  }
  call.reply.Integer(removed);
}

}  // namespace braid::redis
