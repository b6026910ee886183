// XLEN, XRANGE, XREVRANGE.
#include <optional>

#include "protocol/redis/handlers.h"
#include "protocol/redis/stream_reply.h"

namespace braid::redis {
namespace {

void Range(Call& call, bool reverse) {
  const std::string_view key = call.args.Next();
  EntryRange range{.reverse = reverse};
  if (reverse) {
    // The end comes first, and errors are about the start first.
    const std::string_view end[] = {call.args.Next()};
    Args end_args(end);
    range.first = call.args.NextStart();
    range.last = end_args.NextEnd();
    if (!end_args.ok()) call.args.Fail(end_args.error());
  } else {
    range.first = call.args.NextStart();
    range.last = call.args.NextEnd();
  }
  std::optional<int64_t> count;
  while (!call.args.empty()) {
    if (call.args.SkipOption("COUNT")) {
      count = call.args.NextInt();
    } else {
      call.args.Fail(text::kSyntax);
    }
  }
  if (call.Failed()) return;
  const engine::StreamPtr stream = call.Find(key);
  if (stream == nullptr) return call.reply.Array(0);
  if (count && *count <= 0) return call.reply.NullArray();
  range.count = count.value_or(0);
  WriteEntryArray(call.reply, *stream, range);
}

}  // namespace

void Xlen(Call& call) {
  const engine::StreamPtr stream = call.Find(call.args.Next());
  call.reply.Integer(stream == nullptr ? 0 : stream->record_count());
}

void Xrange(Call& call) {
  Range(call, /*reverse=*/false);
}

void Xrevrange(Call& call) {
  Range(call, /*reverse=*/true);
}

}  // namespace braid::redis
