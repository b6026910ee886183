// Strings: SET and GET with all they can be told, and their older relatives.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/redis/expiry.h"
#include "protocol/redis/handlers.h"
#include "protocol/redis/keyspace.h"
#include "protocol/redis/notify.h"

namespace braid::redis {
namespace {

using engine::kNeverMs;
using engine::ValueKind;

constexpr size_t kMaxStringBytes = size_t{512} << 20;

struct SetOptions {
  bool nx = false, xx = false, get = false;
  bool keep_expiry = false;
  bool persist = false;
  bool expires = false;
  int64_t expiry_ms = kNeverMs;

  bool has_time() const { return expires || keep_expiry || persist; }
};

// EX, PX, EXAT or PXAT, if one of them is next.
bool ParseTime(Call& call, SetOptions& options) {
  struct Unit {
    std::string_view word;
    int64_t ms;
    bool absolute;
  };
  static constexpr Unit kUnits[] = {
      {"EX", 1000, false}, {"PX", 1, false}, {"EXAT", 1000, true}, {"PXAT", 1, true}};
  for (const Unit& unit : kUnits) {
    if (!call.args.SkipOption(unit.word)) continue;
    if (options.has_time()) call.args.Fail(text::kSyntax);
    options.expires = true;
    options.expiry_ms = NextExpiry(call, unit.ms, unit.absolute, /*only_later=*/true);
    return true;
  }
  return false;
}

SetOptions ParseSet(Call& call) {
  SetOptions options;
  Args& args = call.args;
  while (!args.empty()) {
    if (ParseTime(call, options)) continue;
    if (!options.xx && args.Skip("NX")) {
      options.nx = true;
    } else if (!options.nx && args.Skip("XX")) {
      options.xx = true;
    } else if (args.Skip("GET")) {
      options.get = true;
    } else if (!options.expires && args.Skip("KEEPTTL")) {
      options.keep_expiry = true;
    } else {
      args.Fail(text::kSyntax);
    }
  }
  // Together since 7.0.
  if (options.nx && options.get && !call.Offers({7, 0})) args.Fail(text::kSyntax);
  return options;
}

// Sets a string in place of whatever the key held. False, and the reply is written, when it cannot.
bool Store(Call& call, Keyspace& keyspace, std::string_view name, std::string_view bytes,
           bool keep_expiry = false) {
  Key key = keyspace.Find(name);
  const int64_t before = key.expiry_ms();
  if (!key.Is(ValueKind::kString)) {
    const auto made = keyspace.Make(name, ValueKind::kString);
    if (call.Failed(made.status())) return false;
    key.value = *made;
  }
  keyspace.edit().SetBytes(*key.value, std::string(bytes));
  const int64_t expiry = keep_expiry ? before : kNeverMs;
  if (key.value->expiry_ms != expiry) keyspace.edit().SetExpiry(*key.value, expiry);
  Notify(call, KeyEvent::kString, "set", name);
  return true;
}

void ReplyBytes(Call& call, const Key& key) {
  if (key.value == nullptr) return call.reply.Null();
  key.value->used = call.catalog.Now();
  call.reply.Bulk(key.value->bytes);
}

void Expire(Call& call, Keyspace& keyspace, std::string_view name, int64_t when_ms) {
  keyspace.edit().SetExpiry(*keyspace.Find(name).value, when_ms);
  Notify(call, KeyEvent::kGeneric, "expire", name);
}

void SetWithTime(Call& call, int64_t unit_ms) {
  const std::string_view name = call.args.Next();
  const int64_t when = NextExpiry(call, unit_ms, /*absolute=*/false, /*only_later=*/true);
  const std::string_view bytes = call.args.Next();
  if (call.Failed()) return;
  Keyspace keyspace(call);
  if (!Store(call, keyspace, name, bytes)) return;
  Expire(call, keyspace, name, when);
  call.reply.Ok();
}

}  // namespace

void Set(Call& call) {
  const std::string_view name = call.args.Next();
  const std::string_view bytes = call.args.Next();
  const SetOptions options = ParseSet(call);
  if (call.Failed()) return;
  Keyspace keyspace(call);
  const Key before = keyspace.Find(name);
  if (options.get && HoldsOther(call, before, ValueKind::kString)) return;
  if ((options.nx && before.exists()) || (options.xx && !before.exists())) {
    return options.get ? ReplyBytes(call, before) : call.reply.Null();
  }
  const size_t begin = call.reply.size();
  if (options.get) {
    ReplyBytes(call, before);
  } else {
    call.reply.Ok();
  }
  const std::string answer(call.reply.From(begin));
  call.reply.Truncate(begin);
  if (!Store(call, keyspace, name, bytes, options.keep_expiry)) return;
  if (options.expires) {
    // A time on the clock may have passed.
    if (options.expiry_ms <= call.catalog.NowMs()) {
      if (call.Failed(keyspace.Delete(name).status())) return;
      Notify(call, KeyEvent::kGeneric, "del", name);
    } else {
      Expire(call, keyspace, name, options.expiry_ms);
    }
  }
  call.reply.Append(answer);
}

void SetEx(Call& call) {
  SetWithTime(call, 1000);
}

void PsetEx(Call& call) {
  SetWithTime(call, 1);
}

void SetNx(Call& call) {
  const std::string_view name = call.args.Next();
  Keyspace keyspace(call);
  if (keyspace.Find(name).exists()) return call.reply.Integer(0);
  if (Store(call, keyspace, name, call.args.Next())) call.reply.Integer(1);
}

void Mset(Call& call) {
  if (call.args.size() % 2 != 0) return call.reply.Error(WrongArity(call.command.name));
  Keyspace keyspace(call);
  while (!call.args.empty()) {
    const std::string_view name = call.args.Next();
    if (!Store(call, keyspace, name, call.args.Next())) return;
  }
  call.reply.Ok();
}

void Get(Call& call) {
  Keyspace keyspace(call);
  const Key key = keyspace.Find(call.args.Next());
  if (!HoldsOther(call, key, ValueKind::kString)) ReplyBytes(call, key);
}

void Mget(Call& call) {
  Keyspace keyspace(call);
  call.reply.Array(call.args.size());
  while (!call.args.empty()) {
    Key key = keyspace.Find(call.args.Next());
    if (!key.Is(ValueKind::kString)) key.value = nullptr;
    ReplyBytes(call, key);
  }
}

void GetSet(Call& call) {
  const std::string_view name = call.args.Next();
  Keyspace keyspace(call);
  const Key key = keyspace.Find(name);
  if (HoldsOther(call, key, ValueKind::kString)) return;
  const bool existed = key.exists();
  const std::string before = existed ? key.value->bytes : std::string();
  if (!Store(call, keyspace, name, call.args.Next())) return;
  if (!existed) return call.reply.Null();
  call.reply.Bulk(before);
}

void GetDel(Call& call) {
  const std::string_view name = call.args.Next();
  Keyspace keyspace(call);
  const Key key = keyspace.Find(name);
  if (HoldsOther(call, key, ValueKind::kString)) return;
  ReplyBytes(call, key);
  if (!key.exists()) return;
  keyspace.edit().Erase(key.value->name);
  Notify(call, KeyEvent::kGeneric, "del", name);
}

void GetEx(Call& call) {
  const std::string_view name = call.args.Next();
  SetOptions options;
  while (!call.args.empty()) {
    if (ParseTime(call, options)) continue;
    if (options.has_time() || !call.args.Skip("PERSIST")) call.args.Fail(text::kSyntax);
    options.persist = true;
  }
  if (call.Failed()) return;
  Keyspace keyspace(call);
  const Key key = keyspace.Find(name);
  if (HoldsOther(call, key, ValueKind::kString)) return;
  ReplyBytes(call, key);
  if (!key.exists()) return;
  if (options.persist && key.expiry_ms() != kNeverMs) {
    keyspace.edit().SetExpiry(*key.value, kNeverMs);
    Notify(call, KeyEvent::kGeneric, "persist", name);
  } else if (options.expires && options.expiry_ms <= call.catalog.NowMs()) {
    keyspace.edit().Erase(key.value->name);
    Notify(call, KeyEvent::kGeneric, "del", name);
  } else if (options.expires) {
    Expire(call, keyspace, name, options.expiry_ms);
  }
}

void Append(Call& call) {
  const std::string_view name = call.args.Next();
  const std::string_view more = call.args.Next();
  Keyspace keyspace(call);
  Key key = keyspace.Find(name);
  if (HoldsOther(call, key, ValueKind::kString)) return;
  if (!key.exists()) {
    const auto made = keyspace.Make(name, ValueKind::kString);
    if (call.Failed(made.status())) return;
    key.value = *made;
  }
  std::string bytes = key.value->bytes;
  if (bytes.size() + more.size() > kMaxStringBytes) {
    return call.reply.Error("ERR string exceeds maximum allowed size (proto-max-bulk-len)");
  }
  bytes.append(more);
  const auto size = static_cast<int64_t>(bytes.size());
  keyspace.edit().SetBytes(*key.value, std::move(bytes));
  Notify(call, KeyEvent::kString, "append", name);
  call.reply.Integer(size);
}

void StrLen(Call& call) {
  Keyspace keyspace(call);
  const Key key = keyspace.Find(call.args.Next());
  if (HoldsOther(call, key, ValueKind::kString)) return;
  call.reply.Integer(key.exists() ? static_cast<int64_t>(key.value->bytes.size()) : 0);
}

}  // namespace braid::redis
