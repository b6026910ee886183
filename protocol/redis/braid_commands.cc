// BRAID: what Braid's streams and groups have and Redis's do not. The only commands here that
// Redis does not know; see docs/redis.md.
#include <optional>
#include <string>

#include "engine/names.h"
#include "protocol/redis/groups.h"
#include "protocol/redis/handlers.h"

namespace braid::redis {
namespace {

// A limit as commands spell it: 0 is none.
int64_t NextLimit(Args& args) {
  const int64_t limit = args.NextInt();
  if (limit < 0) args.Fail("ERR a limit must be >= 0");
  return limit;
}

int64_t Shown(int64_t limit) {
  return limit < 0 ? 0 : limit;
}
int64_t Stored(int64_t limit) {
  return limit == 0 ? -1 : limit;
}

void ParseStreamOptions(Args& args, StreamOptions& options) {
  while (!args.empty()) {
    if (args.SkipOption("MAXAGE")) {
      options.max_age = absl::Milliseconds(NextLimit(args));
    } else if (args.SkipOption("MAXLEN")) {
      options.max_records = Stored(NextLimit(args));
    } else if (args.SkipOption("MAXBYTES")) {
      options.max_bytes = Stored(NextLimit(args));
    } else {
      args.Fail(text::kSyntax);
    }
  }
}

struct GroupChange {
  std::optional<int64_t> max_deliver;
  std::optional<int64_t> max_pending;
  std::optional<std::string_view> dead_letter;  // a key; empty: nowhere
};

GroupChange ParseGroupOptions(Args& args) {
  GroupChange change;
  while (!args.empty()) {
    if (args.SkipOption("MAXDELIVER")) {
      change.max_deliver = Stored(NextLimit(args));
    } else if (args.SkipOption("MAXPENDING")) {
      change.max_pending = Stored(NextLimit(args));
    } else if (args.SkipOption("DEADLETTER")) {
      change.dead_letter = args.Next();
    } else {
      args.Fail(text::kSyntax);
    }
  }
  return change;
}

}  // namespace

void BraidStream(Call& call) {
  const engine::StreamPtr stream = call.Find(call.args.Next());
  if (stream == nullptr) return call.reply.Error(text::kNoSuchKey);
  StreamOptions options = stream->options();
  if (call.args.empty()) {
    const engine::StreamState state = stream->State();
    call.reply.Map(6);
    call.reply.Field("max-age", absl::ToInt64Milliseconds(options.max_age));
    call.reply.Field("max-len", Shown(options.max_records));
    call.reply.Field("max-bytes", Shown(options.max_bytes));
    call.reply.Field("entries", state.records);
    call.reply.Field("disk-bytes", state.disk_bytes);
    call.reply.Field("groups", static_cast<int64_t>(stream->Groups(Origin::kRedis).size()));
    return;
  }
  ParseStreamOptions(call.args, options);
  if (call.Failed()) return;
  if (!call.Failed(stream->SetOptions(std::move(options), call.writes))) call.reply.Ok();
}

void BraidGroup(Call& call) {
  const std::string_view key = call.args.Next();
  const std::string_view name = call.args.Next();
  const engine::GroupPtr group = FindGroup(call.client, key, name);
  if (group == nullptr) return call.reply.Error(NoGroupForKey(key, name));
  GroupOptions options = group->options();
  if (call.args.empty()) {
    const engine::GroupInfo info = group->Info();
    call.reply.Map(5);
    call.reply.Field("max-deliver", Shown(options.max_deliver));
    call.reply.Field("max-pending", Shown(options.max_ack_pending));
    call.reply.Field("dead-letter", engine::DatabaseKeyOf(options.dead_letter).key);
    call.reply.Field("pending", info.pending);
    call.reply.Field("lag", info.lag);
    return;
  }
  const GroupChange change = ParseGroupOptions(call.args);
  if (call.Failed()) return;
  options.max_deliver = change.max_deliver.value_or(options.max_deliver);
  options.max_ack_pending = change.max_pending.value_or(options.max_ack_pending);
  if (change.dead_letter) {
    options.dead_letter = change.dead_letter->empty()
                              ? std::string()
                              : engine::CanonicalName(call.client.database(), *change.dead_letter);
  }
  if (!call.Failed(group->SetOptions(std::move(options), call.writes))) call.reply.Ok();
}

}  // namespace braid::redis
