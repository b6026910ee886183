// What this server is in a group of servers: alone. No replicas, no cluster; and it loads no
// modules.
#include "protocol/redis/handlers.h"

namespace braid::redis {
namespace {

constexpr std::string_view kNoReplication = "ERR replication is not supported by Braid";

}  // namespace

void ClusterDisabled(Call& call) {
  call.reply.Error("ERR This instance has cluster support disabled");
}

void Failover(Call& call) {
  if (call.args.size() == 1 && call.args.Skip("ABORT")) {
    return call.reply.Error("ERR No failover in progress.");
  }
  call.reply.Error("ERR FAILOVER requires connected replicas.");
}

void ModuleList(Call& call) {
  call.reply.Array(0);
}

void ModuleRefused(Call& call) {
  call.reply.Error("ERR modules are not supported by Braid");
}

void ReplicaOf(Call& call) {
  if (!call.args.Skip("NO") || !call.args.Skip("ONE")) return call.reply.Error(kNoReplication);
  call.reply.Ok();
}

void ReplicationRefused(Call& call) {
  call.reply.Error(kNoReplication);
}

void Role(Call& call) {
  call.reply.Array(3);
  call.reply.Bulk("master");
  call.reply.Integer(0);
  call.reply.Array(0);
}

}  // namespace braid::redis
