// The handlers of all commands, one section for each file that has them. A handler reads call.args,
// does its work and writes exactly one reply.
#ifndef BRAID_PROTOCOL_REDIS_HANDLERS_H_
#define BRAID_PROTOCOL_REDIS_HANDLERS_H_

#include "protocol/redis/client.h"

namespace braid::redis {

// acl_commands.cc
void AclCat(Call& call);
void AclDelUser(Call& call);
void AclDryRun(Call& call);
void AclFile(Call& call);
void AclGenPass(Call& call);
void AclGetUser(Call& call);
void AclList(Call& call);
void AclLog(Call& call);
void AclSetUser(Call& call);
void AclUsers(Call& call);
void AclWhoAmI(Call& call);

// braid_commands.cc
void BraidGroup(Call& call);
void BraidStream(Call& call);

// connection_commands.cc
// Whether CLIENT LIST can show it: no spaces, printable.
bool IsClientName(std::string_view name);
void Auth(Call& call);
void Echo(Call& call);
void Hello(Call& call);
void Ping(Call& call);
void Quit(Call& call);
void Reset(Call& call);

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

// pause_commands.cc
void ClientCaching(Call& call);
void ClientGetRedir(Call& call);
void ClientPause(Call& call);
void ClientTracking(Call& call);
void ClientTrackingInfo(Call& call);
void ClientUnpause(Call& call);

// slowlog_commands.cc
void Monitor(Call& call);
void SlowlogGet(Call& call);
void SlowlogLen(Call& call);
void SlowlogReset(Call& call);

// latency_commands.cc
void LatencyDoctor(Call& call);
void LatencyGraph(Call& call);
void LatencyHistogram(Call& call);
void LatencyHistory(Call& call);
void LatencyLatest(Call& call);
void LatencyReset(Call& call);

// debug_commands.cc
void Debug(Call& call);

// command_commands.cc
void CommandAll(Call& call);
void CommandCount(Call& call);
void CommandDocs(Call& call);
void CommandGetKeys(Call& call);
void CommandGetKeysAndFlags(Call& call);
void CommandInfo(Call& call);
void CommandList(Call& call);
void Help(Call& call);  // of whichever container was called

// config_commands.cc
void ConfigGet(Call& call);
void ConfigResetStat(Call& call);
void ConfigRewrite(Call& call);
void ConfigSet(Call& call);

// pubsub_commands.cc
void Psubscribe(Call& call);
void Publish(Call& call);
void PubsubChannels(Call& call);
void PubsubNumPat(Call& call);
void PubsubNumSub(Call& call);
void PubsubShardChannels(Call& call);
void PubsubShardNumSub(Call& call);
void Punsubscribe(Call& call);
void Spublish(Call& call);
void Ssubscribe(Call& call);
void Subscribe(Call& call);
void Sunsubscribe(Call& call);
void Unsubscribe(Call& call);

// memory_commands.cc
void MemoryDoctor(Call& call);
void MemoryMallocStats(Call& call);
void MemoryPurge(Call& call);
void MemoryStats(Call& call);

// role_commands.cc
void ClusterDisabled(Call& call);
void Failover(Call& call);
void ModuleList(Call& call);
void ModuleRefused(Call& call);
void ReplicaOf(Call& call);
void ReplicationRefused(Call& call);
void Role(Call& call);

// save_commands.cc
void Bgrewriteaof(Call& call);
void Bgsave(Call& call);
void LastSave(Call& call);
void Save(Call& call);
void Shutdown(Call& call);
void WaitAof(Call& call);

// scripting_commands.cc
void EvalSha(Call& call);
void FunctionDelete(Call& call);
void FunctionFlush(Call& call);
void FunctionList(Call& call);
void FunctionStats(Call& call);
void NothingToKill(Call& call);
void ScriptExists(Call& call);
void ScriptFlush(Call& call);
void ScriptingRefused(Call& call);

// server_commands.cc
void Info(Call& call);
void Lolwut(Call& call);
void Time(Call& call);
void Wait(Call& call);

// database_commands.cc
void DbSize(Call& call);
void FlushAll(Call& call);
void FlushDb(Call& call);
void Select(Call& call);
void SwapDb(Call& call);

// expiry_commands.cc
void Expire(Call& call);
void ExpireAt(Call& call);
void ExpireTime(Call& call);
void Persist(Call& call);
void Pexpire(Call& call);
void PexpireAt(Call& call);
void PexpireTime(Call& call);
void Pttl(Call& call);
void Ttl(Call& call);

// keyspace_commands.cc
void Del(Call& call);
void Exists(Call& call);
void Keys(Call& call);
void RandomKey(Call& call);
void Scan(Call& call);
void Touch(Call& call);
void Type(Call& call);

// object_commands.cc
void MemoryUsage(Call& call);
void ObjectEncoding(Call& call);
void ObjectFreq(Call& call);
void ObjectIdleTime(Call& call);
void ObjectRefCount(Call& call);

// rename_commands.cc
void Move(Call& call);
void Rename(Call& call);
void RenameNx(Call& call);

// string_commands.cc
void Append(Call& call);
void Get(Call& call);
void GetDel(Call& call);
void GetEx(Call& call);
void GetSet(Call& call);
void Mget(Call& call);
void Mset(Call& call);
void PsetEx(Call& call);
void Set(Call& call);
void SetEx(Call& call);
void SetNx(Call& call);
void StrLen(Call& call);

// number_commands.cc
void Decr(Call& call);
void DecrBy(Call& call);
void Incr(Call& call);
void IncrBy(Call& call);
void IncrByFloat(Call& call);

// list_commands.cc
void Lindex(Call& call);
void Llen(Call& call);
void Lpop(Call& call);
void Lpush(Call& call);
void LpushX(Call& call);
void Lrange(Call& call);
void Lrem(Call& call);
void Lset(Call& call);
void Rpop(Call& call);
void Rpush(Call& call);
void RpushX(Call& call);

// blocking_pop.cc
void Blpop(Call& call);
void Brpop(Call& call);

// set_commands.cc
void Sadd(Call& call);
void Scard(Call& call);
void SisMember(Call& call);
void Smembers(Call& call);
void Spop(Call& call);
void Srem(Call& call);

// hash_commands.cc
void Hdel(Call& call);
void Hget(Call& call);
void HgetAll(Call& call);
void Hlen(Call& call);
void Hset(Call& call);

// dump_commands.cc
void Copy(Call& call);
void Dump(Call& call);
void Restore(Call& call);

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
