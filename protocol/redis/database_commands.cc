// The databases: database 0 is the topics that all models see, the others are Redis's own.
#include <optional>
#include <string>
#include <vector>

#include "protocol/redis/handlers.h"
#include "protocol/redis/keyspace.h"

namespace braid::redis {
namespace {

// A database's number; latches an error.
int NextDatabase(Args& args, std::string_view not_a_number = text::kNotAnInteger) {
  const int64_t index = args.NextInt(not_a_number);
  if (index < 0 || index >= kDatabases) args.Fail(text::kDbIndex);
  return static_cast<int>(index);
}

void Flush(Call& call, int first, int end) {
  if (!call.args.empty() && !call.args.Skip("ASYNC") && !call.args.Skip("SYNC")) {
    call.args.Fail(text::kSyntax);
  }
  if (!call.args.empty()) call.args.Fail(text::kSyntax);
  if (call.Failed()) return;
  Keyspace keyspace(call);
  for (int database = first; database < end; ++database) {
    if (call.Failed(keyspace.Flush(database))) return;
  }
  call.reply.Ok();
}

}  // namespace

void Select(Call& call) {
  const int database = NextDatabase(call.args);
  if (call.Failed()) return;
  call.client.set_database(database);
  call.reply.Ok();
}

void SwapDb(Call& call) {
  const int64_t first = call.args.NextInt("ERR invalid first DB index");
  const int64_t second = call.args.NextInt("ERR invalid second DB index");
  if (first < 0 || first >= kDatabases || second < 0 || second >= kDatabases) {
    call.args.Fail(text::kDbIndex);
  }
  if (call.Failed()) return;
  if (first != second) {
    Keyspace keyspace(call);
    if (call.Failed(keyspace.Swap(static_cast<int>(first), static_cast<int>(second)))) return;
  }
  call.reply.Ok();
}

void DbSize(Call& call) {
  call.reply.Integer(static_cast<int64_t>(Keyspace(call).Keys().size()));
}

void FlushAll(Call& call) {
  Flush(call, 0, kDatabases);
}

void FlushDb(Call& call) {
  const int database = call.client.database();
  Flush(call, database, database + 1);
}

}  // namespace braid::redis
