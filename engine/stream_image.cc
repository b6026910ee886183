#include "engine/stream_image.h"

#include <algorithm>
#include <map>
#include <set>

#include "braid/error.h"
#include "engine/catalog.h"
#include "engine/encoding.h"
#include "engine/group.h"
#include "engine/group_parts.h"
#include "engine/stream_parts.h"
#include "engine/views.h"

namespace braid::engine {
namespace {

constexpr int64_t kPageRecords = 1000;

absl::Status TakeEntries(Stream& stream, StreamImage& image) {
  RecordRange range;
  range.max_records = kPageRecords;
  range.end = stream.next_offset();
  while (range.begin < *range.end) {
    const auto records = stream.Read(range);
    if (!records.ok()) return records.status();
    if (records->empty()) break;
    for (const StoredRecord& record : *records) {
      StreamImage::Entry& entry = image.entries.emplace_back();
      entry.id = record.id;
      for (const FieldView& field : FieldsOf(record)) {
        entry.fields.emplace_back(field.name, field.value);
      }
    }
    range.begin = records->back().offset + 1;
  }
  return absl::OkStatus();
}

StreamImage::Group TakeGroup(Group& group) {
  StreamImage::Group image;
  image.name = group.name();
  const GroupInfo info = group.Info();
  image.last_delivered = info.last_delivered_id;
  image.entries_read = info.entries_read;
  std::map<std::string, uint64_t, std::less<>> numbers;
  for (const ConsumerInfo& consumer : group.Consumers()) {
    numbers[consumer.name] = image.consumers.size();
    image.consumers.push_back({consumer.name, consumer.seen, consumer.active});
  }
  PendingQuery all;
  all.max = INT64_MAX;
  for (const PendingEntry& pending : group.Pending(all)) {
    const auto consumer = numbers.find(pending.consumer);
    if (consumer == numbers.end() && !pending.disowned) continue;
    StreamImage::Pending& entry = image.pending.emplace_back();
    entry.id = pending.id;
    if (!pending.disowned) entry.consumer = consumer->second;
    entry.delivered_at = pending.delivered_at;
    entry.delivery_count = pending.delivery_count;
  }
  return image;
}

// Puts the entries into a new stream, and empty ones in place of those that are gone and still
// outstanding, whose offsets go to `gone`. Returns all IDs with their offsets.
absl::StatusOr<std::map<EntryId, Offset>> PutEntries(const StreamImage& image, Stream& stream,
                                                     std::vector<Offset>& gone, Writes& writes) {
  std::map<EntryId, const StreamImage::Entry*> wanted;
  for (const StreamImage::Group& group : image.groups) {
    for (const StreamImage::Pending& pending : group.pending) wanted[pending.id] = nullptr;
  }
  for (const StreamImage::Entry& entry : image.entries) wanted[entry.id] = &entry;
  std::map<EntryId, Offset> offsets;
  for (const auto& [id, entry] : wanted) {
    std::vector<FieldView> fields;
    if (entry != nullptr) {
      for (const auto& [name, value] : entry->fields) fields.push_back({name, value});
    }
    AppendOptions options;
    options.origin = Origin::kRedis;
    options.id = EntryIdSpec{.ms = id.ms, .seq = id.seq};
    const auto appended = stream.Append(RecordFromFields(fields), options, writes);
    if (!appended.ok()) return appended.status();
    offsets[id] = appended->base_offset;
    if (entry == nullptr) gone.push_back(appended->base_offset);
  }
  return offsets;
}

absl::Status PutGroup(const StreamImage::Group& image, Stream& stream,
                      const std::map<EntryId, Offset>& offsets, Writes& writes) {
  const auto next = offsets.upper_bound(image.last_delivered);
  GroupOptions options;
  options.owner = Origin::kRedis;
  options.start = StartAt::kOffset;
  options.start_offset = next == offsets.end() ? stream.next_offset() : next->second;
  const Offset start = options.start_offset;
  const auto group = stream.CreateGroup(image.name, std::move(options), writes);
  if (!group.ok()) return group.status();
  if (absl::Status s = (*group)->SetCursor(start, image.last_delivered, image.entries_read, writes);
      !s.ok()) {
    return s;
  }
  for (const StreamImage::Consumer& consumer : image.consumers) {
    (*group)->CreateConsumer(consumer.name, writes);
  }
  for (const StreamImage::Pending& pending : image.pending) {
    if (!pending.consumer) {
      const DisownRequest given_back{.delivery_count = pending.delivery_count, .force = true};
      const auto disowned = (*group)->Disown(offsets.at(pending.id), given_back, writes);
      if (!disowned.ok()) return disowned.status();
      continue;
    }
    ClaimRequest claim;
    claim.consumer = image.consumers[*pending.consumer].name;
    claim.delivered_at = pending.delivered_at;
    claim.delivery_count = pending.delivery_count;
    claim.force = true;
    const auto claimed = (*group)->Claim(offsets.at(pending.id), claim, writes);
    if (!claimed.ok()) return claimed.status();
  }
  for (const StreamImage::Consumer& consumer : image.consumers) {
    (*group)->SetConsumerTimes(consumer.name, consumer.seen, consumer.active, writes);
  }
  return absl::OkStatus();
}

void Put(Encoder& out, EntryId id) {
  out.U64(id.ms).U64(id.seq);
}

EntryId TakeId(Decoder& in) {
  EntryId id;
  id.ms = in.U64();
  id.seq = in.U64();
  return id;
}

StreamImage::Group DecodeGroup(Decoder& in) {
  StreamImage::Group group;
  group.name = in.Str();
  group.last_delivered = TakeId(in);
  if (const int64_t read = in.I64(); read >= 0) group.entries_read = read;
  const uint64_t consumers = in.Count();
  for (uint64_t i = 0; i < consumers && in.ok(); ++i) {
    StreamImage::Consumer& consumer = group.consumers.emplace_back();
    consumer.name = in.Str();
    consumer.seen = in.Time();
    if (in.Bool()) consumer.active = in.Time();
  }
  const uint64_t pending = in.Count();
  for (uint64_t i = 0; i < pending && in.ok(); ++i) {
    StreamImage::Pending& entry = group.pending.emplace_back();
    entry.id = TakeId(in);
    if (in.Bool()) entry.consumer = in.U64();
    entry.delivered_at = in.Time();
    entry.delivery_count = in.I64();
  }
  return group;
}

void Put(Encoder& out, const IdempotenceImage& image) {
  out.Bool(image.options.has_value());
  if (image.options) out.Duration(image.options->window).I64(image.options->max_ids);
  out.I64(image.added).I64(image.duplicates).U64(image.names.size());
  for (const IdempotenceImage::Name& name : image.names) {
    out.Str(name.producer).Str(name.id);
    Put(out, name.entry);
    out.Time(name.at);
  }
}

IdempotenceImage DecodeIdempotence(Decoder& in) {
  IdempotenceImage image;
  if (in.Bool()) {
    IdempotenceOptions& options = image.options.emplace();
    options.window = in.Duration();
    options.max_ids = in.I64();
  }
  image.added = in.I64();
  image.duplicates = in.I64();
  const uint64_t names = in.Count();
  for (uint64_t i = 0; i < names && in.ok(); ++i) {
    IdempotenceImage::Name& name = image.names.emplace_back();
    name.producer = in.Str();
    name.id = in.Str();
    name.entry = TakeId(in);
    name.at = in.Time();
  }
  return image;
}

// Whether a stream can be so.
bool IsSound(const StreamImage& image) {
  EntryId last;
  for (const StreamImage::Entry& entry : image.entries) {
    if (entry.id <= last || entry.fields.empty()) return false;
    last = entry.id;
  }
  if (last > image.last_id || image.max_deleted_id > image.last_id) return false;
  const IdempotenceImage& named = image.idempotence;
  if (named.options &&
      (named.options->window <= absl::ZeroDuration() || named.options->max_ids < 1)) {
    return false;
  }
  if (named.added < 0 || named.duplicates < 0) return false;
  if (image.entries_added < static_cast<int64_t>(image.entries.size())) return false;
  std::set<std::string_view> names;
  for (const StreamImage::Group& group : image.groups) {
    if (!names.insert(group.name).second) return false;
    for (const StreamImage::Pending& pending : group.pending) {
      if ((pending.consumer && *pending.consumer >= group.consumers.size()) ||
          pending.id == EntryId::kMin || pending.id > image.last_id) {
        return false;
      }
    }
  }
  return true;
}

}  // namespace

absl::StatusOr<StreamImage> ImageOf(Stream& stream) {
  StreamImage image;
  const StreamState state = stream.State();
  image.last_id = state.last_id;
  image.max_deleted_id = state.max_deleted_id;
  image.entries_added = state.entries_added;
  for (const GroupPtr& group : stream.Groups(Origin::kRedis)) {
    image.groups.push_back(TakeGroup(*group));
  }
  image.idempotence = stream.idempotence_image();
  if (absl::Status s = TakeEntries(stream, image); !s.ok()) return s;
  // What came in between was added, too.
  if (!image.entries.empty()) image.last_id = std::max(image.last_id, image.entries.back().id);
  image.entries_added = std::max(image.entries_added, static_cast<int64_t>(image.entries.size()));
  return image;
}

absl::Status Restore(const StreamImage& image, Stream& stream, Writes& writes) {
  std::vector<Offset> gone;
  const auto offsets = PutEntries(image, stream, gone, writes);
  if (!offsets.ok()) return offsets.status();
  for (const StreamImage::Group& group : image.groups) {
    if (absl::Status s = PutGroup(group, stream, *offsets, writes); !s.ok()) return s;
  }
  if (!gone.empty()) {
    if (absl::Status s = stream.Delete(gone, writes).status(); !s.ok()) return s;
  }
  stream.AdoptIdempotence(image.idempotence, writes);
  return stream.SetIds(image.last_id, image.entries_added, image.max_deleted_id, writes);
}

void Group::SetConsumerTimes(std::string_view name, absl::Time seen,
                             std::optional<absl::Time> active, Writes& writes) {
  absl::MutexLock lock(&stream_->mu_);
  const auto it = parts_->consumer_ids.find(name);
  if (parts_->deleted || it == parts_->consumer_ids.end()) return;
  parts_->consumers[it->second].seen = seen;
  parts_->consumers[it->second].active = active;
  parts_->EmitConsumer(stream_->catalog_->journal(), id_, it->second);
  writes.TouchJournal();
}

// --- Bytes

std::string Encode(const StreamImage& image) {
  Encoder out;
  Put(out, image.last_id);
  Put(out, image.max_deleted_id);
  out.I64(image.entries_added).U64(image.entries.size());
  for (const StreamImage::Entry& entry : image.entries) {
    Put(out, entry.id);
    out.U64(entry.fields.size());
    for (const auto& [name, value] : entry.fields) out.Str(name).Str(value);
  }
  out.U64(image.groups.size());
  for (const StreamImage::Group& group : image.groups) {
    out.Str(group.name);
    Put(out, group.last_delivered);
    out.I64(group.entries_read.value_or(-1)).U64(group.consumers.size());
    for (const StreamImage::Consumer& consumer : group.consumers) {
      out.Str(consumer.name).Time(consumer.seen).Bool(consumer.active.has_value());
      if (consumer.active) out.Time(*consumer.active);
    }
    out.U64(group.pending.size());
    for (const StreamImage::Pending& pending : group.pending) {
      Put(out, pending.id);
      out.Bool(pending.consumer.has_value());
      if (pending.consumer) out.U64(*pending.consumer);
      out.Time(pending.delivered_at).I64(pending.delivery_count);
    }
  }
  Put(out, image.idempotence);
  return out.Take();
}

absl::StatusOr<StreamImage> DecodeStreamImage(std::string_view bytes) {
  Decoder in(bytes);
  StreamImage image;
  image.last_id = TakeId(in);
  image.max_deleted_id = TakeId(in);
  image.entries_added = in.I64();
  const uint64_t entries = in.Count();
  for (uint64_t i = 0; i < entries && in.ok(); ++i) {
    StreamImage::Entry& entry = image.entries.emplace_back();
    entry.id = TakeId(in);
    const uint64_t fields = in.Count();
    for (uint64_t j = 0; j < fields && in.ok(); ++j) {
      std::string name(in.Str());
      entry.fields.emplace_back(std::move(name), in.Str());
    }
  }
  const uint64_t groups = in.Count();
  for (uint64_t i = 0; i < groups && in.ok(); ++i) image.groups.push_back(DecodeGroup(in));
  image.idempotence = DecodeIdempotence(in);
  if (!in.ok() || !in.rest().empty() || !IsSound(image)) {
    return MakeError(Errc::kCorrupt, "malformed image of a stream");
  }
  return image;
}

}  // namespace braid::engine
