// What XREAD and XREADGROUP are asked for.
#include <algorithm>
#include <string>

#include "protocol/redis/groups.h"
#include "protocol/redis/handlers.h"
#include "protocol/redis/stream_read.h"

namespace braid::redis {
namespace {

using From = ReadSource::From;

int64_t NextPositive(Args& args, std::string_view error) {
  const int64_t value = args.NextInt();
  if (value < 1) args.Fail(error);
  return value;
}

// Options up to and including STREAMS.
void ParseOptions(Call& call, ReadRequest& request) {
  Args& args = call.args;
  const bool has_limits = call.Offers(Release{8, 10});
  while (!args.empty()) {
    if (args.SkipOption("COUNT")) {
      request.count = std::max<int64_t>(0, args.NextInt());
    } else if (has_limits && args.SkipOption("MAXCOUNT")) {
      request.max_count = NextPositive(args, text::kMaxCountNotPositive);
    } else if (has_limits && args.SkipOption("MAXSIZE")) {
      request.max_size = NextPositive(args, text::kMaxSizeNotPositive);
    } else if (call.Offers(Release{8, 4}) && args.SkipOption("CLAIM")) {
      if (!request.group_read) args.Fail(text::kClaimOptionInXread);
      const int64_t idle_ms = args.NextInt(text::kMinIdleNotAnInteger);
      if (idle_ms < 0) args.Fail(text::kMinIdleNegative);
      request.min_idle = absl::Milliseconds(idle_ms);
    } else if (args.SkipOption("BLOCK")) {
      request.block_ms = args.NextTimeoutMs();
    } else if (args.size() >= 3 && args.Skip("GROUP")) {
      if (!request.group_read) args.Fail(text::kGroupOptionInXread);
      request.group = args.Next();
      request.consumer = args.Next();
      request.has_group = true;
    } else if (args.Skip("NOACK")) {
      if (!request.group_read) args.Fail(text::kNoAckOptionInXread);
      request.no_ack = true;
    } else if (args.SkipOption("STREAMS")) {
      if (args.size() % 2 != 0) {
        args.Fail(request.group_read ? text::kUnbalancedXreadgroup : text::kUnbalancedXread);
      }
      return;
    } else {
      args.Fail(text::kSyntax);
    }
  }
  args.Fail(text::kSyntax);
}

// Where one key is to be read from. "$" and "+" are looked up now: what comes later is new.
void ParseId(Call& call, const ReadRequest& request, std::string_view id, ReadSource& source) {
  if (id == "$" || (id == "+" && call.Offers(Release{7, 4}))) {
    if (request.group_read) {
      call.args.Fail(id == "$" ? text::kLastIdWithGroup : text::kNewestIdWithGroup);
    }
    const engine::StreamPtr stream = call.Find(source.key);
    if (id == "+") source.from = From::kNewest;
    if (stream != nullptr) source.after = stream->last_id();
  } else if (id == ">") {
    if (!request.group_read) call.args.Fail(text::kNewIdWithoutGroup);
    source.from = From::kNew;
  } else {
    const std::string_view only[] = {id};
    Args args(only);
    source.after = args.NextId();
    if (!args.ok()) call.args.Fail(args.error());
  }
}

}  // namespace

ReadRequest ParseRead(Call& call, bool group_read) {
  ReadRequest request;
  request.group_read = group_read;
  ParseOptions(call, request);
  if (call.args.ok() && group_read && !request.has_group) call.args.Fail(text::kMissingGroup);
  if (request.max_count > 0 && request.max_count < request.count) {
    call.args.Fail(text::kMaxCountBelowCount);
  }
  if (!call.args.ok()) return request;
  const size_t keys = call.args.size() / 2;
  const absl::Span<const std::string_view> names = call.args.rest();
  for (size_t i = 0; i < keys && call.args.ok(); ++i) {
    ReadSource& source = request.sources.emplace_back();
    source.key = names[i];
    if (group_read && FindGroup(call.client, source.key, request.group) == nullptr) {
      call.args.Fail(NoGroupForReading(source.key, request.group));
    }
    ParseId(call, request, names[keys + i], source);
  }
  return request;
}

}  // namespace braid::redis
