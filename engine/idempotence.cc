#include "engine/idempotence.h"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <iterator>
#include <utility>

#include "braid/error.h"
#include "engine/encoding.h"
#include "engine/journal.h"
#include "engine/keys.h"

namespace braid::engine {
namespace {

std::string KeyOf(uint64_t stream_id, std::string_view producer, std::string_view id) {
  return keys::Of(keys::kNamedEntry) + Encoder().U64(stream_id).Str(producer).Str(id).Take();
}

}  // namespace

Idempotence::Names& Idempotence::NamesOf(std::string_view producer) {
  auto it = producers_.find(producer);
  if (it == producers_.end()) {
    Names names({.window = options_->window, .max_ids = options_->max_ids});
    it = producers_.emplace(std::string(producer), std::move(names)).first;
  }
  return it->second;
}

bool Idempotence::SetOptions(const IdempotenceOptions& options, Journal& journal,
                             uint64_t stream_id) {
  if (options_ == options) return false;
  producers_.clear();
  ++era_;
  options_ = options;
  EmitSettings(journal, stream_id);
  return true;
}

std::optional<EntryId> Idempotence::Find(const IdempotentName& name, absl::Time now) const {
  const auto producer = producers_.find(name.producer);
  if (producer == producers_.end()) return std::nullopt;
  const std::optional<Named> named = producer->second.Find(name.id, now);
  if (!named.has_value()) return std::nullopt;
  return named->id;
}

void Idempotence::CountDuplicate(Journal& journal, uint64_t stream_id) {
  ++stats_.duplicates;
  EmitSettings(journal, stream_id);
}

void Idempotence::Record(const IdempotentName& name, EntryId id, Offset offset, absl::Time now,
                         Journal& journal, uint64_t stream_id) {
  const bool first = stats_.added == 0;
  ++stats_.added;
  // Producers that went silent leave nothing behind: looked at whenever their number has doubled.
  constexpr size_t kFew = 64;
  if (producers_.size() >= kFew && std::has_single_bit(producers_.size()) &&
      !producers_.contains(name.producer)) {
    for (auto it = producers_.begin(); it != producers_.end();) {
      it->second.Expire(now);
      it = it->second.size() == 0 ? producers_.erase(it) : std::next(it);
    }
  }
  NamesOf(name.producer).Record(name.id, {id, offset}, now);
  journal.Put(KeyOf(stream_id, name.producer, name.id), Encode({id, offset}, now));
  if (first) EmitSettings(journal, stream_id);
}

void Idempotence::ForgetFrom(Offset offset, Journal& journal, uint64_t stream_id) {
  for (auto& entry : producers_) {
    const std::string& producer = entry.first;
    Names& names = entry.second;
    Names kept(names.options());
    names.ForEach([&](std::string_view id, const Named& named, absl::Time at) {
      if (named.offset < offset) return kept.Record(id, named, at);
      --stats_.added;
      journal.Erase(KeyOf(stream_id, producer, id));
    });
    names = std::move(kept);
  }
}

IdempotenceStats Idempotence::Stats(absl::Time now) const {
  IdempotenceStats stats = stats_;
  for (const auto& entry : producers_) {
    const Names& names = entry.second;
    int64_t ids = 0;
    names.ForEach([&](std::string_view, const Named&, absl::Time at) {
      if (now - at < names.options().window) ++ids;
    });
    stats.ids += ids;
    stats.producers += ids > 0 ? 1 : 0;
  }
  return stats;
}

IdempotenceImage Idempotence::Image() const {
  IdempotenceImage image;
  image.options = options_;
  image.added = stats_.added;
  image.duplicates = stats_.duplicates;
  for (const auto& [producer, names] : producers_) {
    names.ForEach([&, &pid = producer](std::string_view id, const Named& named, absl::Time at) {
      image.names.push_back({pid, std::string(id), named.id, at});
    });
  }
  return image;
}

void Idempotence::Adopt(const IdempotenceImage& image, Offset offset, Journal& journal,
                        uint64_t stream_id) {
  options_ = image.options;
  if (!options_.has_value() && !image.names.empty()) options_ = IdempotenceOptions();
  stats_.added = image.added;
  stats_.duplicates = image.duplicates;
  for (const IdempotenceImage::Name& name : image.names) {
    NamesOf(name.producer).Record(name.id, {name.entry, offset}, name.at);
  }
  EmitAll(journal, stream_id);
}

// --- Journal ---

std::string Idempotence::Encode(const Named& named, absl::Time at) const {
  return Encoder()
      .U64(era_)
      .U64(named.id.ms)
      .U64(named.id.seq)
      .I64(named.offset)
      .Time(at)
      .I64(stats_.added)
      .Take();
}

void Idempotence::EmitSettings(Journal& journal, uint64_t stream_id) const {
  const IdempotenceOptions options = options_.value_or(IdempotenceOptions());
  journal.Put(keys::Of(keys::kIdempotence, stream_id), Encoder()
                                                           .U64(era_)
                                                           .Bool(options_.has_value())
                                                           .Duration(options.window)
                                                           .I64(options.max_ids)
                                                           .I64(stats_.added)
                                                           .I64(stats_.duplicates)
                                                           .bytes());
}

void Idempotence::EmitAll(Journal& journal, uint64_t stream_id) const {
  if (untouched()) return;
  EmitSettings(journal, stream_id);
  for (const auto& [producer, names] : producers_) {
    names.ForEach([&, &pid = producer](std::string_view id, const Named& named, absl::Time at) {
      journal.Put(KeyOf(stream_id, pid, id), Encode(named, at));
    });
  }
}

absl::Status Idempotence::RestoreSettings(std::string_view value) {
  Decoder in(value);
  era_ = in.U64();
  const bool set = in.Bool();
  IdempotenceOptions options;
  options.window = in.Duration();
  options.max_ids = in.I64();
  stats_.added = std::max(stats_.added, in.I64());
  stats_.duplicates = in.I64();
  if (!in.ok()) return MakeError(Errc::kCorrupt, "malformed journal entry: idempotence");
  if (set) options_ = options;
  return absl::OkStatus();
}

absl::Status Idempotence::RestoreName(std::string_view producer, std::string_view id,
                                      std::string_view value) {
  Decoder in(value);
  Restored restored;
  restored.producer = producer;
  restored.id = id;
  restored.era = in.U64();
  restored.named.id.ms = in.U64();
  restored.named.id.seq = in.U64();
  restored.named.offset = in.I64();
  restored.at = in.Time();
  stats_.added = std::max(stats_.added, in.I64());
  if (!in.ok()) return MakeError(Errc::kCorrupt, "malformed journal entry: named entry");
  restored_.push_back(std::move(restored));
  return absl::OkStatus();
}

void Idempotence::RestoreDone(Offset end, absl::Time now) {
  if (!options_.has_value() && !restored_.empty()) options_ = IdempotenceOptions();
  std::sort(restored_.begin(), restored_.end(), [](const Restored& a, const Restored& b) {
    return std::pair(a.at, a.named.offset) < std::pair(b.at, b.named.offset);
  });
  for (const Restored& restored : restored_) {
    if (restored.era != era_) continue;
    if (restored.named.offset >= end || now - restored.at >= options_->window) continue;
    NamesOf(restored.producer).Record(restored.id, restored.named, restored.at);
  }
  restored_.clear();
}

}  // namespace braid::engine
