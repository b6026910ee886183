// Sets.
#include <algorithm>
#include <cstdint>
#include <iterator>
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

void Sadd(Call& call) {
  const std::string_view name = call.args.Next();
  Keyspace keyspace(call);
  Key key = keyspace.Find(name);
  if (HoldsOther(call, key, ValueKind::kSet)) return;
  if (!key.exists()) {
    const auto made = keyspace.Make(name, ValueKind::kSet);
    if (call.Failed(made.status())) return;
    key.value = *made;
  }
  int64_t added = 0;
  while (!call.args.empty()) {
    const std::string_view member = call.args.Next();
    if (key.value->fields.contains(std::string(member))) continue;
    keyspace.edit().PutField(*key.value, member, "");
    ++added;
  }
  if (added > 0) Notify(call, KeyEvent::kSet, "sadd", name);
  call.reply.Integer(added);
}

void Srem(Call& call) {
  const std::string_view name = call.args.Next();
  Keyspace keyspace(call);
  const Key key = keyspace.Find(name);
  if (HoldsOther(call, key, ValueKind::kSet)) return;
  int64_t left = SizeOf(key);
  int64_t removed = 0;
  while (!call.args.empty() && left > 0) {
    if (!keyspace.edit().EraseField(*key.value, call.args.Next())) continue;
    ++removed;
    --left;
  }
  if (removed > 0) {
    Notify(call, KeyEvent::kSet, "srem", name);
    if (left == 0) Notify(call, KeyEvent::kGeneric, "del", name);
  }
  call.reply.Integer(removed);
}

void Scard(Call& call) {
  Keyspace keyspace(call);
  const Key key = keyspace.Find(call.args.Next());
  if (!HoldsOther(call, key, ValueKind::kSet)) call.reply.Integer(SizeOf(key));
}

void SisMember(Call& call) {
  Keyspace keyspace(call);
  const Key key = keyspace.Find(call.args.Next());
  if (HoldsOther(call, key, ValueKind::kSet)) return;
  const std::string member(call.args.Next());
  call.reply.Integer(key.exists() && key.value->fields.contains(member) ? 1 : 0);
}

void Smembers(Call& call) {
  Keyspace keyspace(call);
  const Key key = keyspace.Find(call.args.Next());
  if (HoldsOther(call, key, ValueKind::kSet)) return;
  call.reply.Set(static_cast<size_t>(SizeOf(key)));
  if (!key.exists()) return;
  for (const auto& [member, nothing] : key.value->fields) call.reply.Bulk(member);
}

void Spop(Call& call) {
  const std::string_view name = call.args.Next();
  const bool counted = !call.args.empty();
  int64_t count = 1;
  if (counted) {
    count = call.args.NextInt(text::kNotPositive);
    if (count < 0) call.args.Fail(text::kNotPositive);
    if (call.args.ok() && !call.args.empty()) call.args.Fail(text::kSyntax);
    if (call.Failed()) return;
  }
  Keyspace keyspace(call);
  const Key key = keyspace.Find(name);
  if (HoldsOther(call, key, ValueKind::kSet)) return;
  int64_t left = SizeOf(key);
  if (left == 0 && !counted) return call.reply.Null();
  const int64_t taken = std::min(count, left);
  if (counted) call.reply.Set(static_cast<size_t>(taken));
  for (int64_t i = 0; i < taken; ++i, --left) {
    const auto at = static_cast<int64_t>(call.catalog.Random() % static_cast<uint64_t>(left));
    const std::string member = std::next(key.value->fields.begin(), at)->first;
    keyspace.edit().EraseField(*key.value, member);
    call.reply.Bulk(member);
  }
  if (taken == 0) return;
  Notify(call, KeyEvent::kSet, "spop", name);
  if (left == 0) Notify(call, KeyEvent::kGeneric, "del", name);
}

}  // namespace braid::redis
