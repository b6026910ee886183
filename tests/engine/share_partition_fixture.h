// One partition of a share group, spoken to in short words.
#ifndef BRAID_TESTS_ENGINE_SHARE_PARTITION_FIXTURE_H_
#define BRAID_TESTS_ENGINE_SHARE_PARTITION_FIXTURE_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/group_offsets.h"
#include "engine/share_partitions.h"
#include "tests/engine/engine_fixture.h"

namespace braid::engine {

class SharePartitionTest : public EngineTest {
 protected:
  SharePartitionTest() { stream_ = Create("jobs"); }

  void Begin(SharePolicy policy = {}) {
    auto group = EnsureSharePartition(*stream_, "workers", policy, writes_);
    ASSERT_TRUE(group.ok()) << group.status();
    group_ = *group;
  }
  // A batch of `n` records; of a transaction of that producer's, if there is one.
  void Produce(int n, int64_t producer_id = -1, int32_t sequence = 0) {
    const bool transactional = producer_id >= 0;
    storage::BatchBuilder builder({.attributes = static_cast<uint16_t>(transactional ? 0x10 : 0),
                                   .producer_id = producer_id,
                                   .producer_epoch = static_cast<int16_t>(transactional ? 0 : -1),
                                   .base_sequence = transactional ? sequence : -1});
    for (int i = 0; i < n; ++i) {
      RecordView record;
      record.value = "value";
      record.timestamp_ms = absl::ToUnixMillis(clock_.Now());
      builder.Add(record);
    }
    const auto appended = stream_->AppendBatch(builder.Build(), writes_);
    ASSERT_TRUE(appended.ok()) << appended.status();
  }
  void EndTransaction(int64_t producer_id, bool committed) {
    const absl::Status ended = stream_->EndTransaction(
        {.producer_id = producer_id, .producer_epoch = 0, .committed = committed}, writes_);
    ASSERT_TRUE(ended.ok()) << ended;
  }

  Acquired AcquireAs(std::string_view member, AcquireRequest request = {}) {
    request.consumer = member;
    auto acquired = group_->Acquire(request, writes_);
    EXPECT_TRUE(acquired.ok()) << acquired.status();
    return acquired.ok() ? *std::move(acquired) : Acquired();
  }
  static AcquireRequest AtMost(int64_t records) {
    AcquireRequest request;
    request.max_records = records;
    request.whole_batches = false;
    return request;
  }
  // "0-9x1 12-12x3": the runs, and how often their records were delivered.
  static std::string Text(const Acquired& acquired) {
    std::string text;
    for (const AcquiredRun& run : acquired.runs) {
      if (!text.empty()) text += ' ';
      text += std::to_string(run.first) + '-' + std::to_string(run.last) + 'x' +
              std::to_string(run.delivery_count);
    }
    return text;
  }
  Errc Settle(std::string_view member, Offset first, Offset last, Verdict verdict) {
    const Settlement settlement{first, last, {verdict}};
    return CodeOf(group_->Settle(member, {&settlement, 1}, writes_));
  }
  void Restart() {
    Commit();
    group_.reset();
    stream_.reset();
    Reopen();
    stream_ = Find("jobs");
    group_ = SharePartitionOf(*stream_, "workers");
    ASSERT_NE(group_, nullptr);
  }

  StreamPtr stream_;
  GroupPtr group_;
};

}  // namespace braid::engine

#endif  // BRAID_TESTS_ENGINE_SHARE_PARTITION_FIXTURE_H_
