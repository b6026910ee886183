// Commands about the server as a whole.
#include <string>
#include <vector>

#include "protocol/redis/handlers.h"
#include "protocol/redis/info.h"

namespace braid::redis {

void Info(Call& call) {
  std::vector<std::string> sections;
  while (!call.args.empty()) sections.push_back(Lowered(call.args.Next()));
  call.reply.Verbatim(InfoText(call, sections));
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
