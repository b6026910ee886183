// Many threads on one stream and one catalogue, each doing what a session does. What they see must
// hold together; the tsan build looks for what they may not share.
#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "tests/engine/engine_fixture.h"

namespace braid::engine {
namespace {

constexpr int kRounds = 300;

class EngineThreads : public EngineTest {
 protected:
  // Runs all of them at once: `busy` for so many rounds, `others` until those are done.
  using Step = std::function<void(int round, Writes& writes)>;
  void Run(const std::vector<Step>& busy, const std::vector<Step>& others) {
    std::atomic<int> left = static_cast<int>(busy.size());
    std::vector<std::thread> threads;
    for (const Step& step : busy) {
      threads.emplace_back([&] {
        Writes writes;
        for (int i = 0; i < kRounds; ++i) step(i, writes);
        --left;
      });
    }
    for (const Step& step : others) {
      threads.emplace_back([&] {
        Writes writes;
        for (int i = 0; left.load() > 0; ++i) step(i, writes);
      });
    }
    for (std::thread& thread : threads) thread.join();
  }

  void Publish(const StreamPtr& stream, int round, Writes& writes) {
    const std::string subject = "s." + std::to_string(round % 7);
    const std::string id = std::to_string(round / 2);
    RecordView record;
    record.key = subject;
    record.value = "payload";
    record.headers.push_back({"Nats-Msg-Id", id});
    AppendOptions options;
    options.origin = Origin::kNats;
    options.msg_id = id;
    EXPECT_TRUE(stream->Append(record, options, writes).ok());
    EXPECT_TRUE(catalog_->Commit(writes).ok());
  }

  StreamPtr CreateSubjects() {
    StreamOptions options;
    options.subjects = {"s.>"};
    options.owner = Origin::kNats;
    options.dedup_window = absl::Minutes(2);
    return Create("s", std::move(options));
  }

