#include "engine/producers.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "braid/error.h"
#include "engine/encoding.h"

namespace braid::engine {
namespace {

constexpr uint64_t kFormat = 1;
constexpr uint32_t kSequenceMask = 0x7fffffff;  // sequences count modulo 2^31

int32_t Advance(int32_t sequence, int32_t by) {
  return static_cast<int32_t>((static_cast<uint32_t>(sequence) + static_cast<uint32_t>(by)) &
                              kSequenceMask);
}

absl::Status OutOfOrder() {
  return MakeError(Errc::kOutOfOrderSequence, "the batch does not follow the producer's last one");
}

}  // namespace

std::vector<ProducerState> Producers::States() const {
  std::vector<ProducerState> states;
  states.reserve(producers_.size());
  for (const auto& [id, producer] : producers_) {
    ProducerState& state = states.emplace_back(ProducerState{.producer_id = id});
    state.epoch = producer.epoch;
    if (producer.last() == nullptr) continue;
    state.last_sequence = producer.last()->last_sequence;
    state.last_timestamp_ms = producer.last()->last_timestamp_ms;
  }
  std::sort(states.begin(), states.end(), [](const ProducerState& a, const ProducerState& b) {
    return a.producer_id < b.producer_id;
  });
  return states;
}

absl::StatusOr<ProducerCheck> Producers::Check(int64_t producer_id, int16_t epoch,
                                               int32_t first_sequence, int32_t record_count) const {
  if (first_sequence < 0 || record_count < 1) {
    return MakeError(Errc::kInvalidArgument, "a sequence needs a start and a length");
  }
  auto it = producers_.find(producer_id);
  if (it == producers_.end()) return ProducerCheck{};
  const Producer& producer = it->second;
  if (epoch < producer.epoch) {
    return MakeError(Errc::kStaleProducerEpoch, "the producer has a newer epoch");
  }
  if (epoch > producer.epoch)
    return first_sequence == 0 ? ProducerCheck{} : absl::StatusOr<ProducerCheck>(OutOfOrder());
  const int32_t last_sequence = Advance(first_sequence, record_count - 1);
  for (int i = producer.sent_count - 1; i >= 0; --i) {
    const Sent& sent = producer.sent[i];
    if (sent.first_sequence == first_sequence && sent.last_sequence == last_sequence) {
      return ProducerCheck{true, sent.base_offset, sent.last_timestamp_ms};
    }
  }
  const int32_t expected =
      producer.last() == nullptr ? 0 : Advance(producer.last()->last_sequence, 1);
  // Nor is what lies in the past a duplicate: it may be the retry of a batch that was refused.
  return first_sequence == expected ? ProducerCheck{} : absl::StatusOr<ProducerCheck>(OutOfOrder());
}

void Producers::Record(const ProducedBatch& batch, absl::Time now) {
  if (producers_.size() >= kMaxProducers && !producers_.contains(batch.producer_id)) {
    EvictLeastRecent();
  }
  auto [it, is_new] = producers_.try_emplace(batch.producer_id);
  Producer& producer = it->second;
  if (is_new || batch.epoch > producer.epoch) {
    producer.epoch = batch.epoch;
    producer.sent_count = 0;
  } else if (batch.epoch < producer.epoch) {
    return;
  } else if (producer.last() != nullptr && batch.base_offset <= producer.last()->base_offset) {
    return;
  }
  if (producer.sent_count == kWindow) {
    std::move(producer.sent.begin() + 1, producer.sent.end(), producer.sent.begin());
    --producer.sent_count;
  }
  producer.sent[producer.sent_count++] = {batch.first_sequence,
                                          Advance(batch.first_sequence, batch.record_count - 1),
                                          batch.base_offset, batch.last_timestamp_ms};
  producer.last_seen = is_new ? now : std::max(producer.last_seen, now);
}

void Producers::NoteEpoch(int64_t producer_id, int16_t epoch, absl::Time now) {
  const auto it = producers_.find(producer_id);
  if (it == producers_.end() && producers_.size() >= kMaxProducers) EvictLeastRecent();
  Producer& producer = it == producers_.end() ? producers_[producer_id] : it->second;
  if (epoch > producer.epoch) {
    producer.epoch = epoch;
    producer.sent_count = 0;
  }
  producer.last_seen = std::max(producer.last_seen, now);
}

int64_t Producers::max_id() const {
  int64_t most = -1;
  for (const auto& [id, producer] : producers_) most = std::max(most, id);
  return most;
}

int64_t Producers::ForgetFrom(Offset offset) {
  return static_cast<int64_t>(absl::erase_if(producers_, [&](const auto& entry) {
    const Producer& producer = entry.second;
    return producer.last() != nullptr && producer.last()->base_offset >= offset;
  }));
}

int64_t Producers::Expire(absl::Time now, absl::Duration idle) {
  return static_cast<int64_t>(absl::erase_if(
      producers_, [&](const auto& entry) { return now - entry.second.last_seen >= idle; }));
}

// A quarter at once, so that a flood of producers costs each of them little.
void Producers::EvictLeastRecent() {
  std::vector<absl::Time> seen;
  seen.reserve(producers_.size());
  for (const auto& [id, producer] : producers_) seen.push_back(producer.last_seen);
  const size_t quarter = seen.size() / 4;
  std::nth_element(seen.begin(), seen.begin() + quarter, seen.end());
  size_t left = quarter + 1;  // many may share one time
  absl::erase_if(producers_, [&, limit = seen[quarter]](const auto& entry) {
    return entry.second.last_seen <= limit && left > 0 && left-- > 0;
  });
}

// format, count, then per producer: id, epoch, last seen, batches, then per batch: first sequence,
// last sequence, base offset, last timestamp. All varints (engine/encoding.h).
std::string Producers::Serialize() const {
  std::vector<int64_t> ids;
  ids.reserve(producers_.size());
  for (const auto& [id, producer] : producers_) ids.push_back(id);
  std::sort(ids.begin(), ids.end());
  Encoder out;
  out.U64(kFormat).U64(ids.size());
  for (const int64_t id : ids) {
    const Producer& producer = producers_.find(id)->second;
    out.I64(id).I64(producer.epoch).Time(producer.last_seen).U64(producer.sent_count);
    for (int i = 0; i < producer.sent_count; ++i) {
      const Sent& sent = producer.sent[i];
      out.I64(sent.first_sequence).I64(sent.last_sequence);
      out.I64(sent.base_offset).I64(sent.last_timestamp_ms);
    }
  }
  return out.Take();
}

absl::StatusOr<Producers::Map> Producers::Decode(std::string_view bytes) {
  const auto damaged = [] { return MakeError(Errc::kCorrupt, "damaged producer state"); };
  const auto is_sequence = [](int64_t value) { return value >= 0 && value <= kSequenceMask; };
  Decoder in(bytes);
  if (in.U64() != kFormat) return damaged();
  const uint64_t count = in.Count();
  if (!in.ok() || count > kMaxProducers) return damaged();
  Map decoded;
  int64_t previous = 0;
  for (uint64_t i = 0; i < count; ++i) {
    const int64_t id = in.I64(), epoch = in.I64();
    Producer producer;
    producer.last_seen = in.Time();
    const uint64_t sent_count = in.U64();
    if (!in.ok() || epoch < INT16_MIN || epoch > INT16_MAX || (i > 0 && id <= previous))
      return damaged();
    if (sent_count > kWindow) return damaged();
    producer.epoch = static_cast<int16_t>(epoch);
    producer.sent_count = static_cast<uint8_t>(sent_count);
    for (uint64_t j = 0; j < sent_count; ++j) {
      const int64_t first = in.I64(), last = in.I64(), base = in.I64(), timestamp = in.I64();
      if (!in.ok() || !is_sequence(first) || !is_sequence(last) || base < 0) return damaged();
      producer.sent[j] = {static_cast<int32_t>(first), static_cast<int32_t>(last), base, timestamp};
    }
    decoded.emplace(id, producer);
    previous = id;
  }
  if (!in.ok() || !in.rest().empty()) return damaged();
  return decoded;
}

absl::Status Producers::Restore(std::string_view bytes) {
  auto decoded = Decode(bytes);
  if (!decoded.ok()) return decoded.status();
  producers_ = *std::move(decoded);
  return absl::OkStatus();
}

}  // namespace braid::engine
