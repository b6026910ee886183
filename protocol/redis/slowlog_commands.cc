// MONITOR and SLOWLOG: what clients do, and what of it took long.
#include <string>
#include <vector>

#include "protocol/redis/handlers.h"

namespace braid::redis {

void Monitor(Call& call) {
  if (call.in_exec) return call.reply.Error(text::kMonitorInExec);
  if (call.client.monitoring()) return;  // not even a reply
  call.client.StartMonitoring();
  call.reply.Ok();
}

void SlowlogGet(Call& call) {
  constexpr std::string_view kBadCount = "ERR count should be greater than or equal to -1";
  if (call.args.size() > 1) {
    return call.reply.Error(UnknownSubcommandOrArity("slowlog", call.argv[1]));
  }
  const int64_t count = call.args.empty() ? 10 : call.args.NextInt(kBadCount);
  if (count < -1) call.args.Fail(kBadCount);
  if (call.Failed()) return;
  const std::vector<SlowLog::Entry> entries = call.service.slow_log().Newest(count);
  call.reply.Array(entries.size());
  for (const SlowLog::Entry& entry : entries) {
    call.reply.Array(6);
    call.reply.Integer(entry.id);
    call.reply.Integer(entry.unix_seconds);
    call.reply.Integer(entry.micros);
    call.reply.Array(entry.args.size());
    for (const std::string& arg : entry.args) call.reply.Bulk(arg);
    call.reply.Bulk(entry.address);
    call.reply.Bulk(entry.name);
  }
}

void SlowlogLen(Call& call) {
  call.reply.Integer(static_cast<int64_t>(call.service.slow_log().size()));
}

void SlowlogReset(Call& call) {
  call.service.slow_log().Reset();
  call.reply.Ok();
}

}  // namespace braid::redis
