// Members of a share group do as they please, and the process dies now and then: what must hold
// whatever they do. The seed is printed; BRAID_SEED repeats a run.
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <random>
#include <set>

#include "tests/engine/share_partition_fixture.h"

namespace braid::engine {
namespace {

constexpr int kMaxDeliveries = 4;
constexpr absl::Duration kLock = absl::Seconds(30);

class SharePartitionRandomTest : public SharePartitionTest {
 protected:
  struct Record {
    int deliveries = 0;
    std::string holder;  // empty: nobody
    absl::Time until;
    bool done = false;  // accepted, rejected, or given up
  };

  void Watch() {
    group_->SetExhaustedListener([this](const PendingEntry& entry) {
      Record& record = records_[entry.offset];
      EXPECT_FALSE(record.done) << entry.offset;
      if (!entry.rejected) EXPECT_EQ(record.deliveries, kMaxDeliveries) << entry.offset;
      record.done = true;
      record.holder.clear();
    });
  }
  // Locks that are over hold nothing. What was delivered often enough is given up by the engine.
  void LetLocksExpire() {
    for (auto& [offset, record] : records_) {
      if (!record.holder.empty() && record.until <= clock_.Now()) record.holder.clear();
    }
  }
  void Acquire(const std::string& member) {
    AcquireRequest request;
    request.max_records = 1 + Random(20);
    request.whole_batches = Random(2) == 0;
    request.run_length = 1 + Random(10);
    const Acquired acquired = AcquireAs(member, request);
    LetLocksExpire();
    Offset before = -1;
    for (const AcquiredRun& run : acquired.runs) {
      EXPECT_GT(run.first, before) << "runs ascend";
      before = run.last;
      for (Offset offset = run.first; offset <= run.last; ++offset) {
        Record& record = records_.at(offset);
        EXPECT_FALSE(record.done) << offset << " is over";
        EXPECT_TRUE(record.holder.empty()) << offset << " is held by " << record.holder;
        EXPECT_EQ(run.delivery_count, ++record.deliveries) << offset;
        record.holder = member;
        record.until = clock_.Now() + kLock;
      }
    }
  }
  void SettleSome(const std::string& member) {
    LetLocksExpire();
    std::vector<Settlement> settlements;
    for (const auto& [offset, record] : records_) {
      if (record.holder != member || Random(3) == 0) continue;
      settlements.push_back({offset, offset, {static_cast<Verdict>(1 + Random(4))}});
    }
    if (settlements.empty()) return;
    for (const Settlement& settlement : settlements) Expect(settlement);
    const absl::Status settled = group_->Settle(member, settlements, writes_);
    EXPECT_TRUE(settled.ok()) << settled;
  }
  void Expect(const Settlement& settlement) {
    Record& record = records_.at(settlement.first);
    switch (settlement.verdicts.front()) {
      case Verdict::kAccept:
      case Verdict::kGap:
        record.done = true;
        break;
      case Verdict::kRenew:
        record.until = clock_.Now() + kLock;
        return;
      case Verdict::kReject:
      case Verdict::kRelease:
        break;  // the listener hears of what is given up
    }
    record.holder.clear();
  }
  void GiveBack(const std::string& member) {
    LetLocksExpire();
    group_->ReleaseAll(member, writes_);
    for (auto& [offset, record] : records_) {
      if (record.holder != member) continue;
      record.holder.clear();
      --record.deliveries;
    }
  }
  // Nobody may settle what it does not hold.
  void Meddle(const std::string& member) {
    LetLocksExpire();
    for (const auto& [offset, record] : records_) {
      if (record.holder == member || Random(10) != 0) continue;
      EXPECT_EQ(Settle(member, offset, offset, Verdict::kAccept), Errc::kInvalidRecordState);
      return;
    }
  }
  void MoreRecords() {
    const int n = 1 + static_cast<int>(Random(8));
    const Offset first = stream_->next_offset();
    Produce(n);
    for (Offset offset = first; offset < first + n; ++offset) records_[offset];
  }
  int64_t Random(int64_t below) {
    return std::uniform_int_distribution<int64_t>(0, below - 1)(random_);
  }
  void Step() {
    const std::string member(1, static_cast<char>('a' + Random(4)));
    switch (Random(12)) {
      case 0:
      case 1:
        return MoreRecords();
      case 2:
      case 3:
      case 4:
        return Acquire(member);
      case 5:
      case 6:
      case 7:
        return SettleSome(member);
      case 8:
        return GiveBack(member);
      case 9:
        return Meddle(member);
      case 10:
        Advance(absl::Seconds(Random(20)));
        return LetLocksExpire();
      default:
        if (Random(4) != 0) return;
        Restart();
        return Watch();
    }
  }
  // Everybody is diligent from now on: nothing may be left over.
  void Finish() {
    Advance(kLock);
    LetLocksExpire();
    for (size_t i = 0; i <= records_.size(); ++i) {
      Acquire("a");
      for (auto& [offset, record] : records_) {
        if (record.holder != "a") continue;
        ASSERT_EQ(Settle("a", offset, offset, Verdict::kAccept), Errc::kOk);
        record.done = true;
        record.holder.clear();
      }
    }
    for (const auto& [offset, record] : records_) EXPECT_TRUE(record.done) << offset << " is lost";
    EXPECT_EQ(group_->FirstUnsettled(), stream_->next_offset());
    EXPECT_EQ(group_->Info().pending, 0);
  }

  std::mt19937_64 random_;
  std::map<Offset, Record> records_;
};

TEST_F(SharePartitionRandomTest, NothingIsLostOrGivenTwice) {
  const char* given = std::getenv("BRAID_SEED");
  const uint64_t seed =
      given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device{}();
  SCOPED_TRACE("BRAID_SEED=" + std::to_string(seed));
  random_.seed(seed);
  Begin({.lock = kLock, .max_deliveries = kMaxDeliveries, .max_locks = 100});
  Watch();
  for (int step = 0; step < 1'500 && !HasFailure(); ++step) Step();
  Finish();
}

}  // namespace
}  // namespace braid::engine
