// The handlers of all commands, one section for each file that has them. A handler reads call.args,
// does its work and writes exactly one reply.
#ifndef BRAID_PROTOCOL_REDIS_HANDLERS_H_
#define BRAID_PROTOCOL_REDIS_HANDLERS_H_

#include "protocol/redis/client.h"

namespace braid::redis {

// connection_commands.cc
// Whether CLIENT LIST can show it: no spaces, printable.
bool IsClientName(std::string_view name);
void Auth(Call& call);
void Echo(Call& call);
void Hello(Call& call);
void Ping(Call& call);
void Quit(Call& call);
void Reset(Call& call);
void Select(Call& call);

// client_commands.cc
void ClientGetName(Call& call);
void ClientId(Call& call);
void ClientInfo(Call& call);
void ClientKill(Call& call);
void ClientList(Call& call);
void ClientNoEvict(Call& call);
void ClientNoTouch(Call& call);
void ClientReply(Call& call);
void ClientSetInfo(Call& call);
void ClientSetName(Call& call);
void ClientUnblock(Call& call);

// command_commands.cc
void CommandAll(Call& call);
void CommandCount(Call& call);
void CommandDocs(Call& call);
void CommandGetKeys(Call& call);
void CommandInfo(Call& call);
void CommandList(Call& call);
void Help(Call& call);  // of whichever container was called

// config_commands.cc
void ConfigGet(Call& call);
void ConfigResetStat(Call& call);
void ConfigSet(Call& call);

// server_commands.cc
void DbSize(Call& call);
void FlushAll(Call& call);
void Info(Call& call);
void MemoryUsage(Call& call);
void Time(Call& call);
void Wait(Call& call);

// keyspace_commands.cc
void Del(Call& call);
void Exists(Call& call);
void Keys(Call& call);
void ObjectEncoding(Call& call);
void RandomKey(Call& call);
void Scan(Call& call);
void Ttl(Call& call);
void Type(Call& call);

// transaction_commands.cc
void Discard(Call& call);
void Exec(Call& call);
void Multi(Call& call);
void Unwatch(Call& call);
void Watch(Call& call);

// stream_write_commands.cc
void Xadd(Call& call);
void Xcfgset(Call& call);
void Xdel(Call& call);
void Xdelex(Call& call);
void Xidmprecord(Call& call);
void Xsetid(Call& call);
void Xtrim(Call& call);

// stream_range_commands.cc
void Xlen(Call& call);
void Xrange(Call& call);
void Xrevrange(Call& call);

// stream_read.cc
void Xread(Call& call);
void Xreadgroup(Call& call);

// group_commands.cc
void XgroupCreate(Call& call);
void XgroupCreateConsumer(Call& call);
void XgroupDelConsumer(Call& call);
void XgroupDestroy(Call& call);
void XgroupSetId(Call& call);

// pending_commands.cc
void Xack(Call& call);
void Xackdel(Call& call);
void Xnack(Call& call);
void Xpending(Call& call);

// claim_commands.cc
void Xautoclaim(Call& call);
void Xclaim(Call& call);

// xinfo_commands.cc
void XinfoConsumers(Call& call);
void XinfoGroups(Call& call);
void XinfoStream(Call& call);

}  // namespace braid::redis

#endif  // BRAID_PROTOCOL_REDIS_HANDLERS_H_
