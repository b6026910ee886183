// Lists.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "protocol/redis/handlers.h"
#include "protocol/redis/keyspace.h"
#include "protocol/redis/notify.h"

namespace braid::redis {
namespace {

using engine::ValueKind;

int64_t SizeOf(const Key& key) {
  return key.exists() ? static_cast<int64_t>(key.value->size()) : 0;
}

// An index from the front; a negative one counts from the end.
int64_t FromFront(int64_t index, int64_t size) {
  return index < 0 ? index + size : index;
}

void Push(Call& call, bool front, bool make) {
  const std::string_view name = call.args.Next();
  Keyspace keyspace(call);
  Key key = keyspace.Find(name);
  if (HoldsOther(call, key, ValueKind::kList)) return;
  if (!key.exists()) {
    if (!make) return call.reply.Integer(0);
    const auto made = keyspace.Make(name, ValueKind::kList);
    if (call.Failed(made.status())) return;
    key.value = *made;
  }
  while (!call.args.empty()) keyspace.edit().Push(*key.value, front, call.args.Next());
  Notify(call, KeyEvent::kList, front ? "lpush" : "rpush", name);
  call.reply.Integer(SizeOf(key));
}

void Pop(Call& call, bool front) {
  const std::string_view name = call.args.Next();
  const bool counted = !call.args.empty();
  int64_t count = 1;
  if (counted) {
    if (call.args.size() > 1 || !call.Offers({6, 2})) {
      return call.reply.Error(WrongArity(call.command.name));
    }
    count = call.args.NextInt(text::kNotPositive);
    if (count < 0) call.args.Fail(text::kNotPositive);
    if (call.Failed()) return;
  }
  Keyspace keyspace(call);
  const Key key = keyspace.Find(name);
  if (HoldsOther(call, key, ValueKind::kList)) return;
  if (!key.exists()) return counted ? call.reply.NullArray() : call.reply.Null();
  const int64_t size = SizeOf(key);
  const int64_t taken = std::min(count, size);
  if (counted) call.reply.Array(static_cast<size_t>(taken));
  for (int64_t i = 0; i < taken; ++i) call.reply.Bulk(keyspace.edit().Pop(*key.value, front));
  if (taken == 0) return;
  Notify(call, KeyEvent::kList, front ? "lpop" : "rpop", name);
  if (taken == size) Notify(call, KeyEvent::kGeneric, "del", name);
}

}  // namespace

void Lpush(Call& call) {
  Push(call, /*front=*/true, /*make=*/true);
}
void Rpush(Call& call) {
  Push(call, /*front=*/false, /*make=*/true);
}
void LpushX(Call& call) {
  Push(call, /*front=*/true, /*make=*/false);
}
void RpushX(Call& call) {
  Push(call, /*front=*/false, /*make=*/false);
}

void Lpop(Call& call) {
  Pop(call, /*front=*/true);
}
void Rpop(Call& call) {
  Pop(call, /*front=*/false);
}

void Llen(Call& call) {
  Keyspace keyspace(call);
  const Key key = keyspace.Find(call.args.Next());
  if (!HoldsOther(call, key, ValueKind::kList)) call.reply.Integer(SizeOf(key));
}

void Lrange(Call& call) {
  const std::string_view name = call.args.Next();
  const int64_t start = call.args.NextInt();
  const int64_t stop = call.args.NextInt();
  if (call.Failed()) return;
  Keyspace keyspace(call);
  const Key key = keyspace.Find(name);
  if (HoldsOther(call, key, ValueKind::kList)) return;
  const int64_t size = SizeOf(key);
  const int64_t first = std::max<int64_t>(0, FromFront(start, size));
  const int64_t last = std::min(size - 1, FromFront(stop, size));
  if (first > last) return call.reply.Array(0);
  call.reply.Array(static_cast<size_t>(last - first + 1));
  for (int64_t i = first; i <= last; ++i) {
    call.reply.Bulk(key.value->list[static_cast<size_t>(i)].second);
  }
}

void Lindex(Call& call) {
  const std::string_view name = call.args.Next();
  Keyspace keyspace(call);
  const Key key = keyspace.Find(name);
  if (HoldsOther(call, key, ValueKind::kList)) return;
  if (!key.exists()) return call.reply.Null();
  const int64_t asked = call.args.NextInt();
  if (call.Failed()) return;
  const int64_t index = FromFront(asked, SizeOf(key));
  if (index < 0 || index >= SizeOf(key)) return call.reply.Null();
  call.reply.Bulk(key.value->list[static_cast<size_t>(index)].second);
}

void Lset(Call& call) {
  const std::string_view name = call.args.Next();
  Keyspace keyspace(call);
  const Key key = keyspace.Find(name);
  if (HoldsOther(call, key, ValueKind::kList)) return;
  if (!key.exists()) return call.reply.Error(text::kNoSuchKey);
  const int64_t asked = call.args.NextInt();
  if (call.Failed()) return;
  const int64_t index = FromFront(asked, SizeOf(key));
  if (index < 0 || index >= SizeOf(key)) return call.reply.Error("ERR index out of range");
  keyspace.edit().SetElement(*key.value, static_cast<size_t>(index), call.args.Next());
  Notify(call, KeyEvent::kList, "lset", name);
  call.reply.Ok();
}

void Lrem(Call& call) {
  const std::string_view name = call.args.Next();
  const int64_t count = call.args.NextInt();
  const std::string_view element = call.args.Next();
  if (call.Failed()) return;
  Keyspace keyspace(call);
  const Key key = keyspace.Find(name);
  if (HoldsOther(call, key, ValueKind::kList)) return;
  const int64_t size = SizeOf(key);
  const bool backward = count < 0;
  const int64_t most = count == 0 ? size : std::min(size, backward ? -(count + 1) + 1 : count);
  int64_t removed = 0;
  int64_t at = backward ? size - 1 : 0;
  for (int64_t looked = 0; looked < size && removed < most; ++looked) {
    if (key.value->list[static_cast<size_t>(at)].second != element) {
      at += backward ? -1 : 1;
      continue;
    }
    ++removed;
    keyspace.edit().EraseElement(*key.value, static_cast<size_t>(at));
    if (backward) --at;
  }
  if (removed > 0) {
    Notify(call, KeyEvent::kList, "lrem", name);
    if (removed == size) Notify(call, KeyEvent::kGeneric, "del", name);
  }
  call.reply.Integer(removed);
}

}  // namespace braid::redis