  static void ExpectAscending(const std::vector<StoredRecord>& records) {
    for (size_t i = 1; i < records.size(); ++i) {
      EXPECT_LT(records[i - 1].offset, records[i].offset);
      EXPECT_LT(records[i - 1].id, records[i].id);
    }
  }
};

TEST_F(EngineThreads, ReadersKeepWhatTheySawWhileOthersAppendAndDelete) {
  const StreamPtr stream = CreateSubjects();
  const auto publish = [&](int round, Writes& writes) { Publish(stream, round, writes); };
  const auto remove = [&](int round, Writes& writes) {
    const Offset start = stream->start_offset();
    const Offset offsets[] = {start + round % 50, start + round % 11};
    EXPECT_TRUE(stream->Delete(offsets, writes).ok());
    if (round % 20 == 0) EXPECT_TRUE(stream->TrimToCount(100, writes).ok());
    if (round % 50 == 0) EXPECT_TRUE(stream->Purge("s.3", std::nullopt, 2, writes).ok());
    EXPECT_TRUE(catalog_->Commit(writes).ok());
  };
  const auto read = [&](int round, Writes&) {
    const auto records = stream->Read({.max_records = 50, .reverse = round % 2 == 1});
    ASSERT_TRUE(records.ok());
    if (round % 2 == 0) ExpectAscending(*records);
    for (const StoredRecord& record : *records) EXPECT_EQ(record.value, "payload");
    EXPECT_TRUE(stream->CountFrom(0, {"s.1"}).ok());
    const StreamState state = stream->State();
    EXPECT_LE(state.start_offset, state.next_offset);
    EXPECT_LE(state.next_offset, stream->next_offset());  // which only grows
    (void)stream->ReadLast("s.2");
  };
  const auto sync = [&](int, Writes&) { EXPECT_TRUE(catalog_->Flush().ok()); };
  Run({publish, publish, remove}, {read, read, sync});
  const StreamState before = stream->State();
  Reopen();
  const StreamState after = Find("s")->State();
  EXPECT_EQ(after.records, before.records);
  EXPECT_EQ(after.next_offset, before.next_offset);
  EXPECT_EQ(after.last_id, before.last_id);
}

TEST_F(EngineThreads, EachRecordOfAGroupIsSettledOnce) {
  const StreamPtr stream = CreateSubjects();
  GroupOptions options;
  options.owner = Origin::kNats;
  options.ack_wait = absl::Seconds(30);
  const GroupPtr group = CreateGroup(stream, "workers", options);
  std::atomic<int64_t> settled = 0;
  const auto publish = [&](int round, Writes& writes) { Publish(stream, round, writes); };
  const auto work = [&](int round, Writes& writes) {
    const std::string me = std::to_string(round % 3);
    const auto records = group->Fetch({.consumer = me, .max_records = 5}, writes);
    ASSERT_TRUE(records.ok());
    for (const DeliveredRecord& record : *records) {
      const bool again = record.offset % 10 == 0 && record.delivery_count == 1;
      const auto done = again ? group->Nak(record.offset, absl::ZeroDuration(), writes)
                              : group->Ack(record.offset, writes);
      ASSERT_TRUE(done.ok());
      if (*done && !again) ++settled;
    }
    EXPECT_TRUE(catalog_->Commit(writes).ok());
    group->Wait(std::make_shared<Waiter>([] {}));
  };
  const auto look = [&](int, Writes&) {
    const GroupInfo info = group->Info();
    EXPECT_LE(info.ack_floor_offset, info.delivered_offset);
    (void)group->Pending({});
    (void)group->Consumers();
  };
  const auto tick = [&](int, Writes&) { Advance(absl::Milliseconds(1)); };
  Run({publish, publish}, {work, work, look, tick});
  Writes writes;
  for (int round = 0; group->Info().lag + group->Info().pending > 0; ++round) {
    ASSERT_LT(round, 10 * kRounds);
    work(round, writes);
    Advance(absl::Seconds(31));
  }
  EXPECT_EQ(settled, stream->next_offset());
}

TEST_F(EngineThreads, TopicsComeAndGoWhileTheyAreLookedUp) {
  const StreamPtr kept = CreateSubjects();
  const auto churn = [&](const std::string& name) {
    return [this, name](int, Writes& writes) {
      ASSERT_TRUE(catalog_->CreateTopic(name, 2, {}, writes).ok());
      EXPECT_TRUE(catalog_->Commit(writes).ok());
      EXPECT_TRUE(catalog_->DeleteTopic(name, writes).ok());
      EXPECT_TRUE(catalog_->PutSetting("test/" + name, name, writes).ok());
      EXPECT_TRUE(catalog_->NextId(writes).ok());
      EXPECT_TRUE(catalog_->Commit(writes).ok());
    };
  };
  const auto write = [&](int, Writes& writes) {
    const StreamPtr stream = catalog_->FindRedis("a:1");
    if (stream == nullptr) return;
    RecordView record;
    record.value = "x";
    (void)stream->Append(record, {}, writes);  // it may be gone already
    (void)catalog_->Commit(writes);
    (void)stream->CreateGroup("g", {}, writes);
  };
  const auto look = [&](int round, Writes&) {
    EXPECT_EQ(catalog_->FindBySubject("s.1"), kept);
    (void)catalog_->FindBySubject("b");
    EXPECT_GE(catalog_->Topics().size(), 1u);
    (void)catalog_->Settings("test/");
    if (round % 10 == 0) catalog_->WaitTopics(std::make_shared<Waiter>([] {}));
  };
  const auto change = [&](int round, Writes& writes) {
    StreamOptions options = kept->options();
    options.max_records = 100 + round % 10;
    EXPECT_TRUE(kept->SetOptions(std::move(options), writes).ok());
    EXPECT_TRUE(catalog_->Commit(writes).ok());
  };
  Run({churn("a"), churn("b")}, {write, look, change});
  EXPECT_EQ(catalog_->Topics().size(), 1u);
}

TEST_F(EngineThreads, WhoeverWaitsForTheDiskIsWoken) {
  const StreamPtr stream = CreateSubjects();
  const auto write = [&](int round, Writes& writes) {
    RecordView record;
    record.key = "s.1";
    const std::string value = std::to_string(round);
    record.value = value;
    ASSERT_TRUE(stream->Append(record, {}, writes).ok());
    const auto ticket = catalog_->Commit(writes);
    ASSERT_TRUE(ticket.ok());
    std::atomic<bool> woken = false;
    catalog_->WaitDurable(*ticket, std::make_shared<Waiter>([&] { woken = true; }));
    while (!woken) std::this_thread::yield();
    EXPECT_TRUE(*catalog_->IsDurable(*ticket));
  };
  const auto sync = [&](int, Writes&) { EXPECT_TRUE(catalog_->Flush().ok()); };
  Run({write, write}, {sync});
}

}  // namespace
}  // namespace braid::engine
