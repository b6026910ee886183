// XINFO.
#include <algorithm>
#include <optional>
#include <vector>

#include "protocol/redis/groups.h"
#include "protocol/redis/handlers.h"
#include "protocol/redis/stream_reply.h"

namespace braid::redis {
namespace {

using engine::EntryId;

int64_t MillisSince(absl::Time then, absl::Time now) {
  return std::max<int64_t>(0, absl::ToInt64Milliseconds(now - then));
}

// Nodes that the entries would fill: what "~" removes one of.
int64_t NodesOf(const engine::StreamState& state, int64_t node_entries) {
  if (state.records == 0) return 0;
  if (node_entries <= 0) return 1;
  return (state.next_offset - 1) / node_entries - state.start_offset / node_entries + 1;
}

// The fields that both forms of XINFO STREAM begin with: 7 of them.
constexpr size_t kCommonFields = 7;

void WriteCommon(Call& call, const engine::StreamState& state) {
  const int64_t nodes = NodesOf(state, call.service.node_entries());
  call.reply.Field("length", state.records);
  call.reply.Field("radix-tree-keys", nodes);
  call.reply.Field("radix-tree-nodes", nodes + 1);
  call.reply.Field("last-generated-id", state.last_id);
  call.reply.Field("max-deleted-entry-id", state.max_deleted_id);
  call.reply.Field("entries-added", state.entries_added);
  call.reply.Field("recorded-first-entry-id", state.first_id);
}

void WriteEdge(Call& call, engine::Stream& stream, std::string_view name, bool newest) {
  call.reply.Bulk(name);
  const auto records = stream.Read({.max_records = 1, .reverse = newest});
  if (!records.ok() || records->empty()) return call.reply.Null();
  WriteEntry(call.reply, records->front());
}

void WriteOptional(Reply& reply, std::string_view name, const std::optional<int64_t>& value) {
  reply.Bulk(name);
  if (!value) return reply.Null();
  reply.Integer(*value);
}

void WritePending(Call& call, engine::Group& group, const std::optional<std::string>& consumer,
                  int64_t count) {
  engine::PendingQuery query;
  query.consumer = consumer;
  query.max = count == 0 ? INT64_MAX : count;
  const std::vector<engine::PendingEntry> entries = group.Pending(query);
  call.reply.Array(entries.size());
  for (const engine::PendingEntry& entry : entries) {
    call.reply.Array(consumer ? 3 : 4);
    call.reply.Id(entry.id);
    if (!consumer) call.reply.Bulk(entry.consumer);
    call.reply.Integer(absl::ToUnixMillis(entry.delivered_at));
    call.reply.Integer(entry.delivery_count);
  }
}

void WriteConsumerInFull(Call& call, engine::Group& group, const engine::ConsumerInfo& consumer,
                         int64_t count) {
  call.reply.Map(5);
  call.reply.Field("name", consumer.name);
  call.reply.Field("seen-time", absl::ToUnixMillis(consumer.seen));
  call.reply.Field("active-time", consumer.active ? absl::ToUnixMillis(*consumer.active) : -1);
  call.reply.Field("pel-count", consumer.pending);
  call.reply.Bulk("pending");
  WritePending(call, group, consumer.name, count);
}

void WriteGroupInFull(Call& call, engine::Group& group, int64_t count) {
  const engine::GroupInfo info = group.Info();
  const std::vector<engine::ConsumerInfo> consumers = group.Consumers();
  call.reply.Map(7);
  call.reply.Field("name", group.name());
  call.reply.Field("last-delivered-id", info.last_delivered_id);
  WriteOptional(call.reply, "entries-read", info.entries_read);
  call.reply.Field("lag", info.lag);
  call.reply.Field("pel-count", info.pending);
  call.reply.Bulk("pending");
  WritePending(call, group, std::nullopt, count);
  call.reply.Bulk("consumers");
  call.reply.Array(consumers.size());
  for (const engine::ConsumerInfo& consumer : consumers) {
    WriteConsumerInFull(call, group, consumer, count);
  }
}

// `count`: entries shown of each list; 0: all.
void WriteInFull(Call& call, engine::Stream& stream, int64_t count) {
  const size_t begin = call.reply.size();
  call.reply.Map(kCommonFields + 2);
  WriteCommon(call, stream.State());
  call.reply.Bulk("entries");
  const size_t entries = call.reply.size();
  if (!WriteEntryArray(call.reply, stream, {.count = count})) {
    return call.reply.Erase(begin, entries);
  }
  call.reply.Bulk("groups");
  const std::vector<engine::GroupPtr> groups = stream.Groups(Origin::kRedis);
  call.reply.Array(groups.size());
  for (const engine::GroupPtr& group : groups) WriteGroupInFull(call, *group, count);
}

}  // namespace

void XinfoStream(Call& call) {
  constexpr int64_t kDefaultCount = 10;
  const engine::StreamPtr stream = call.Find(call.args.Next());
  if (stream == nullptr) return call.reply.Error(text::kNoSuchKey);
  if (!call.args.empty()) {
    int64_t count = kDefaultCount;
    const bool full = call.args.Skip("FULL");
    if (full && call.args.SkipOption("COUNT")) {
      count = call.args.NextInt();
      if (count < 0) count = kDefaultCount;
    }
    if (!full || !call.args.empty()) {
      call.args.Fail(UnknownSubcommandOrArity("xinfo", call.argv[1]));
    }
    if (!call.Failed()) WriteInFull(call, *stream, count);
    return;
  }
  call.reply.Map(kCommonFields + 3);
  WriteCommon(call, stream->State());
  call.reply.Field("groups", static_cast<int64_t>(stream->Groups(Origin::kRedis).size()));
  WriteEdge(call, *stream, "first-entry", /*newest=*/false);
  WriteEdge(call, *stream, "last-entry", /*newest=*/true);
}

void XinfoGroups(Call& call) {
  const engine::StreamPtr stream = call.Find(call.args.Next());
  if (stream == nullptr) return call.reply.Error(text::kNoSuchKey);
  const std::vector<engine::GroupPtr> groups = stream->Groups(Origin::kRedis);
  call.reply.Array(groups.size());
  for (const engine::GroupPtr& group : groups) {
    const engine::GroupInfo info = group->Info();
    call.reply.Map(6);
    call.reply.Field("name", group->name());
    call.reply.Field("consumers", info.consumers);
    call.reply.Field("pending", info.pending);
    call.reply.Field("last-delivered-id", info.last_delivered_id);
    WriteOptional(call.reply, "entries-read", info.entries_read);
    call.reply.Field("lag", info.lag);
  }
}

void XinfoConsumers(Call& call) {
  const std::string_view key = call.args.Next();
  const std::string_view name = call.args.Next();
  const engine::StreamPtr stream = call.Find(key);
  if (stream == nullptr) return call.reply.Error(text::kNoSuchKey);
  const engine::GroupPtr group = stream->FindGroup(Origin::kRedis, name);
  if (group == nullptr) return call.reply.Error(NoGroupForKey(key, name));
  const absl::Time now = call.catalog.Now();
  const std::vector<engine::ConsumerInfo> consumers = group->Consumers();
  call.reply.Array(consumers.size());
  for (const engine::ConsumerInfo& consumer : consumers) {
    call.reply.Map(4);
    call.reply.Field("name", consumer.name);
    call.reply.Field("pending", consumer.pending);
    call.reply.Field("idle", MillisSince(consumer.seen, now));
    call.reply.Field("inactive", consumer.active ? MillisSince(*consumer.active, now) : -1);
  }
}

}  // namespace braid::redis
