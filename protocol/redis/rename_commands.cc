// Keys under other names: RENAME, RENAMENX, MOVE.
#include "protocol/redis/handlers.h"
#include "protocol/redis/keyspace.h"
#include "protocol/redis/notify.h"

namespace braid::redis {
namespace {

// As RENAME, or with `only_new` as RENAMENX.
void RenameKey(Call& call, bool only_new) {
  const std::string_view from = call.args.Next();
  const std::string_view to = call.args.Next();
  Keyspace keyspace(call);
  const Key key = keyspace.Find(from);
  if (!key.exists()) return call.reply.Error(text::kNoSuchKey);
  const bool taken = keyspace.Find(to).exists();
  if (only_new && taken) return call.reply.Integer(0);
  if (from != to) {
    if (call.Failed(keyspace.Move(key, call.client.database(), to))) return;
    Notify(call, KeyEvent::kNew, "new", to);
    Notify(call, KeyEvent::kGeneric, "rename_from", from);
    Notify(call, KeyEvent::kGeneric, "rename_to", to);
  }
  if (only_new) return call.reply.Integer(1);
  call.reply.Ok();
}

}  // namespace

void Rename(Call& call) {
  RenameKey(call, /*only_new=*/false);
}

void RenameNx(Call& call) {
  RenameKey(call, /*only_new=*/true);
}

void Move(Call& call) {
  const std::string_view name = call.args.Next();
  const int64_t index = call.args.NextInt();
  if (index < 0 || index >= kDatabases) call.args.Fail(text::kDbIndex);
  const auto database = static_cast<int>(index);
  if (database == call.client.database()) call.args.Fail(text::kSameObject);
  if (call.Failed()) return;
  Keyspace keyspace(call);
  const Key key = keyspace.Find(name);
  if (!key.exists() || keyspace.Find(database, name).exists()) return call.reply.Integer(0);
  if (call.Failed(keyspace.Move(key, database, name))) return;
  Notify(call, database, KeyEvent::kNew, "new", name);
  Notify(call, KeyEvent::kGeneric, "move_from", name);
  Notify(call, database, KeyEvent::kGeneric, "move_to", name);
  call.reply.Integer(1);
}

}  // namespace braid::redis
