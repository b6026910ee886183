// XINFO.
#include <algorithm>
#include <optional>
#include <vector>

#include "engine/read_counter.h"
#include "protocol/redis/groups.h"
#include "protocol/redis/handlers.h"
#include "protocol/redis/idempotence.h"
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

bool ShowsIdempotence(const Call& call) {
  return call.Offers(Release{8, 6});
}

// How many fields both forms of XINFO STREAM begin with.
size_t CommonFields(const Call& call) {
  return ShowsIdempotence(call) ? 13 : 7;
}

void WriteIdempotence(Call& call, engine::Stream& stream) {
  const engine::Stream::IdempotenceState state = stream.idempotence();
  const engine::IdempotenceOptions options =
      state.options.value_or(DefaultIdempotence(call.service));
  call.reply.Field("idmp-duration", absl::ToInt64Seconds(options.window));
  call.reply.Field("idmp-maxsize", options.max_ids);
  call.reply.Field("pids-tracked", state.stats.producers);
  call.reply.Field("iids-tracked", state.stats.ids);
  call.reply.Field("iids-added", state.stats.added);
  call.reply.Field("iids-duplicates", state.stats.duplicates);
}

engine::EntryCounts CountsOf(const engine::StreamState& state) {
  return {.added = state.entries_added,
          .length = state.records,
          .first = state.first_id,
          .last = state.last_id,
          .max_deleted = state.max_deleted_id};
}

void WriteCommon(Call& call, engine::Stream& stream, const engine::StreamState& state) {
  const int64_t nodes = NodesOf(state, call.service.node_entries());
  call.reply.Field("length", state.records);
  call.reply.Field("radix-tree-keys", nodes);
  call.reply.Field("radix-tree-nodes", nodes + 1);
  call.reply.Field("last-generated-id", state.last_id);
  call.reply.Field("max-deleted-entry-id", state.max_deleted_id);
  call.reply.Field("entries-added", state.entries_added);
  call.reply.Field("recorded-first-entry-id", state.first_id);
  if (ShowsIdempotence(call)) WriteIdempotence(call, stream);
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
    call.reply.Integer(entry.disowned ? 0 : absl::ToUnixMillis(entry.delivered_at));
    call.reply.Integer(entry.delivery_count);
  }
}

void WriteConsumerInFull(Call& call, engine::Group& group, const engine::ConsumerInfo& consumer,
                         int64_t count) {
  const bool shows_active = call.Offers(Release{7, 2});
  call.reply.Map(shows_active ? 5 : 4);
  call.reply.Field("name", consumer.name);
  call.reply.Field("seen-time", absl::ToUnixMillis(consumer.seen));
  if (shows_active) {
    call.reply.Field("active-time", consumer.active ? absl::ToUnixMillis(*consumer.active) : -1);
  }
  call.reply.Field("pel-count", consumer.pending);
  call.reply.Bulk("pending");
  WritePending(call, group, consumer.name, count);
}

void WriteGroupInFull(Call& call, engine::Group& group, const engine::StreamState& stream,
                      int64_t count) {
  const engine::GroupInfo info = group.Info();
  const std::vector<engine::ConsumerInfo> consumers = group.Consumers();
  const bool shows_disowned = call.Offers(Release{8, 8});
  call.reply.Map(shows_disowned ? 8 : 7);
  call.reply.Field("name", group.name());
  call.reply.Field("last-delivered-id", info.last_delivered_id);
  WriteOptional(call.reply, "entries-read", info.entries_read);
  WriteOptional(call.reply, "lag",
                engine::LagOf(CountsOf(stream), info.last_delivered_id, info.entries_read));
  call.reply.Field("pel-count", info.pending);
  if (shows_disowned) call.reply.Field("nacked-count", info.disowned);
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
  const engine::StreamState state = stream.State();
  call.reply.Map(CommonFields(call) + 2);
  WriteCommon(call, stream, state);
  call.reply.Bulk("entries");
  const size_t entries = call.reply.size();
  if (!WriteEntryArray(call.reply, stream, {.count = count})) {
    return call.reply.Erase(begin, entries);
  }
  call.reply.Bulk("groups");
  const std::vector<engine::GroupPtr> groups = stream.Groups(Origin::kRedis);
  call.reply.Array(groups.size());
  for (const engine::GroupPtr& group : groups) {
    WriteGroupInFull(call, *group, state, count);
  }
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
  call.reply.Map(CommonFields(call) + 3);
  WriteCommon(call, *stream, stream->State());
  call.reply.Field("groups", static_cast<int64_t>(stream->Groups(Origin::kRedis).size()));
  WriteEdge(call, *stream, "first-entry", /*newest=*/false);
  WriteEdge(call, *stream, "last-entry", /*newest=*/true);
}

void XinfoGroups(Call& call) {
  const engine::StreamPtr stream = call.Find(call.args.Next());
  if (stream == nullptr) return call.reply.Error(text::kNoSuchKey);
  const std::vector<engine::GroupPtr> groups = stream->Groups(Origin::kRedis);
  const engine::EntryCounts counts = CountsOf(stream->State());
  call.reply.Array(groups.size());
  for (const engine::GroupPtr& group : groups) {
    const engine::GroupInfo info = group->Info();
    call.reply.Map(6);
    call.reply.Field("name", group->name());
    call.reply.Field("consumers", info.consumers);
    call.reply.Field("pending", info.pending);
    call.reply.Field("last-delivered-id", info.last_delivered_id);
    WriteOptional(call.reply, "entries-read", info.entries_read);
    WriteOptional(call.reply, "lag",
                  engine::LagOf(counts, info.last_delivered_id, info.entries_read));
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
    const bool shows_inactive = call.Offers(Release{7, 2});
    call.reply.Map(shows_inactive ? 4 : 3);
    call.reply.Field("name", consumer.name);
    call.reply.Field("pending", consumer.pending);
    call.reply.Field("idle", MillisSince(consumer.seen, now));
    if (!shows_inactive) continue;
    call.reply.Field("inactive", consumer.active ? MillisSince(*consumer.active, now) : -1);
  }
}

}  // namespace braid::redis
