// MULTI, EXEC and WATCH. A transaction's writes join its batch's one commit, so that they survive
// together or not at all.
#include <string>
#include <vector>

#include "engine/encoding.h"
#include "engine/group.h"
#include "protocol/redis/handlers.h"

namespace braid::redis {
namespace {

// Differs whenever the key was made, deleted, written to, trimmed, or its groups came or went.
std::string Fingerprint(const engine::StreamPtr& stream) {
  if (stream == nullptr) return {};
  const engine::StreamState state = stream->State();
  engine::Encoder print;
  print.U64(stream->identity().id).I64(state.next_offset).I64(state.records);
  print.I64(state.entries_added).U64(state.last_id.ms).U64(state.last_id.seq);
  print.U64(state.max_deleted_id.ms).U64(state.max_deleted_id.seq);
  for (const engine::GroupPtr& group : stream->Groups(Origin::kRedis)) print.U64(group->id());
  return print.Take();
}

bool AllUnchanged(Call& call) {
  for (const Transaction::Watch& watch : call.client.transaction().watches) {
    if (Fingerprint(call.Find(watch.key)) != watch.fingerprint) return false;
  }
  return true;
}

}  // namespace

void Multi(Call& call) {
  if (call.client.transaction().active) return call.reply.Error(text::kNestedMulti);
  call.client.transaction().active = true;
  call.reply.Ok();
}

void Discard(Call& call) {
  if (!call.client.transaction().active) return call.reply.Error(text::kDiscardWithoutMulti);
  call.client.EndTransaction();
  call.reply.Ok();
}

void Exec(Call& call) {
  const Transaction& transaction = call.client.transaction();
  if (!transaction.active) return call.reply.Error(text::kExecWithoutMulti);
  if (transaction.aborted) {
    call.client.EndTransaction();
    return call.reply.Error(text::kExecAbort);
  }
  call.client.RunTransaction([&call] { return AllUnchanged(call); });
}

void Watch(Call& call) {
  if (call.client.transaction().active) return call.reply.Error(text::kWatchInMulti);
  while (!call.args.empty()) {
    const std::string_view key = call.args.Next();
    call.client.transaction().watches.push_back({std::string(key), Fingerprint(call.Find(key))});
  }
  call.reply.Ok();
}

void Unwatch(Call& call) {
  call.client.transaction().watches.clear();
  call.reply.Ok();
}

}  // namespace braid::redis
