#include "engine/ledger.h"

#include <algorithm>
#include <cassert>

namespace braid::engine {
namespace {

constexpr int64_t kNever = std::numeric_limits<int64_t>::max();

// absl::Time <-> Unix nanoseconds; what does not fit saturates, and the infinities survive.
int64_t ToNanos(absl::Time time) {
  return absl::ToUnixNanos(time);
}

absl::Time FromNanos(int64_t nanos) {
  if (nanos == kNever) return absl::InfiniteFuture();
  if (nanos == std::numeric_limits<int64_t>::min()) return absl::InfinitePast();
  return absl::FromUnixNanos(nanos);
}

int64_t Saturating(int64_t count) {
  return count == kNever ? count : count + 1;
}

}  // namespace

Ledger::Ledger(LedgerPolicy policy) : policy_(std::move(policy)) {}

void Ledger::set_policy(LedgerPolicy policy) {
  policy_ = std::move(policy);
}

absl::Duration Ledger::Wait(int64_t count) const {
  if (!policy_.backoff.empty()) {
    const int64_t last = static_cast<int64_t>(policy_.backoff.size()) - 1;
    return policy_.backoff[std::clamp<int64_t>(count - 1, 0, last)];
  }
  return policy_.ack_wait > absl::ZeroDuration() ? policy_.ack_wait : absl::InfiniteDuration();
}

// --- Handing out ---

Delivery Ledger::Deliver(Offset offset, ConsumerId consumer, absl::Time now, int64_t seq) {
  const bool newest = entries_.empty() || entries_.rbegin()->first < offset;
  auto it = newest ? entries_.end() : entries_.find(offset);
  Entry& entry = it != entries_.end() ? it->second : Insert(offset, consumer, seq);
  SetConsumer(offset, entry, consumer);
  SetCount(offset, entry, Saturating(CountOf(offset, entry)));
  SetDelivered(offset, entry, ToNanos(now));
  Schedule(offset, entry, State::kOut, DeadlineOf(offset, entry));
  return ToDelivery(offset, entry);
}

std::optional<Delivery> Ledger::Claim(Offset offset, ConsumerId to, absl::Time now,
                                      absl::Duration min_idle, const ClaimOptions& options) {
  auto it = entries_.find(offset);
  const bool created = it == entries_.end();
  if (created) {
    if (!options.force) return std::nullopt;
    SetCount(offset, Insert(offset, to, options.first_seq), 1);
    it = entries_.find(offset);
  } else if (it->second.consumer != kNobody && min_idle > absl::ZeroDuration() &&
             now - FromNanos(it->second.delivered_at) < min_idle) {
    return std::nullopt;
  }
  Entry& entry = it->second;
  SetConsumer(offset, entry, to);
  if (options.count.has_value()) {
    SetCount(offset, entry, *options.count);
  } else if (!options.keep_count) {
    SetCount(offset, entry, Saturating(CountOf(offset, entry)));
  }
  SetDelivered(offset, entry, ToNanos(options.delivered_at.value_or(now)));
  Schedule(offset, entry, State::kOut, DeadlineOf(offset, entry));
  return ToDelivery(offset, entry);
}

bool Ledger::Extend(Offset offset, absl::Time now) {
  auto it = entries_.find(offset);
  if (it == entries_.end() || it->second.state != State::kOut) return false;
  const int64_t count = CountOf(offset, it->second);
  Schedule(offset, it->second, State::kOut, ToNanos(now + Wait(count)));
  return true;
}

// --- Settling and giving back ---

std::optional<Delivery> Ledger::Ack(Offset offset) {
  auto it = entries_.find(offset);
  if (it == entries_.end()) return std::nullopt;
  return Erase(it);
}

std::vector<Delivery> Ledger::AckThrough(Offset offset) {
  std::vector<Delivery> settled;
  while (!entries_.empty() && entries_.begin()->first <= offset) {
    settled.push_back(Erase(entries_.begin()));
  }
  return settled;
}

std::vector<Delivery> Ledger::Remove(Offset begin, Offset end) {
  std::vector<Delivery> removed;
  for (auto it = entries_.lower_bound(begin); it != entries_.end() && it->first < end;
       it = entries_.lower_bound(begin)) {
    removed.push_back(Erase(it));
  }
  return removed;
}

std::vector<Delivery> Ledger::RemoveConsumer(ConsumerId consumer) {
  std::vector<Delivery> removed;
  auto held = by_consumer_.find(consumer);
  if (held == by_consumer_.end()) return removed;
  const std::vector<Offset> offsets(held->second.begin(), held->second.end());
  removed.reserve(offsets.size());
  for (Offset offset : offsets) removed.push_back(Erase(entries_.find(offset)));
  return removed;
}

Ledger::Released Ledger::Release(Offset offset, absl::Time now, absl::Duration delay) {
  auto it = entries_.find(offset);
  if (it == entries_.end()) return {};
  Entry& entry = it->second;
  if (entry.state == State::kQueued) return {ToDelivery(offset, entry), false};
  if (Exhausted(offset, entry)) return {Erase(it), true};
  if (delay <= absl::ZeroDuration()) {
    StartSweep();
    Schedule(offset, entry, State::kQueued, ToNanos(now));
  } else {
    Schedule(offset, entry, State::kDelayed, ToNanos(now + delay));
  }
  return {ToDelivery(offset, entry), false};
}

std::optional<Delivery> Ledger::Retract(Offset offset, absl::Time now) {
  auto it = entries_.find(offset);
  if (it == entries_.end() || it->second.state != State::kOut) return std::nullopt;
  SetCount(offset, it->second, CountOf(offset, it->second) - 1);
  StartSweep();
  Schedule(offset, it->second, State::kQueued, ToNanos(now));
  return ToDelivery(offset, it->second);
}

std::optional<Delivery> Ledger::Disown(Offset offset, absl::Time now,
                                       std::optional<int64_t> count) {
  auto it = entries_.find(offset);
  if (it == entries_.end()) return std::nullopt;
  Entry& entry = it->second;
  if (count.has_value()) SetCount(offset, entry, *count);
  if (entry.consumer != kNobody) {
    SetConsumer(offset, entry, kNobody);
    if (idle_.has_value()) idle_->erase({entry.delivered_at, offset});
    // Times alone give their order, so that it survives a restart: no two are the same.
    int64_t at = ToNanos(now);
    if (!disowned_.empty()) at = std::max(at, disowned_.rbegin()->first + 1);
    Schedule(offset, entry, State::kDisowned, at);
  }
  return ToDelivery(offset, entry);
}

Ledger::Expired Ledger::Expire(absl::Time now) {
  std::vector<Offset> passed;
  const int64_t now_nanos = ToNanos(now);
  for (const auto& [at, offset] : timers_) {
    if (at > now_nanos) break;
    passed.push_back(offset);
  }
  Expired expired;
  if (passed.empty()) return expired;
  std::sort(passed.begin(), passed.end());
  StartSweep();
  for (Offset offset : passed) {
    auto it = entries_.find(offset);
    Entry& entry = it->second;
    // A release was checked when it was made; only the end of a wait can exhaust here.
    if (entry.state == State::kOut && Exhausted(offset, entry)) {
      expired.exhausted.push_back(Erase(it));
    } else {
      Schedule(offset, entry, State::kQueued, TimingOf(offset, entry).at);
      expired.due.push_back(offset);
    }
  }
  return expired;
}

// --- Looking ---

std::vector<Offset> Ledger::NextDue(size_t max) const {
  std::vector<Offset> due;
  due.reserve(std::min(max, queue_.size()));
  for (const auto& [sweep, offset] : queue_) {
    if (due.size() >= max) break;
    due.push_back(offset);
  }
  return due;
}

std::optional<Offset> Ledger::FirstDue() const {
  if (queue_.empty()) return std::nullopt;
  return queue_.begin()->second;
}

absl::Time Ledger::NextDeadline() const {
  return timers_.empty() ? absl::InfiniteFuture() : FromNanos(timers_.begin()->first);
}

void Ledger::SortIdle() {
  if (idle_.has_value()) return;
  std::vector<std::pair<int64_t, Offset>> owned;
  owned.reserve(entries_.size());
  for (const auto& [offset, entry] : entries_) {
    if (entry.consumer != kNobody) owned.emplace_back(entry.delivered_at, offset);
  }
  std::sort(owned.begin(), owned.end());
  idle_.emplace(owned.begin(), owned.end());
}

void Ledger::ForEachIdle(absl::Time until, absl::FunctionRef<bool(const Delivery&)> fn) {
  SortIdle();
  for (const auto& [at, offset] : disowned_) {
    if (!fn(ToDelivery(offset, entries_.find(offset)->second))) return;
  }
  const int64_t until_nanos = ToNanos(until);
  for (const auto& [delivered_at, offset] : *idle_) {
    if (delivered_at > until_nanos) return;
    if (!fn(ToDelivery(offset, entries_.find(offset)->second))) return;
  }
}

absl::Time Ledger::OldestDelivery() {
  SortIdle();
  if (!disowned_.empty()) return absl::InfinitePast();
  return idle_->empty() ? absl::InfiniteFuture() : FromNanos(idle_->begin()->first);
}

void Ledger::PassOver(Offset offset) {
  auto it = entries_.find(offset);
  if (it == entries_.end()) return;
  if (idle_.has_value()) idle_->erase({it->second.delivered_at, offset});
  if (it->second.state == State::kDisowned) {
    Schedule(offset, it->second, State::kDisowned, kNever);
  }
}

std::optional<Delivery> Ledger::Find(Offset offset) const {
  auto it = entries_.find(offset);
  if (it == entries_.end()) return std::nullopt;
  return ToDelivery(offset, it->second);
}

void Ledger::ForEach(Offset begin, Offset end, std::optional<ConsumerId> consumer,
                     absl::FunctionRef<bool(const Delivery&)> fn) const {
  if (!consumer.has_value()) {
    for (auto it = entries_.lower_bound(begin); it != entries_.end() && it->first < end; ++it) {
      if (!fn(ToDelivery(it->first, it->second))) return;
    }
    return;
  }
  auto held = by_consumer_.find(*consumer);
  if (held == by_consumer_.end()) return;
  const auto& offsets = held->second;
  for (auto it = offsets.lower_bound(begin); it != offsets.end() && *it < end; ++it) {
    if (!fn(ToDelivery(*it, entries_.find(*it)->second))) return;
  }
}

int64_t Ledger::PendingOf(ConsumerId consumer) const {
  auto held = by_consumer_.find(consumer);
  return held == by_consumer_.end() ? 0 : static_cast<int64_t>(held->second.size());
}

int64_t Ledger::Room() const {
  if (policy_.max_outstanding < 1) return std::numeric_limits<int64_t>::max();
  return std::max<int64_t>(0, policy_.max_outstanding - size());
}

std::optional<Offset> Ledger::lowest() const {
  if (entries_.empty()) return std::nullopt;
  return entries_.begin()->first;
}

std::optional<Offset> Ledger::highest() const {
  if (entries_.empty()) return std::nullopt;
  return entries_.rbegin()->first;
}

void Ledger::Restore(const Delivery& delivery) {
  const Offset offset = delivery.offset;
  Ack(offset);
  Entry& entry = Insert(offset, delivery.consumer, delivery.first_seq);
  SetDelivered(offset, entry, ToNanos(delivery.delivered_at));
  SetCount(offset, entry, delivery.count);
  if (delivery.consumer == kNobody) {
    Schedule(offset, entry, State::kDisowned, ToNanos(delivery.due_at));
  } else if (delivery.due) {
    Schedule(offset, entry, State::kDelayed, ToNanos(delivery.due_at));
  } else {
    Schedule(offset, entry, State::kOut, ToNanos(delivery.deadline));
  }
}

// --- One entry ---

Delivery Ledger::ToDelivery(Offset offset, const Entry& entry) const {
  const Timing timing = TimingOf(offset, entry);
  Delivery delivery;
  delivery.offset = offset;
  delivery.consumer = entry.consumer;
  delivery.delivered_at = FromNanos(entry.delivered_at);
  delivery.count = CountOf(offset, entry);
  delivery.first_seq = timing.first_seq;
  delivery.due = entry.state != State::kOut;
  (delivery.due ? delivery.due_at : delivery.deadline) = FromNanos(timing.at);
  return delivery;
}

// Out, without a deadline: on no list yet.
Ledger::Entry& Ledger::Insert(Offset offset, ConsumerId consumer, int64_t first_seq) {
  // Mostly the newest.
  Entry& inserted = entries_.try_emplace(entries_.end(), offset)->second;
  inserted.consumer = consumer;
  inserted.timed = first_seq != 0;
  if (first_seq != 0) timings_[offset] = {.at = kNever, .first_seq = first_seq};
  absl::btree_set<Offset>& held = by_consumer_[consumer];
  held.insert(held.end(), offset);
  return inserted;
}

Delivery Ledger::Erase(Entries::iterator it) {
  const Offset offset = it->first;
  Entry& entry = it->second;
  const Delivery gone = ToDelivery(offset, entry);
  Unschedule(offset, entry);
  SetCount(offset, entry, 0);
  if (entry.timed) timings_.erase(offset);
  if (idle_.has_value()) idle_->erase({entry.delivered_at, offset});
  auto held = by_consumer_.find(gone.consumer);
  held->second.erase(offset);
  if (held->second.empty()) by_consumer_.erase(held);
  entries_.erase(it);
  return gone;
}

int64_t Ledger::CountOf(Offset offset, const Entry& entry) const {
  return entry.count == kLarge ? large_counts_.find(offset)->second : entry.count;
}

void Ledger::SetCount(Offset offset, Entry& entry, int64_t count) {
  redelivered_ += (count > 1) - (CountOf(offset, entry) > 1);
  if (entry.count == kLarge) large_counts_.erase(offset);
  const bool fits = count >= 0 && count < int64_t{kLarge};
  if (!fits) large_counts_[offset] = count;
  entry.count = fits ? static_cast<uint32_t>(count) : kLarge;
}

void Ledger::SetConsumer(Offset offset, Entry& entry, ConsumerId consumer) {
  if (entry.consumer == consumer) return;
  auto held = by_consumer_.find(entry.consumer);
  held->second.erase(offset);
  if (held->second.empty()) by_consumer_.erase(held);
  by_consumer_[consumer].insert(offset);
  entry.consumer = consumer;
}

void Ledger::SetDelivered(Offset offset, Entry& entry, int64_t at) {
  if (idle_.has_value()) {
    idle_->erase({entry.delivered_at, offset});
    if (entry.consumer != kNobody) idle_->emplace(at, offset);
  }
  entry.delivered_at = at;
}

Ledger::Timing Ledger::TimingOf(Offset offset, const Entry& entry) const {
  if (!entry.timed) return {.at = kNever, .first_seq = 0};
  return timings_.find(offset)->second;
}

void Ledger::SetAt(Offset offset, Entry& entry, int64_t at) {
  if (!entry.timed && at == kNever) return;
  Timing& timing = timings_[offset];
  timing.at = at;
  entry.timed = 1;
  if (at == kNever && timing.first_seq == 0) {
    timings_.erase(offset);
    entry.timed = 0;
  }
}

void Ledger::Schedule(Offset offset, Entry& entry, State state, int64_t at) {
  Unschedule(offset, entry);
  entry.state = state;
  SetAt(offset, entry, at);
  if (state == State::kQueued) {
    sweeps_[offset] = sweep_;
    queue_.emplace(sweep_, offset);
  } else if (at != kNever) {
    (state == State::kDisowned ? disowned_ : timers_).emplace(at, offset);
  }
}

void Ledger::Unschedule(Offset offset, const Entry& entry) {
  if (entry.state == State::kQueued) {
    const auto place = sweeps_.find(offset);
    queue_.erase({place->second, offset});
    sweeps_.erase(place);
    return;
  }
  const int64_t at = TimingOf(offset, entry).at;
  if (at != kNever) (entry.state == State::kDisowned ? disowned_ : timers_).erase({at, offset});
}

// The number wraps after four thousand million sweeps during which the queue was never empty: then
// those queued are numbered anew.
void Ledger::StartSweep() {
  if (queue_.empty()) sweep_ = 0;
  if (++sweep_ != 0) return;
  const std::vector<std::pair<uint32_t, Offset>> queued(queue_.begin(), queue_.end());
  queue_.clear();
  for (const auto& [sweep, offset] : queued) {
    sweeps_[offset] = ++sweep_;
    queue_.emplace(sweep_, offset);
  }
  ++sweep_;
}

bool Ledger::Exhausted(Offset offset, const Entry& entry) const {
  return policy_.max_deliver >= 1 && CountOf(offset, entry) >= policy_.max_deliver;
}

int64_t Ledger::DeadlineOf(Offset offset, const Entry& entry) const {
  return ToNanos(FromNanos(entry.delivered_at) + Wait(CountOf(offset, entry)));
}

}  // namespace braid::engine
