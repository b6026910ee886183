// XCLAIM and XAUTOCLAIM.
#include <algorithm>
#include <optional>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "fmt/format.h"
#include "protocol/redis/groups.h"
#include "protocol/redis/handlers.h"
#include "protocol/redis/notify.h"
#include "protocol/redis/stream_reply.h"

namespace braid::redis {
namespace {

using engine::EntryId;

// Milliseconds as a duration; what is negative counts as nothing.
absl::Duration Idle(int64_t ms) {
  return absl::Milliseconds(std::max<int64_t>(0, ms));
}

struct Claimed {
  Offset offset;
  EntryId id;
};

// The live records at these offsets. Neighbours are read together.
absl::StatusOr<absl::flat_hash_map<Offset, engine::StoredRecord>> ReadAt(
    engine::Stream& stream, std::vector<Offset> offsets) {
  constexpr Offset kGap = 32;
  absl::flat_hash_map<Offset, engine::StoredRecord> records;
  std::sort(offsets.begin(), offsets.end());
  for (size_t i = 0; i < offsets.size();) {
    size_t last = i;
    while (last + 1 < offsets.size() && offsets[last + 1] - offsets[last] <= kGap) ++last;
    engine::RecordRange run{.begin = offsets[i], .end = offsets[last] + 1};
    run.max_records = offsets[last] - offsets[i] + 1;
    auto read = stream.Read(run);
    if (!read.ok()) return read.status();
    for (engine::StoredRecord& record : *read) records.emplace(record.offset, std::move(record));
    i = last + 1;
  }
  return records;
}

// An array of the claimed entries, or with `ids_only` of their IDs.
void WriteClaimed(Call& call, engine::Stream& stream, const std::vector<Claimed>& claimed,
                  bool ids_only) {
  if (ids_only) {
    call.reply.Array(claimed.size());
    for (const Claimed& entry : claimed) call.reply.Id(entry.id);
    return;
  }
  std::vector<Offset> offsets;
  for (const Claimed& entry : claimed) offsets.push_back(entry.offset);
  const auto records = ReadAt(stream, std::move(offsets));
  if (call.Failed(records.status())) return;
  const size_t begin = call.reply.BeginArray();
  size_t written = 0;
  for (const Claimed& entry : claimed) {
    const auto record = records->find(entry.offset);
    if (record == records->end()) continue;  // deleted meanwhile
    WriteEntry(call.reply, record->second);
    ++written;
  }
  call.reply.EndArray(begin, written);
}

// --- XCLAIM --------------------------------------------------------------------------------------

struct ClaimOptions {
  engine::ClaimRequest claim;
  absl::InlinedVector<EntryId, 8> ids;
  EntryId last_id;
  bool ids_only = false;
};

// IDs up to the first argument that is none.
void TakeIds(Args& args, absl::InlinedVector<EntryId, 8>& ids) {
  while (!args.empty()) {
    const auto id = EntryId::Parse(args.Peek());
    if (!id.ok()) return;
    ids.push_back(*id);
    args.Next();
  }
}

// A time given by the client; one that makes no sense means now.
absl::Time Sensible(int64_t unix_ms, absl::Time now) {
  const absl::Time time = absl::FromUnixMillis(unix_ms);
  return unix_ms < 0 || time > now ? now : time;
}

ClaimOptions ParseClaim(Call& call) {
  Args& args = call.args;
  const absl::Time now = call.catalog.Now();
  ClaimOptions options;
  options.claim.min_idle = Idle(args.NextInt(text::kXclaimMinIdle));
  if (args.ok()) TakeIds(args, options.ids);
  while (!args.empty()) {
    if (args.Skip("FORCE")) {
      options.claim.force = true;
    } else if (args.Skip("JUSTID")) {
      options.ids_only = options.claim.keep_count = true;
    } else if (args.SkipOption("IDLE")) {
      const int64_t idle = args.NextInt(text::kXclaimIdle);
      options.claim.delivered_at = idle < 0 ? now : now - absl::Milliseconds(idle);
    } else if (args.SkipOption("TIME")) {
      options.claim.delivered_at = Sensible(args.NextInt(text::kXclaimTime), now);
    } else if (args.SkipOption("RETRYCOUNT")) {
      const int64_t count = args.NextInt(text::kXclaimRetryCount);
      if (count >= 0) options.claim.delivery_count = count;
    } else if (args.SkipOption("LASTID")) {
      options.last_id = args.NextId();
    } else {
      args.Fail(fmt::format("ERR Unrecognized XCLAIM option '{}'", args.Peek()));
    }
  }
  return options;
}

// The offset to claim for `id`: of an outstanding entry whose record lives, or with `force` of any
// that does. Outstanding entries whose record is gone are dropped.
absl::StatusOr<std::optional<Offset>> Claimable(Call& call, engine::Group& group, EntryId id,
                                                bool force) {
  const EntryId ids[] = {id};
  const Offset outstanding = group.OffsetsOfPending(ids).front();
  if (outstanding >= 0) {
    const Offset offsets[] = {outstanding};
    if (!group.DropDeleted(offsets, call.writes).empty()) return std::nullopt;
    return outstanding;
  }
  if (!force) return std::nullopt;
  const auto found = group.stream()->Find(id);
  if (found.ok()) return *found;
  if (CodeOf(found.status()) == Errc::kRecordNotFound) return std::nullopt;
  return found.status();
}

// Makes the consumer unless there is one.
void MakeConsumer(Call& call, engine::Group& group, std::string_view key,
                  std::string_view consumer) {
  if (!group.CreateConsumer(consumer, call.writes)) return;
  Notify(call, KeyEvent::kStream, "xgroup-createconsumer", key);
}

// Everything up to `id` is behind the group.
absl::Status RaiseLastId(Call& call, engine::Group& group, EntryId id) {
  const engine::GroupInfo info = group.Info();
  if (id <= info.last_delivered_id) return absl::OkStatus();
  const auto offset = OffsetAfter(*group.stream(), id);
  if (!offset.ok()) return offset.status();
  return group.SetCursor(*offset, id, info.entries_read, call.writes);
}

// --- XAUTOCLAIM
// ------------------------------------------------------------------------------------

struct AutoClaim {
  engine::ClaimRequest claim;
  EntryId start;
  int64_t count = 100;
  bool ids_only = false;
};

constexpr int64_t kAttemptsPerEntry = 10;  // outstanding entries looked at for each one asked for

AutoClaim ParseAutoClaim(Args& args) {
  constexpr int64_t kMaxCount = INT64_MAX / kAttemptsPerEntry / 16;
  AutoClaim request;
  request.claim.min_idle = Idle(args.NextInt(text::kXautoclaimMinIdle));
  if (args.ok()) request.start = args.NextStart();
  while (!args.empty()) {
    if (args.SkipOption("COUNT")) {
      request.count = args.NextInt(text::kCountNotPositive);
      if (request.count < 1 || request.count > kMaxCount) args.Fail(text::kCountNotPositive);
    } else if (args.Skip("JUSTID")) {
      request.ids_only = request.claim.keep_count = true;
    } else {
      args.Fail(text::kSyntax);
    }
  }
  return request;
}

struct AutoClaimed {
  EntryId cursor;  // where to go on; 0-0: all was looked at
  std::vector<Claimed> claimed;
  std::vector<EntryId> deleted;
};

// Looks at one outstanding entry; false when it stays as it is.
absl::StatusOr<bool> TakeOver(Call& call, engine::Group& group, const AutoClaim& request,
                              const engine::PendingEntry& entry, AutoClaimed& out) {
  const Offset offsets[] = {entry.offset};
  if (!group.DropDeleted(offsets, call.writes).empty()) {
    out.deleted.push_back(entry.id);
    return true;
  }
  if (!entry.disowned && call.catalog.Now() - entry.delivered_at < request.claim.min_idle) {
    return false;
  }
  const auto claimed = group.Claim(entry.offset, request.claim, call.writes);
  if (!claimed.ok()) return claimed.status();
  if (!claimed->has_value()) return false;
  out.claimed.push_back({entry.offset, entry.id});
  return true;
}

absl::StatusOr<AutoClaimed> TakeOverIdle(Call& call, engine::Group& group,
                                         const AutoClaim& request) {
  constexpr int64_t kPageEntries = 256;
  AutoClaimed out;
  int64_t attempts = request.count * kAttemptsPerEntry;
  int64_t wanted = request.count;
  constexpr Offset kDone = -1;
  Offset from = group.PendingLowerBound(request.start).value_or(kDone);
  while (from != kDone) {
    // One more than may be looked at: it is the cursor.
    const std::vector<engine::PendingEntry> page =
        group.Pending({.begin = from, .max = std::min(kPageEntries, attempts + 1)});
    for (const engine::PendingEntry& entry : page) {
      if (attempts == 0 || wanted == 0) {
        out.cursor = entry.id;
        return out;
      }
      --attempts;
      const auto taken = TakeOver(call, group, request, entry, out);
      if (!taken.ok()) return taken.status();
      if (*taken) --wanted;
    }
    from = page.empty() ? kDone : page.back().offset + 1;
  }
  return out;
}

}  // namespace

void Xclaim(Call& call) {
  const std::string_view key = call.args.Next();
  const std::string_view name = call.args.Next();
  const engine::GroupPtr group = FindGroup(call.client, key, name);
  if (group == nullptr) return call.reply.Error(NoKeyOrGroup(key, name));
  const std::string_view consumer = call.args.Next();
  ClaimOptions options = ParseClaim(call);
  if (call.Failed()) return;
  options.claim.consumer = consumer;
  if (call.Failed(RaiseLastId(call, *group, options.last_id))) return;
  MakeConsumer(call, *group, key, consumer);
  std::vector<Claimed> claimed;
  for (const EntryId id : options.ids) {
    const auto offset = Claimable(call, *group, id, options.claim.force);
    if (call.Failed(offset.status())) return;
    if (!offset->has_value()) continue;
    const auto entry = group->Claim(**offset, options.claim, call.writes);
    if (call.Failed(entry.status())) return;
    if (entry->has_value()) claimed.push_back({**offset, id});
  }
  WriteClaimed(call, *group->stream(), claimed, options.ids_only);
}

void Xautoclaim(Call& call) {
  const std::string_view key = call.args.Next();
  const std::string_view name = call.args.Next();
  const std::string_view consumer = call.args.Next();
  AutoClaim request = ParseAutoClaim(call.args);
  if (call.Failed()) return;
  const engine::GroupPtr group = FindGroup(call.client, key, name);
  if (group == nullptr) return call.reply.Error(NoKeyOrGroup(key, name));
  request.claim.consumer = consumer;
  MakeConsumer(call, *group, key, consumer);
  const auto taken = TakeOverIdle(call, *group, request);
  if (call.Failed(taken.status())) return;
  const size_t begin = call.reply.size();
  call.reply.Array(3);
  call.reply.Id(taken->cursor);
  const size_t entries = call.reply.size();
  WriteClaimed(call, *group->stream(), taken->claimed, request.ids_only);
  if (call.reply.IsErrorAt(entries)) return call.reply.Erase(begin, entries);
  call.reply.Array(taken->deleted.size());
  for (const EntryId id : taken->deleted) call.reply.Id(id);
}

}  // namespace braid::redis
