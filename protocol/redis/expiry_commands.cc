// When keys go by themselves.
#include <cstdint>
#include <string>

#include "fmt/format.h"
#include "protocol/redis/expiry.h"
#include "protocol/redis/handlers.h"
#include "protocol/redis/keyspace.h"
#include "protocol/redis/notify.h"

namespace braid::redis {
namespace {

constexpr int64_t kMs = 1;
constexpr int64_t kSecond = 1000;

struct ExpireOptions {
  bool nx = false, xx = false, gt = false, lt = false;

  // Whether the key's time may be changed from `before`, kNeverMs counting as the latest of all.
  bool Allow(int64_t before, int64_t when) const {
    const bool expires = before != engine::kNeverMs;
    if (nx && expires) return false;
    if (xx && !expires) return false;
    if (gt && when <= before) return false;
    return !lt || when < before;
  }
};

ExpireOptions ParseOptions(Args& args) {
  ExpireOptions options;
  while (!args.empty()) {
    if (args.Skip("NX")) {
      options.nx = true;
    } else if (args.Skip("XX")) {
      options.xx = true;
    } else if (args.Skip("GT")) {
      options.gt = true;
    } else if (args.Skip("LT")) {
      options.lt = true;
    } else {
      args.Fail(fmt::format("ERR Unsupported option {}", args.Peek()));
    }
  }
  if (options.nx && (options.xx || options.gt || options.lt)) {
    args.Fail("ERR NX and XX, GT or LT options at the same time are not compatible");
  }
  if (options.gt && options.lt) {
    args.Fail("ERR GT and LT options at the same time are not compatible");
  }
  return options;
}

void SetExpiry(Call& call, int64_t unit_ms, bool absolute) {
  const std::string_view name = call.args.Next();
  const std::string_view amount = call.args.Next();
  if (!call.args.empty() && !call.Offers({7, 0})) {
    return call.reply.Error(WrongArity(call.command.name));
  }
  const ExpireOptions options = ParseOptions(call.args);
  if (call.Failed()) return;
  const std::string_view only[] = {amount};
  call.args = Args(only);
  const int64_t when = NextExpiry(call, unit_ms, absolute);
  if (call.Failed()) return;
  Keyspace keyspace(call);
  const Key key = keyspace.Find(name);
  if (!key.exists() || !options.Allow(key.expiry_ms(), when)) return call.reply.Integer(0);
  if (when <= call.catalog.NowMs()) {
    if (call.Failed(keyspace.Delete(name).status())) return;
    Notify(call, KeyEvent::kGeneric, "del", name);
  } else {
    if (call.Failed(keyspace.SetExpiry(key, when))) return;
    Notify(call, KeyEvent::kGeneric, "expire", name);
  }
  call.reply.Integer(1);
}

void ReplyExpiry(Call& call, int64_t unit_ms, bool absolute) {
  Keyspace keyspace(call);
  const Key key = keyspace.Find(call.args.Next());
  if (!key.exists()) return call.reply.Integer(-2);
  const int64_t expiry = key.expiry_ms();
  if (expiry == engine::kNeverMs) return call.reply.Integer(-1);
  const int64_t ms = absolute ? expiry : expiry - call.catalog.NowMs();
  call.reply.Integer((ms + unit_ms / 2) / unit_ms);
}

}  // namespace

int64_t NextExpiry(Call& call, int64_t unit_ms, bool absolute, bool only_later) {
  const int64_t amount = call.args.NextInt();
  if (!call.args.ok()) return 0;
  const int64_t base = absolute ? 0 : call.catalog.NowMs();
  const bool fits = amount <= INT64_MAX / unit_ms && amount >= INT64_MIN / unit_ms &&
                    amount * unit_ms <= INT64_MAX - 1 - base;
  if (!fits || (only_later && amount <= 0)) {
    call.args.Fail(fmt::format("ERR invalid expire time in '{}' command", call.command.name));
    return 0;
  }
  return base + amount * unit_ms;
}

void Expire(Call& call) {
  SetExpiry(call, kSecond, /*absolute=*/false);
}
void Pexpire(Call& call) {
  SetExpiry(call, kMs, /*absolute=*/false);
}
void ExpireAt(Call& call) {
  SetExpiry(call, kSecond, /*absolute=*/true);
}
void PexpireAt(Call& call) {
  SetExpiry(call, kMs, /*absolute=*/true);
}

void Ttl(Call& call) {
  ReplyExpiry(call, kSecond, /*absolute=*/false);
}
void Pttl(Call& call) {
  ReplyExpiry(call, kMs, /*absolute=*/false);
}
void ExpireTime(Call& call) {
  ReplyExpiry(call, kSecond, /*absolute=*/true);
}
void PexpireTime(Call& call) {
  ReplyExpiry(call, kMs, /*absolute=*/true);
}

void Persist(Call& call) {
  Keyspace keyspace(call);
  const std::string_view name = call.args.Next();
  const Key key = keyspace.Find(name);
  if (key.expiry_ms() == engine::kNeverMs) return call.reply.Integer(0);
  if (call.Failed(keyspace.SetExpiry(key, engine::kNeverMs))) return;
  Notify(call, KeyEvent::kGeneric, "persist", name);
  call.reply.Integer(1);
}

}  // namespace braid::redis
