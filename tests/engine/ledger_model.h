// The ledger's rules written as plainly as possible: a list of entries and a list of what is due,
// searched from end to end. Slow on purpose; the tests hold the real one against it.
#ifndef BRAID_TESTS_ENGINE_LEDGER_MODEL_H_
#define BRAID_TESTS_ENGINE_LEDGER_MODEL_H_

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "engine/ledger.h"

namespace braid::engine {

class LedgerModel {
 public:
  explicit LedgerModel(LedgerPolicy policy) : policy_(std::move(policy)) {}

  Delivery Deliver(Offset offset, ConsumerId consumer, absl::Time now, int64_t seq) {
    Delivery* entry = Get(offset);
    if (entry == nullptr) {
      Delivery fresh;
      fresh.offset = offset;
      fresh.first_seq = seq;
      entries_.push_back(fresh);
      entry = &entries_.back();
    }
    entry->consumer = consumer;
    entry->count += 1;
    return Start(*entry, now);
  }

  std::optional<Delivery> Ack(Offset offset) {
    const Delivery* entry = Get(offset);
    if (entry == nullptr) return std::nullopt;
    const Delivery gone = *entry;
    std::erase_if(entries_, [&](const Delivery& d) { return d.offset == offset; });
    std::erase(queue_, offset);
    return gone;
  }

  std::vector<Delivery> RemoveIf(auto condition) {
    std::vector<Delivery> gone;
    for (Offset offset : Offsets()) {
      if (condition(*Get(offset))) gone.push_back(*Ack(offset));
    }
    return gone;
  }
  std::vector<Delivery> AckThrough(Offset offset) {
    return RemoveIf([&](const Delivery& d) { return d.offset <= offset; });
  }
  std::vector<Delivery> Remove(Offset begin, Offset end) {
    return RemoveIf([&](const Delivery& d) { return begin <= d.offset && d.offset < end; });
  }
  std::vector<Delivery> RemoveConsumer(ConsumerId consumer) {
    return RemoveIf([&](const Delivery& d) { return d.consumer == consumer; });
  }

  Ledger::Released Release(Offset offset, absl::Time now, absl::Duration delay) {
    Delivery* entry = Get(offset);
    if (entry == nullptr) return {};
    if (Queued(offset)) return {*entry, false};
    if (SpentAllDeliveries(*entry)) return {Ack(offset), true};
    entry->due = true;
    entry->deadline = absl::InfiniteFuture();
    entry->due_at = now + std::max(delay, absl::ZeroDuration());
    if (delay <= absl::ZeroDuration()) queue_.push_back(offset);
    return {*entry, false};
  }

  bool Extend(Offset offset, absl::Time now) {
    Delivery* entry = Get(offset);
    if (entry == nullptr || entry->due) return false;
    entry->deadline = now + Wait(entry->count);
    return true;
  }

  std::optional<Delivery> Claim(Offset offset, ConsumerId to, absl::Time now,
                                absl::Duration min_idle, const ClaimOptions& options) {
    Delivery* entry = Get(offset);
    if (entry == nullptr && !options.force) return std::nullopt;
    if (entry == nullptr) {
      Delivery fresh;
      fresh.offset = offset;
      fresh.count = 1;
      fresh.first_seq = options.first_seq;
      entries_.push_back(fresh);
      entry = &entries_.back();
    } else if (now - entry->delivered_at < min_idle) {
      return std::nullopt;
    }
    entry->consumer = to;
    if (options.count.has_value()) {
      entry->count = *options.count;
    } else if (!options.keep_count) {
      entry->count += 1;
    }
    return Start(*entry, options.delivered_at.value_or(now));
  }

  Ledger::Expired Expire(absl::Time now) {
    Ledger::Expired expired;
    for (Offset offset : Offsets()) {
      Delivery* entry = Get(offset);
      if (Queued(offset)) continue;
      if (entry->due && entry->due_at <= now) {
        expired.due.push_back(offset);
      } else if (!entry->due && entry->deadline <= now) {
        if (SpentAllDeliveries(*entry)) {
          expired.exhausted.push_back(*Ack(offset));
          continue;
        }
        entry->due = true;
        entry->due_at = std::exchange(entry->deadline, absl::InfiniteFuture());
        expired.due.push_back(offset);
      }
    }
    queue_.insert(queue_.end(), expired.due.begin(), expired.due.end());
    return expired;
  }

  void Restore(const Delivery& delivery) {
    Ack(delivery.offset);
    entries_.push_back(delivery);
  }

  const std::vector<Offset>& queue() const { return queue_; }
  absl::Time NextDeadline() const {
    absl::Time next = absl::InfiniteFuture();
    for (const Delivery& d : entries_) {
      if (!Queued(d.offset)) next = std::min(next, d.due ? d.due_at : d.deadline);
    }
    return next;
  }
  std::vector<Delivery> All() const {
    std::vector<Delivery> all = entries_;
    std::sort(all.begin(), all.end(),
              [](const Delivery& a, const Delivery& b) { return a.offset < b.offset; });
    return all;
  }

 private:
  Delivery* Get(Offset offset) {
    for (Delivery& d : entries_) {
      if (d.offset == offset) return &d;
    }
    return nullptr;
  }
  std::vector<Offset> Offsets() const {
    std::vector<Offset> offsets;
    for (const Delivery& d : All()) offsets.push_back(d.offset);
    return offsets;
  }
  bool Queued(Offset offset) const {
    return std::find(queue_.begin(), queue_.end(), offset) != queue_.end();
  }
  bool SpentAllDeliveries(const Delivery& d) const {
    return policy_.max_deliver >= 1 && d.count >= policy_.max_deliver;
  }
  absl::Duration Wait(int64_t count) const {
    const auto& backoff = policy_.backoff;
    if (!backoff.empty()) {
      if (count < 1) return backoff.front();
      return count > static_cast<int64_t>(backoff.size()) ? backoff.back() : backoff[count - 1];
    }
    return policy_.ack_wait == absl::ZeroDuration() ? absl::InfiniteDuration() : policy_.ack_wait;
  }
  Delivery Start(Delivery& entry, absl::Time at) {
    std::erase(queue_, entry.offset);
    entry.delivered_at = at;
    entry.deadline = at + Wait(entry.count);
    entry.due = false;
    entry.due_at = absl::InfiniteFuture();
    return entry;
  }

  LedgerPolicy policy_;
  std::vector<Delivery> entries_;
  std::vector<Offset> queue_;  // due, in the order to deliver
};

}  // namespace braid::engine

#endif  // BRAID_TESTS_ENGINE_LEDGER_MODEL_H_
