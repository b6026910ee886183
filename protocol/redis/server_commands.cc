// Commands about the server as a whole.
#include <string>
#include <vector>

#include "protocol/redis/handlers.h"
#include "protocol/redis/info.h"
#include "protocol/redis/keyspace.h"

namespace braid::redis {

void DbSize(Call& call) {
  call.reply.Integer(static_cast<int64_t>(AllKeys(call.catalog).size()));
}

void FlushAll(Call& call) {
  if (!call.args.empty() && !call.args.Skip("ASYNC") && !call.args.Skip("SYNC")) {
    call.args.Fail(text::kSyntax);
  }
  if (!call.args.empty()) call.args.Fail(text::kSyntax);
  if (call.Failed()) return;
  for (const engine::TopicPtr& topic : call.catalog.Topics()) {
    const absl::Status status = call.catalog.DeleteTopic(topic->name, call.writes);
    if (CodeOf(status) != Errc::kStreamNotFound && call.Failed(status)) return;
  }
  call.reply.Ok();
}

void Info(Call& call) {
  std::vector<std::string> sections;
  while (!call.args.empty()) sections.push_back(Lowered(call.args.Next()));
  call.reply.Verbatim(InfoText(call, sections));
}

void MemoryUsage(Call& call) {
  const std::string_view key = call.args.Next();
  while (!call.args.empty()) {
    if (!call.args.SkipOption("SAMPLES")) call.args.Fail(text::kSyntax);
    if (call.args.ok() && call.args.NextInt() < 0) call.args.Fail(text::kSyntax);
  }
  if (call.Failed()) return;
  const engine::StreamPtr stream = call.Find(key);
  if (stream == nullptr) return call.reply.Null();
  call.reply.Integer(stream->State().disk_bytes);
}

void Time(Call& call) {
  const int64_t micros = absl::ToUnixMicros(call.catalog.Now());
  call.reply.Array(2);
  call.reply.BulkInteger(micros / 1000000);
  call.reply.BulkInteger(micros % 1000000);
}

void Wait(Call& call) {
  call.args.NextInt();
  if (call.args.ok()) call.args.NextTimeoutMs();
  if (!call.Failed()) call.reply.Integer(0);
}

}  // namespace braid::redis
