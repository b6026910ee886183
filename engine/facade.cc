// The public handles of braid/engine.h over the engine's own classes.
#include <utility>

#include "braid/engine.h"
#include "braid/error.h"
#include "engine/catalog.h"
#include "engine/group.h"
#include "engine/names.h"
#include "engine/stream.h"

namespace braid {
namespace {

using engine::AppendOptions;
using engine::Writes;

// What an embedder does is committed before it returns; with kSync it is fsynced, too.
absl::Status CommitNow(engine::Catalog& catalog, Writes& writes) {
  auto ticket = catalog.Commit(writes);
  if (!ticket.ok()) return ticket.status();
  return ticket->needs_sync ? catalog.Flush() : absl::OkStatus();
}

}  // namespace

// --- Group ---

absl::StatusOr<std::vector<Delivered>> Group::Fetch(std::string_view consumer, int64_t max) {
  Writes writes;
  auto records = impl_->Fetch({.consumer = consumer, .max_records = max}, writes);
  if (!records.ok()) return records.status();
  if (absl::Status s = CommitNow(impl_->stream()->catalog(), writes); !s.ok()) return s;
  std::vector<Delivered> out;
  out.reserve(records->size());
  for (engine::DeliveredRecord& record : *records) {
    Delivered& delivered = out.emplace_back();
    static_cast<Record&>(delivered) = std::move(record);
    delivered.delivery_count = record.delivery_count;
  }
  return out;
}

absl::StatusOr<bool> Group::Ack(Offset offset) {
  Writes writes;
  auto settled = impl_->Ack(offset, writes);
  if (!settled.ok()) return settled;
  if (absl::Status s = CommitNow(impl_->stream()->catalog(), writes); !s.ok()) return s;
  return settled;
}

absl::StatusOr<bool> Group::Nak(Offset offset, absl::Duration delay) {
  Writes writes;
  auto settled = impl_->Nak(offset, delay, writes);
  if (!settled.ok()) return settled;
  if (absl::Status s = CommitNow(impl_->stream()->catalog(), writes); !s.ok()) return s;
  return settled;
}

int64_t Group::Lag() const {
  return impl_->Info().lag;
}

int64_t Group::Pending() const {
  return impl_->Info().pending;
}

// --- Stream ---

absl::StatusOr<Offset> Stream::Append(std::string_view value) {
  RecordView record;
  record.value = value;
  return Append(record);
}

absl::StatusOr<Offset> Stream::Append(const RecordView& record) {
  return Append(absl::MakeConstSpan(&record, 1));
}

absl::StatusOr<Offset> Stream::Append(absl::Span<const RecordView> records) {
  if (records.empty()) return impl_->next_offset();
  Writes writes;
  auto appended = impl_->AppendMany(records, AppendOptions{}, writes);
  if (!appended.ok()) return appended.status();
  if (absl::Status s = CommitNow(impl_->catalog(), writes); !s.ok()) return s;
  return appended->base_offset;
}

absl::StatusOr<std::vector<Record>> Stream::Read(Offset from, int64_t max) const {
  if (from < impl_->start_offset() || from > impl_->next_offset()) {
    return MakeError(Errc::kOffsetOutOfRange, "outside the stream");
  }
  auto records = impl_->Read({.begin = from, .end = std::nullopt, .max_records = max});
  if (!records.ok()) return records.status();
  std::vector<Record> out;
  out.reserve(records->size());
  for (engine::StoredRecord& record : *records) out.push_back(std::move(record));
  return out;
}

Offset Stream::first_offset() const {
  return impl_->start_offset();
}

Offset Stream::next_offset() const {
  return impl_->next_offset();
}

absl::StatusOr<Group> Stream::CreateGroup(std::string_view name, GroupOptions options) {
  Writes writes;
  auto group = impl_->CreateGroup(name, std::move(options), writes);
  if (!group.ok()) return group.status();
  if (absl::Status s = CommitNow(impl_->catalog(), writes); !s.ok()) return s;
  return Group(*std::move(group));
}

absl::StatusOr<Group> Stream::FindGroup(std::string_view name) const {
  for (const Origin owner : {Origin::kKafka, Origin::kRedis, Origin::kNats}) {
    if (auto group = impl_->FindGroup(owner, name)) return Group(std::move(group));
  }
  return MakeError(Errc::kGroupNotFound, "the stream has no group of that name");
}

// --- Engine ---

Engine::Engine(std::unique_ptr<engine::Catalog> catalog) : catalog_(std::move(catalog)) {}

Engine::~Engine() = default;

absl::StatusOr<std::unique_ptr<Engine>> Engine::Open(EngineOptions options) {
  auto catalog = engine::Catalog::Open(std::move(options));
  if (!catalog.ok()) return catalog.status();
  return std::unique_ptr<Engine>(new Engine(*std::move(catalog)));
}

absl::StatusOr<Stream> Engine::CreateStream(std::string_view name, StreamOptions options) {
  Writes writes;
  auto topic = catalog_->CreateTopic(name, 1, std::move(options), writes);
  if (!topic.ok()) return topic.status();
  if (absl::Status s = CommitNow(*catalog_, writes); !s.ok()) return s;
  return Stream((*topic)->partitions.front());
}

absl::StatusOr<Stream> Engine::FindStream(std::string_view name) const {
  auto stream = catalog_->FindRedis(name);
  if (stream == nullptr) return MakeError(Errc::kStreamNotFound, "there is no stream of that name");
  return Stream(std::move(stream));
}

absl::Status Engine::DeleteStream(std::string_view name) {
  Writes writes;
  if (engine::IsPrivate(name)) {
    return MakeError(Errc::kStreamNotFound, "there is no stream of that name");
  }
  if (absl::Status s = catalog_->DeleteTopic(name, writes); !s.ok()) return s;
  return CommitNow(*catalog_, writes);
}

absl::Time Engine::Tick() {
  return catalog_->Tick();
}

bool Engine::Maintain() {
  return catalog_->Maintain().more;
}

absl::Status Engine::Flush() {
  return catalog_->Flush();
}

}  // namespace braid
