#include "engine/stream.h"

#include <gmock/gmock.h>

#include "storage/crc32c.h"
#include "tests/engine/engine_fixture.h"

namespace braid::engine {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using StreamTest = EngineTest;

TEST_F(StreamTest, AppendIsReadBackBeforeAnyCommit) {
  StreamPtr stream = Create("s");
  EXPECT_EQ(Publish(stream, "s", "one")->base_offset, 0);
  EXPECT_EQ(Publish(stream, "s", "two")->base_offset, 1);
  EXPECT_THAT(ValuesOf(stream), ElementsAre("one", "two"));
}

TEST_F(StreamTest, WritersOfThreeModelsShareOneOrder) {
  StreamPtr stream = Create("s");
  ASSERT_TRUE(Publish(stream, "s", "nats").ok());
  ASSERT_TRUE(Produce(stream, {"kafka 1", "kafka 2"}, 5).ok());
  ASSERT_TRUE(Add(stream, {}, "redis").ok());
  EXPECT_THAT(ValuesOf(stream), ElementsAre("nats", "kafka 1", "kafka 2", "redis"));
}

TEST_F(StreamTest, CommittedRecordsSurviveReopening) {
  StreamPtr stream = Create("s");
  ASSERT_TRUE(Publish(stream, "s", "kept").ok());
  Commit();
  stream.reset();
  Reopen();
  EXPECT_THAT(ValuesOf(Find("s")), ElementsAre("kept"));
}

TEST_F(StreamTest, EntryIdsOfOneMillisecondCountUp) {
  StreamPtr stream = Create("s");
  const EntryId first = Add(stream, {}, "a")->id;
  const EntryId second = Add(stream, {}, "b")->id;
  EXPECT_EQ(second, (EntryId{first.ms, first.seq + 1}));
  clock_.Set(clock_.Now() - absl::Seconds(5));
  EXPECT_EQ(Add(stream, {}, "c")->id, (EntryId{first.ms, first.seq + 2}));
}

TEST_F(StreamTest, ExplicitEntryIdsAreFoundAgainAfterReopening) {
  StreamPtr stream = Create("s");
  const std::vector<EntryId> ids = {{5, 7}, {5, 8}, {5, 100}, {9, 0}, {9, 3}};
  for (const EntryId id : ids) ASSERT_TRUE(Add(stream, {id.ms, id.seq}, "x").ok());
  Commit();
  stream.reset();
  Reopen();
  stream = Find("s");
  for (size_t i = 0; i < ids.size(); ++i) {
    EXPECT_EQ(stream->Find(ids[i]).value_or(-1), static_cast<Offset>(i)) << Format(ids[i]);
  }
  EXPECT_EQ(CodeOf(stream->Find({5, 9}).status()), Errc::kRecordNotFound);
  EXPECT_EQ(stream->LowerBound({5, 9}).value_or(-1), 2);
  EXPECT_EQ(CodeOf(Add(stream, {9, 3}, "again").status()), Errc::kIdTooSmall);
}

TEST_F(StreamTest, LastEntryIdSurvivesTrimmingToNothingAndReopening) {
  StreamPtr stream = Create("s");
  ASSERT_TRUE(Add(stream, {50, 5}, "x").ok());
  EXPECT_EQ(stream->TrimToCount(0, writes_).value_or(-1), 1);
  Commit();
  stream.reset();
  Reopen();
  EXPECT_EQ(Find("s")->last_id(), (EntryId{50, 5}));
  EXPECT_EQ(CodeOf(Add(Find("s"), {50, 5}, "x").status()), Errc::kIdTooSmall);
}

TEST_F(StreamTest, RepeatedMessageIdIsADuplicateWithinItsWindow) {
  StreamPtr stream = Create("s", {.dedup_window = absl::Minutes(2)});
  ASSERT_TRUE(Publish(stream, "s", "one", {.msg_id = "a"}).ok());
  auto again = Publish(stream, "s", "one", {.msg_id = "a"});
  EXPECT_TRUE(again->duplicate);
  EXPECT_EQ(again->base_offset, 0);
  clock_.Advance(absl::Minutes(2) + absl::Seconds(1));
  EXPECT_FALSE(Publish(stream, "s", "one", {.msg_id = "a"})->duplicate);
}

TEST_F(StreamTest, MessageIdsAreRememberedOverReopening) {
  StreamPtr stream = Create("s", {.dedup_window = absl::Minutes(2)});
  ASSERT_TRUE(Publish(stream, "s", "one", {.msg_id = "a"}).ok());
  Commit();
  stream.reset();
  Reopen();
  EXPECT_TRUE(Publish(Find("s"), "s", "one", {.msg_id = "a"})->duplicate);
}

TEST_F(StreamTest, ExpectationsAreCheckedBeforeDuplicates) {
  StreamPtr stream = Create("s", {.dedup_window = absl::Minutes(2), .subjects = {"s"}});
  ASSERT_TRUE(Publish(stream, "s", "one", {.msg_id = "a", .expected_last = -1}).ok());
  EXPECT_EQ(CodeOf(Publish(stream, "s", "x", {.msg_id = "a", .expected_last = -1}).status()),
            Errc::kWrongLastOffset);
  EXPECT_EQ(CodeOf(Publish(stream, "s", "x", {.expected_last_key = -1}).status()),
            Errc::kWrongLastKeyOffset);
  EXPECT_EQ(CodeOf(Publish(stream, "s", "x", {.expected_last_msg_id = "b"}).status()),
            Errc::kWrongLastMessageId);
  EXPECT_TRUE(
      Publish(stream, "s", "x", {.expected_last_key = 0, .expected_last_msg_id = "a"}).ok());
}

TEST_F(StreamTest, CountLimitDropsTheOldest) {
  StreamPtr stream = Create("s", {.max_records = 2, .subjects = {"s"}});
  for (const char* value : {"1", "2", "3"}) ASSERT_TRUE(Publish(stream, "s", value).ok());
  EXPECT_THAT(ValuesOf(stream), ElementsAre("2", "3"));
  EXPECT_EQ(stream->State().records, 2);
  EXPECT_EQ(stream->SubjectCounts(">", 10).front().second, 2);
}

TEST_F(StreamTest, ByteLimitCountsAsJetStreamDoes) {
  // Each message takes 30 + 1 + 9 bytes.
  StreamPtr stream = Create("s", {.max_bytes = 80, .subjects = {"s"}});
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(Publish(stream, "s", "123456789").ok());
  EXPECT_EQ(stream->State().records, 2);
  EXPECT_EQ(stream->State().record_bytes, 80);
}

TEST_F(StreamTest, FullStreamThatDiscardsNewRefuses) {
  StreamPtr stream = Create("s", {.max_records = 1, .discard = Discard::kNew, .subjects = {"s"}});
  ASSERT_TRUE(Publish(stream, "s", "1").ok());
  EXPECT_EQ(CodeOf(Publish(stream, "s", "2").status()), Errc::kLimitReached);
}

TEST_F(StreamTest, KeepsTheNewestPerKey) {
  StreamPtr stream = Create("s", {.max_records_per_key = 1, .subjects = {"k.*"}});
  for (const char* subject : {"k.a", "k.b", "k.a", "k.a", "k.b"}) {
    ASSERT_TRUE(Publish(stream, subject, subject).ok());
  }
  EXPECT_THAT(ValuesOf(stream), ElementsAre("k.a", "k.b"));
  EXPECT_EQ(stream->ReadLast("k.a")->offset, 3);
}

TEST_F(StreamTest, OldRecordsGoWhenTheirTimeHasCome) {
  StreamPtr stream = Create("s", {.max_age = absl::Hours(24)});
  ASSERT_TRUE(Publish(stream, "s", "1").ok());
  Advance(absl::Hours(12));
  ASSERT_TRUE(Publish(stream, "s", "2").ok());
  Advance(absl::Hours(12));
  EXPECT_THAT(ValuesOf(stream), ElementsAre("2"));
  Advance(absl::Hours(12));
  EXPECT_THAT(ValuesOf(stream), IsEmpty());
  EXPECT_EQ(stream->next_offset(), 2);
}

TEST_F(StreamTest, DeletedRecordsStayDeletedOverReopening) {
  StreamPtr stream = Create("s", {.subjects = {"s"}});
  for (const char* value : {"0", "1", "2", "3"}) ASSERT_TRUE(Publish(stream, "s", value).ok());
  EXPECT_EQ(stream->Delete({1, 1, 99}, writes_).value_or(-1), 1);
  EXPECT_EQ(stream->Delete({0}, writes_).value_or(-1), 1);
  EXPECT_EQ(stream->start_offset(), 2) << "the start moves past what is deleted behind it";
  EXPECT_EQ(stream->Delete({3}, writes_).value_or(-1), 1);
  Commit();
  stream.reset();
  Reopen();
  stream = Find("s");
  EXPECT_THAT(ValuesOf(stream), ElementsAre("2"));
  EXPECT_EQ(stream->State().records, 1);
  EXPECT_EQ(stream->State().subjects, 1);
}

TEST_F(StreamTest, TrimSurvivesReopening) {
  StreamPtr stream = Create("s");
  for (const char* value : {"0", "1", "2"}) ASSERT_TRUE(Publish(stream, "s", value).ok());
  EXPECT_EQ(stream->TrimTo(2, writes_).value_or(-1), 2);
  Commit();
  stream.reset();
  Reopen();
  EXPECT_THAT(ValuesOf(Find("s")), ElementsAre("2"));
  EXPECT_EQ(Find("s")->start_offset(), 2);
}

TEST_F(StreamTest, PurgeTakesWhatMatchesAndKeepsTheNewest) {
  StreamPtr stream = Create("s", {.subjects = {"s.*"}});
  for (const char* subject : {"s.a", "s.b", "s.a", "s.a"}) {
    ASSERT_TRUE(Publish(stream, subject, subject).ok());
  }
  EXPECT_EQ(stream->Purge("s.a", std::nullopt, 1, writes_).value_or(-1), 2);
  EXPECT_THAT(ValuesOf(stream), ElementsAre("s.b", "s.a"));
  EXPECT_EQ(stream->Purge("", std::nullopt, 0, writes_).value_or(-1), 2);
  EXPECT_EQ(stream->start_offset(), 4);
}

TEST_F(StreamTest, ReadsBackwards) {
  StreamPtr stream = Create("s");
  ASSERT_TRUE(Produce(stream, {"0", "1", "2"}, 1).ok());
  ASSERT_TRUE(Produce(stream, {"3"}, 1).ok());
  EXPECT_THAT(ValuesOf(stream, {.max_records = 3, .reverse = true}), ElementsAre("3", "2", "1"));
  EXPECT_THAT(ValuesOf(stream, {.begin = 1, .end = 3, .reverse = true}), ElementsAre("2", "1"));
}

TEST_F(StreamTest, FindsTheFirstRecordOfATime) {
  StreamPtr stream = Create("s");
  ASSERT_TRUE(Produce(stream, {"a"}, 100).ok());
  ASSERT_TRUE(Produce(stream, {"b", "c"}, 200).ok());
  EXPECT_EQ((*stream->FindTime(150))->offset, 1);
  EXPECT_EQ((*stream->FindTime(200))->offset, 1);
  EXPECT_FALSE(stream->FindTime(201)->has_value());
}

TEST_F(StreamTest, RefusesASubjectThatIsNotItsOwn) {
  StreamPtr stream = Create("s", {.subjects = {"orders.>"}});
  EXPECT_EQ(CodeOf(Publish(stream, "other", "x").status()), Errc::kSubjectMismatch);
}

TEST_F(StreamTest, RefusesARecordThatIsTooLarge) {
  StreamPtr stream = Create("s", {.max_record_bytes = 4});
  EXPECT_EQ(CodeOf(Publish(stream, "s", "1234").status()), Errc::kRecordTooLarge);
  EXPECT_TRUE(Publish(stream, "s", "123").ok());
}

TEST_F(StreamTest, WaiterIsWokenByAnAppendAndOnlyOnce) {
  StreamPtr stream = Create("s");
  int woken = 0;
  auto waiter = std::make_shared<Waiter>([&] { ++woken; });
  stream->Wait(0, waiter);
  EXPECT_EQ(woken, 0);
  ASSERT_TRUE(Publish(stream, "s", "x").ok());
  EXPECT_EQ(woken, 0) << "nothing is announced before it is written";
  Commit();
  EXPECT_EQ(woken, 1);
  stream->Wait(0, std::make_shared<Waiter>([&] { woken += 10; }));
  EXPECT_EQ(woken, 11) << "what is there already wakes at once";
}

TEST_F(StreamTest, FailedWriteLosesNothingThatWasAcknowledged) {
  StreamPtr stream = Create("s", {.dedup_window = absl::Minutes(2), .subjects = {"s"}});
  ASSERT_TRUE(Publish(stream, "s", "kept", {.msg_id = "1"}).ok());
  Commit();
  ASSERT_TRUE(Publish(stream, "s", "lost", {.msg_id = "2"}).ok());
  files_->FailOperation(0);
  EXPECT_FALSE(catalog_->Commit(writes_).ok());
  EXPECT_THAT(ValuesOf(stream), ElementsAre("kept"));
  EXPECT_EQ(stream->State().record_bytes, 30 + 1 + 4 + 4 + 12 + 11 + 1 + 4);
  auto retried = Publish(stream, "s", "lost", {.msg_id = "2"});
  EXPECT_FALSE(retried->duplicate);
  EXPECT_EQ(retried->base_offset, 1);
  Commit();
  EXPECT_THAT(ValuesOf(stream), ElementsAre("kept", "lost"));
}

TEST_F(StreamTest, ProducerSequencesAreKnownAfterReopening) {
  StreamPtr stream = Create("s");
  auto batch = [](int32_t first_sequence) {
    storage::BatchBuilder builder;
    RecordView record;
    record.value = "x";
    record.timestamp_ms = 1;
    builder.Add(record);
    Batch plain = builder.Build();
    std::string bytes(plain.bytes().view());
    auto put = [&](size_t at, uint64_t value, int size) {
      for (int i = 0; i < size; ++i)
        bytes[at + i] = static_cast<char>(value >> (8 * (size - 1 - i)));
    };
    put(43, 7, 8);  // producer id
    put(51, 0, 2);  // epoch
    put(53, static_cast<uint64_t>(first_sequence), 4);
    put(17, storage::Crc32c(std::string_view(bytes).substr(21)), 4);
    return *Batch::Parse(Buffer::Take(std::move(bytes)));
  };
  ASSERT_TRUE(stream->AppendBatch(batch(0), writes_).ok());
  ASSERT_TRUE(stream->AppendBatch(batch(1), writes_).ok());
  Commit();
  stream.reset();
  Reopen();
  stream = Find("s");
  auto repeated = stream->AppendBatch(batch(1), writes_);
  ASSERT_TRUE(repeated.ok()) << repeated.status();
  EXPECT_TRUE(repeated->duplicate);
  EXPECT_EQ(repeated->base_offset, 1);
  EXPECT_EQ(CodeOf(stream->AppendBatch(batch(3), writes_).status()), Errc::kOutOfOrderSequence);
}

TEST_F(StreamTest, IdsBeyondEveryTimestampAreKept) {
  constexpr uint64_t kMax = UINT64_MAX;
  StreamPtr stream = Create("s", {.owner = Origin::kRedis});
  const std::vector<EntryId> ids = {
      {1, 1}, {kMax / 2, 0}, {kMax / 2 + 1, 0}, {kMax / 2 + 1, 7}, {kMax, kMax - 1}, {kMax, kMax}};
  for (const EntryId id : ids) ASSERT_TRUE(Add(stream, {id.ms, id.seq}, "v").ok());
  Commit();
  for (int life = 0; life < 2; ++life) {
    const auto records = stream->Read({});
    ASSERT_TRUE(records.ok());
    std::vector<EntryId> found;
    for (const StoredRecord& record : *records) found.push_back(record.id);
    EXPECT_EQ(found, ids);
    for (size_t i = 0; i < ids.size(); ++i) {
      EXPECT_EQ(stream->LowerBound(ids[i]).value(), static_cast<Offset>(i));
      EXPECT_EQ(stream->Find(ids[i]).value(), static_cast<Offset>(i));
    }
    Reopen();
    stream = Find("s");
  }
  EXPECT_EQ(CodeOf(Add(stream, {}, "v").status()), Errc::kIdExhausted);
}

}  // namespace
}  // namespace braid::engine
