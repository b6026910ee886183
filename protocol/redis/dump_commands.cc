// DUMP, RESTORE, and COPY, which is the one after the other.
#include <cstdint>
#include <string>

#include "protocol/redis/dump.h"
#include "protocol/redis/handlers.h"
#include "protocol/redis/keyspace.h"
#include "protocol/redis/notify.h"

namespace braid::redis {
namespace {

using engine::kNeverMs;

constexpr std::string_view kBadPayload = "ERR DUMP payload version or checksum are wrong";
constexpr std::string_view kBadContent = "ERR Bad data format";
constexpr int64_t kLargestFrequency = 255;

struct RestoreOptions {
  bool replace = false;
  bool absolute = false;
  int64_t idle_seconds = 0;
};

RestoreOptions ParseRestore(Args& args) {
  RestoreOptions options;
  while (!args.empty()) {
    if (args.Skip("REPLACE")) {
      options.replace = true;
    } else if (args.Skip("ABSTTL")) {
      options.absolute = true;
    } else if (args.SkipOption("IDLETIME")) {
      options.idle_seconds = args.NextInt();
      if (options.idle_seconds < 0) args.Fail("ERR Invalid IDLETIME value, must be >= 0");
    } else if (args.SkipOption("FREQ")) {
      const int64_t frequency = args.NextInt();
      if (frequency < 0 || frequency > kLargestFrequency) {
        args.Fail("ERR Invalid FREQ value, must be >= 0 and <= 255");
      }
    } else {
      args.Fail(text::kSyntax);
    }
  }
  return options;
}

// When a key goes that is to live so long; latches an error.
int64_t ExpiryOf(Call& call, std::string_view ttl, bool absolute) {
  const std::string_view only[] = {ttl};
  Args args(only);
  const int64_t amount = args.NextInt();
  const int64_t base = absolute ? 0 : call.catalog.NowMs();
  if (!args.ok()) {
    call.args.Fail(text::kNotAnInteger);
  } else if (amount < 0 || amount >= kNeverMs - base) {
    call.args.Fail("ERR Invalid TTL value, must be >= 0");
  }
  return !call.args.ok() || amount == 0 ? kNeverMs : base + amount;
}

}  // namespace

void Dump(Call& call) {
  Keyspace keyspace(call);
  const Key key = keyspace.Find(call.args.Next());
  if (!key.exists()) return call.reply.Null();
  const auto content = ContentOf(key);
  if (!call.Failed(content.status())) call.reply.Bulk(Dump(*content));
}

void Restore(Call& call) {
  const std::string_view name = call.args.Next();
  const std::string_view ttl = call.args.Next();
  const std::string_view payload = call.args.Next();
  const RestoreOptions options = ParseRestore(call.args);
  if (call.Failed()) return;
  Keyspace keyspace(call);
  if (!options.replace && keyspace.Find(name).exists()) return call.reply.Error(text::kBusyKey);
  const int64_t expiry = ExpiryOf(call, ttl, options.absolute);
  if (call.Failed()) return;
  const auto content = ParseDump(payload);
  if (!content.ok()) return call.reply.Error(kBadContent);
  if (!content->has_value()) return call.reply.Error(kBadPayload);
  if (expiry <= call.catalog.NowMs()) {  // it would be gone at once
    const auto gone = keyspace.Delete(name);
    if (call.Failed(gone.status())) return;
    if (*gone) Notify(call, KeyEvent::kGeneric, "del", name);
    return call.reply.Ok();
  }
  if (call.Failed(Place(call, keyspace, call.client.database(), name, **content))) return;
  const Key key = keyspace.Find(name);
  if (expiry != kNeverMs && call.Failed(keyspace.SetExpiry(key, expiry))) return;
  if (key.value != nullptr) {
    key.value->used = call.catalog.Now() - absl::Seconds(options.idle_seconds);
  }
  Notify(call, KeyEvent::kNew, "new", name);
  Notify(call, KeyEvent::kGeneric, "restore", name);
  call.reply.Ok();
}

void Copy(Call& call) {
  const std::string_view from = call.args.Next();
  const std::string_view to = call.args.Next();
  int64_t database = call.client.database();
  bool replace = false;
  while (!call.args.empty()) {
    if (call.args.Skip("REPLACE")) {
      replace = true;
    } else if (call.args.SkipOption("DB")) {
      database = call.args.NextInt();
      if (database < 0 || database >= kDatabases) call.args.Fail(text::kDbIndex);
    } else {
      call.args.Fail(text::kSyntax);
    }
  }
  if (database == call.client.database() && from == to) call.args.Fail(text::kSameObject);
  if (call.Failed()) return;
  const auto target = static_cast<int>(database);
  Keyspace keyspace(call);
  const Key key = keyspace.Find(from);
  if (!key.exists() || (!replace && keyspace.Find(target, to).exists())) {
    return call.reply.Integer(0);
  }
  const int64_t expiry = key.expiry_ms();
  const auto content = ContentOf(key);
  if (call.Failed(content.status())) return;
  if (call.Failed(Place(call, keyspace, target, to, *content))) return;
  if (expiry != kNeverMs && call.Failed(keyspace.SetExpiry(keyspace.Find(target, to), expiry))) {
    return;
  }
  Notify(call, target, KeyEvent::kNew, "new", to);
  Notify(call, target, KeyEvent::kGeneric, "copy_to", to);
  call.reply.Integer(1);
}

}  // namespace braid::redis
