// MULTI, EXEC and WATCH. A transaction's writes join its batch's one commit, so that they survive
// together or not at all.
#include <string>
#include <vector>

#include "engine/encoding.h"
#include "engine/group.h"
#include "protocol/redis/handlers.h"
#include "protocol/redis/keyspace.h"

namespace braid::redis {
namespace {

// Differs whenever the key was made, deleted, renamed, given another time to expire, written to,
// trimmed, or its groups came or went.
std::string Fingerprint(const Key& key) {
  if (key.value != nullptr) return engine::Encoder().U64(key.value->version).Take();
  const engine::StreamPtr& stream = key.stream;
  if (stream == nullptr) return {};
  const engine::StreamState state = stream->State();
  engine::Encoder print;
  print.I64(stream->expiry_ms());
  print.U64(stream->identity().id).I64(state.next_offset).I64(state.records);
  print.I64(state.entries_added).U64(state.last_id.ms).U64(state.last_id.seq);
  print.U64(state.max_deleted_id.ms).U64(state.max_deleted_id.seq);
  for (const engine::GroupPtr& group : stream->Groups(Origin::kRedis)) print.U64(group->id());
  return print.Take();
}

bool AllUnchanged(Call& call) {
  if (call.client.transaction().watches.empty()) return true;
  Keyspace keyspace(call);
  for (const Transaction::Watch& watch : call.client.transaction().watches) {
    if (*watch.changes != watch.seen) return false;
    // Other models leave their traces here alone.
    if (Fingerprint(keyspace.Find(watch.database, watch.key)) != watch.fingerprint) return false;
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
  const int database = call.client.database();
  Keyspace keyspace(call);
  while (!call.args.empty()) {
    const std::string_view key = call.args.Next();
    const ChangeCount changes = call.service.watches().Watch(database, key);
    call.client.transaction().watches.push_back(
        {database, std::string(key), Fingerprint(keyspace.Find(key)), changes, *changes});
  }
  call.reply.Ok();
}

void Unwatch(Call& call) {
  call.client.transaction().watches.clear();
  call.reply.Ok();
}

}  // namespace braid::redis
