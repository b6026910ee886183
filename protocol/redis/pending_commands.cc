// XPENDING.
#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "protocol/redis/groups.h"
#include "protocol/redis/handlers.h"

namespace braid::redis {
namespace {

using engine::EntryId;

struct PendingRange {
  int64_t min_idle_ms = 0;
  int64_t count = 0;
  EntryId first;
  EntryId last;
  std::optional<std::string> consumer;
};

// What follows the group in the long form.
PendingRange ParseRange(Args& args) {
  PendingRange range;
  if (args.Skip("IDLE")) range.min_idle_ms = args.NextInt();
  if (args.ok() && args.size() < 3) args.Fail(text::kSyntax);
  if (!args.ok()) return range;
  const std::string_view start = args.Next();
  const std::string_view end = args.Next();
  range.count = std::max<int64_t>(0, args.NextInt());
  const std::string_view ids[] = {start, end};
  Args id_args(ids);
  range.first = id_args.NextStart();
  if (id_args.ok()) range.last = id_args.NextEnd();
  if (!id_args.ok()) args.Fail(id_args.error());
  if (!args.empty()) range.consumer = std::string(args.Next());
  return range;
}

void WriteSummary(Call& call, engine::Group& group) {
  const std::vector<engine::PendingEntry> oldest = group.Pending({.max = 1});
  const std::optional<engine::PendingEntry> newest = group.NewestPending();
  call.reply.Array(4);
  if (oldest.empty() || !newest) {
    call.reply.Integer(0);
    call.reply.Null();
    call.reply.Null();
    return call.reply.NullArray();
  }
  std::vector<engine::ConsumerInfo> consumers = group.Consumers();
  std::erase_if(consumers, [](const engine::ConsumerInfo& info) { return info.pending == 0; });
  call.reply.Integer(group.Info().pending);
  call.reply.Id(oldest.front().id);
  call.reply.Id(newest->id);
  call.reply.Array(consumers.size());
  for (const engine::ConsumerInfo& info : consumers) {
    call.reply.Array(2);
    call.reply.Bulk(info.name);
    call.reply.BulkInteger(info.pending);
  }
}

void WriteRange(Call& call, engine::Group& group, const PendingRange& range) {
  constexpr int64_t kPageEntries = 1024;
  const absl::Time now = call.catalog.Now();
  const size_t begin = call.reply.BeginArray();
  int64_t written = 0;
  constexpr Offset kDone = -1;
  Offset from = group.PendingLowerBound(range.first).value_or(kDone);
  engine::PendingQuery query;
  query.consumer = range.consumer;
  query.min_idle = absl::Milliseconds(std::max<int64_t>(0, range.min_idle_ms));
  while (from != kDone && written < range.count) {
    query.begin = from;
    query.max = std::min(kPageEntries, range.count - written);
    const std::vector<engine::PendingEntry> page = group.Pending(query);
    for (const engine::PendingEntry& entry : page) {
      if (entry.id > range.last) break;
      call.reply.Array(4);
      call.reply.Id(entry.id);
      call.reply.Bulk(entry.consumer);
      const int64_t idle_ms = absl::ToInt64Milliseconds(now - entry.delivered_at);
      call.reply.Integer(entry.disowned ? -1 : std::max<int64_t>(0, idle_ms));
      call.reply.Integer(entry.delivery_count);
      ++written;
    }
    const bool more = !page.empty() && page.back().id <= range.last;
    from = more ? page.back().offset + 1 : kDone;
  }
  call.reply.EndArray(begin, static_cast<size_t>(written));
}

}  // namespace

void Xpending(Call& call) {
  const std::string_view key = call.args.Next();
  const std::string_view name = call.args.Next();
  const bool summary = call.args.empty();
  if (!summary && (call.args.size() < 3 || call.args.size() > 6)) {
    return call.reply.Error(text::kSyntax);
  }
  PendingRange range;
  if (!summary) range = ParseRange(call.args);
  if (call.Failed()) return;
  const engine::GroupPtr group = FindGroup(call.client, key, name);
  if (group == nullptr) return call.reply.Error(NoKeyOrGroup(key, name));
  if (summary) {
    WriteSummary(call, *group);
  } else {
    WriteRange(call, *group, range);
  }
}

}  // namespace braid::redis
