// XACK, XACKDEL, XNACK: how a consumer lets go of what it was given.
#include <algorithm>
#include <optional>
#include <vector>

#include "protocol/redis/groups.h"
#include "protocol/redis/handlers.h"
#include "protocol/redis/id_list.h"
#include "protocol/redis/notify.h"
#include "protocol/redis/removal.h"

namespace braid::redis {
namespace {

using engine::EntryId;

constexpr IdListErrors kNackErrors = {text::kXnackIdsNotPositive, text::kXnackIdsMismatch};

struct NackRequest {
  IdList ids;
  engine::DisownRequest disown;
};

// What the consumer says of its attempt: it does not count, it counts, or it was the last.
void ParseMode(Args& args, engine::DisownRequest& disown) {
  if (args.Skip("SILENT")) {
    disown.uncount = true;
  } else if (args.Skip("FATAL")) {
    disown.delivery_count = INT64_MAX;
  } else if (!args.Skip("FAIL")) {
    args.Fail(text::kXnackMode);
  }
}

NackRequest ParseNack(Args& args) {
  NackRequest nack;
  ParseMode(args, nack.disown);
  if (args.ok() && !args.Skip("IDS")) args.Fail(text::kXnackIdsMissing);
  if (args.ok()) TakeIdList(args, kNackErrors, nack.ids);
  while (!args.empty()) {
    if (args.SkipOption("RETRYCOUNT")) {
      const int64_t count = args.NextInt(text::kXnackRetryCount);
      if (count < 0) args.Fail(text::kXnackRetryCount);
      nack.disown.delivery_count = count;
    } else if (args.Skip("FORCE")) {
      nack.disown.force = true;
    } else if (EntryId::Parse(args.Peek()).ok()) {
      args.Fail(text::kXnackIdsMismatch);
    } else {
      args.Fail("ERR Unrecognized XNACK option '" + std::string(args.Peek()) + "'");
    }
  }
  return nack;
}

// The offset of an outstanding entry, or with `force` of any live one.
absl::StatusOr<std::optional<Offset>> OffsetOf(engine::Group& group, EntryId id, bool force) {
  const EntryId ids[] = {id};
  const Offset outstanding = group.OffsetsOfPending(ids).front();
  if (outstanding >= 0) return outstanding;
  if (!force) return std::nullopt;
  const auto found = group.stream()->Find(id);
  if (found.ok()) return *found;
  if (CodeOf(found.status()) == Errc::kRecordNotFound) return std::nullopt;
  return found.status();
}

}  // namespace

void Xack(Call& call) {
  const std::string_view key = call.args.Next();
  const engine::GroupPtr group = FindGroup(call.client, key, call.args.Next());
  if (group == nullptr) return call.reply.Integer(0);
  IdList ids;
  while (!call.args.empty()) ids.push_back(call.args.NextId());
  if (call.Failed()) return;
  const auto settled = group->AckIds(ids, call.writes);
  if (!settled.ok() && CodeOf(settled.status()) == Errc::kGroupNotFound) {
    return call.reply.Integer(0);
  }
  if (call.Failed(settled.status())) return;
  call.reply.Integer(*settled);
}

void Xackdel(Call& call) {
  const std::string_view key = call.args.Next();
  const std::string_view name = call.args.Next();
  const RemovalRequest request = ParseRemoval(call.args);
  if (call.Failed()) return;
  const engine::GroupPtr group = FindGroup(call.client, key, name);
  if (group == nullptr) {
    return WriteRemovals(call.reply, Nothing(request));
  }
  const auto settled = group->AckAndRemove(request.ids, request.references, call.writes);
  if (!settled.ok() && CodeOf(settled.status()) == Errc::kGroupNotFound) {
    return WriteRemovals(call.reply, Nothing(request));
  }
  if (call.Failed(settled.status())) return;
  if (settled->deleted > 0) Notify(call, KeyEvent::kStream, "xdel", key);
  WriteRemovals(call.reply, settled->removals);
}

void Xnack(Call& call) {
  const std::string_view key = call.args.Next();
  const std::string_view name = call.args.Next();
  const NackRequest nack = ParseNack(call.args);
  if (call.Failed()) return;
  const engine::GroupPtr group = FindGroup(call.client, key, name);
  if (group == nullptr) return call.reply.Error(NoKeyOrGroup(key, name));
  int64_t released = 0;
  for (const EntryId id : nack.ids) {
    const auto offset = OffsetOf(*group, id, nack.disown.force);
    if (call.Failed(offset.status())) return;
    if (!offset->has_value()) continue;
    const auto entry = group->Disown(**offset, nack.disown, call.writes);
    if (call.Failed(entry.status())) return;
    released += entry->has_value() ? 1 : 0;
  }
  call.reply.Integer(released);
}

}  // namespace braid::redis
