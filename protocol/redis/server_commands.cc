// Commands about the server as a whole.
#include <string>
#include <vector>

#include "fmt/format.h"
#include "protocol/redis/handlers.h"
#include "protocol/redis/info.h"

namespace braid::redis {

void Info(Call& call) {
  std::vector<std::string> sections;
  while (!call.args.empty()) sections.push_back(Lowered(call.args.Next()));
  call.reply.Verbatim(InfoText(call, sections));
}

void Lolwut(Call& call) {
  if (call.args.SkipOption("VERSION")) call.args.NextInt();
  if (call.Failed()) return;
  call.reply.Verbatim(
      fmt::format("Braid, which speaks as Redis ver. {}\n", call.service.options().version));
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
