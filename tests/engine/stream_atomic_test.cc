// Appends with conditions, and of several records all or none.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "fmt/format.h"
#include "tests/engine/engine_fixture.h"

namespace braid::engine {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class StreamAtomicTest : public EngineTest {
 protected:
  StreamPtr Make(StreamOptions options = {}) {
    options.owner = Origin::kNats;
    options.subjects = {"s.>"};
    options.dedup_window = absl::Minutes(2);
    return Create("S", std::move(options));
  }
  static AtomicRecord One(std::string_view subject, std::string_view payload,
                          AppendOptions options = {}) {
    AtomicRecord one;
    one.record.key = subject;
    one.record.value = payload;
    one.options = std::move(options);
    one.options.origin = Origin::kNats;
    if (!one.options.msg_id.empty()) {
      one.record.headers.push_back({"Nats-Msg-Id", one.options.msg_id});
    }
    return one;
  }
  void StartAnew() {
    catalog_.reset();
    files_ = FaultFileSystem::Create(1);
    writes_ = Writes();
    Open();
  }
  Errc Refusal(const StreamPtr& stream, std::vector<AtomicRecord> records) {
    const auto result = stream->AppendAtomic(records, writes_);
    EXPECT_FALSE(result.ok());
    return CodeOf(result.status());
  }
};

TEST_F(StreamAtomicTest, ExpectationMayBeOnAllKeysThatMatch) {
  const StreamPtr stream = Make();
  ASSERT_TRUE(Publish(stream, "s.a.1", "0").ok());
  ASSERT_TRUE(Publish(stream, "s.a.2", "1").ok());
  ASSERT_TRUE(Publish(stream, "s.b", "2").ok());
  AppendOptions options;
  options.expected_key_filter = "s.a.*";
  options.expected_last_key = 0;
  const auto wrong = Publish(stream, "s.c", "x", options);
  EXPECT_EQ(CodeOf(wrong.status()), Errc::kWrongLastKeyOffset);
  EXPECT_EQ(wrong.status().message(), "2");
  options.expected_last_key = 1;
  EXPECT_TRUE(Publish(stream, "s.c", "3", options).ok());
  options.expected_key_filter = "s.nothing.>";
  options.expected_last_key = -1;
  EXPECT_TRUE(Publish(stream, "s.c", "4", options).ok());
}

TEST_F(StreamAtomicTest, ExpectationIsOnWhatIsLeftOfAKey) {
  const StreamPtr stream = Make();
  for (const char* payload : {"0", "1", "2"}) ASSERT_TRUE(Publish(stream, "s.a", payload).ok());
  ASSERT_TRUE(Publish(stream, "s.b", "3").ok());
  ASSERT_TRUE(stream->Delete(std::vector<Offset>{2}, writes_).ok());
  ASSERT_TRUE(stream->Delete(std::vector<Offset>{1}, writes_).ok());
  AppendOptions options;
  options.expected_key_filter = "s.*";
  options.expected_last_key = 3;
  EXPECT_TRUE(Publish(stream, "s.c", "4", options).ok());
  options.expected_key_filter = {};
  options.expected_last_key = 0;
  EXPECT_TRUE(Publish(stream, "s.a", "5", options).ok());
}

TEST_F(StreamAtomicTest, RefusalsOfTheCallerComeInTheirTurn) {
  const StreamPtr stream = Make();
  AppendOptions options;
  options.msg_id = "id";
  ASSERT_TRUE(Publish(stream, "s.a", "0", options).ok());
  options.refusal_after_ids = MakeError(Errc::kUnsupported, "late");
  EXPECT_TRUE(Publish(stream, "s.a", "x", options)->duplicate) << "repeats come before";
  options.refusal_after_expectations = MakeError(Errc::kInvalidArgument, "early");
  EXPECT_EQ(CodeOf(Publish(stream, "s.a", "x", options).status()), Errc::kInvalidArgument);
  options.expected_last = 7;
  EXPECT_EQ(CodeOf(Publish(stream, "s.a", "x", options).status()), Errc::kWrongLastOffset);
  EXPECT_EQ(stream->record_count(), 1);
}

TEST_F(StreamAtomicTest, RollupTakesOlderRecords) {
  const StreamPtr stream = Make();
  for (const char* subject : {"s.a", "s.b", "s.a"})
    ASSERT_TRUE(Publish(stream, subject, subject).ok());
  ASSERT_TRUE(Publish(stream, "s.a", "sum of a", {.rollup = Rollup::kKey}).ok());
  EXPECT_THAT(ValuesOf(stream), ElementsAre("s.b", "sum of a"));
  ASSERT_TRUE(Publish(stream, "s.c", "sum of all", {.rollup = Rollup::kAll}).ok());
  EXPECT_THAT(ValuesOf(stream), ElementsAre("sum of all"));
}

TEST_F(StreamAtomicTest, KeysAreMappedForMessagesAlone) {
  StreamOptions options;
  options.transform_source = "s.*.x";
  options.transform_destination = "s.mapped.{{wildcard(1)}}";
  const StreamPtr stream = Make(options);
  ASSERT_TRUE(Publish(stream, "s.1.x", "0").ok());
  ASSERT_TRUE(Publish(stream, "s.other", "1").ok());
  EXPECT_THAT(stream->SubjectCounts(">", 10),
              ElementsAre(std::pair("s.mapped.1", 1), std::pair("s.other", 1)));
  AppendOptions expected;
  expected.expected_last_key = 0;
  EXPECT_TRUE(Publish(stream, "s.1.x", "2", expected).ok()) << "the key it is stored under";
  EXPECT_EQ(CodeOf(Publish(stream, "t", "x").status()), Errc::kSubjectMismatch);
  Reopen();
  ASSERT_TRUE(Publish(catalog_->FindJetStream("S"), "s.2.x", "3").ok());
  EXPECT_EQ(catalog_->FindJetStream("S")->ReadLast("s.mapped.2")->offset, 3);
}

TEST_F(StreamAtomicTest, LastMessageIdIsThatOfTheLastRecord) {
  const StreamPtr stream = Make();
  AppendOptions with_id;
  with_id.msg_id = "a";
  ASSERT_TRUE(Publish(stream, "s.a", "0", with_id).ok());
  ASSERT_TRUE(Publish(stream, "s.a", "1").ok());
  AppendOptions expected;
  expected.expected_last_msg_id = "a";
  EXPECT_EQ(CodeOf(Publish(stream, "s.a", "x", expected).status()), Errc::kWrongLastMessageId);
}

TEST_F(StreamAtomicTest, AllAreAppendedInOneBatch) {
  const StreamPtr stream = Make();
  ASSERT_TRUE(Publish(stream, "s.a", "0").ok());
  std::vector<AppendResult> each;
  const std::vector<AtomicRecord> records = {One("s.a", "1", {.tell_previous = true}),
                                             One("s.b", "2", {.tell_previous = true})};
  const auto result = stream->AppendAtomic(records, writes_, &each);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->base_offset, 1);
  EXPECT_EQ(result->next_offset, 3);
  ASSERT_EQ(each.size(), 2u);
  EXPECT_EQ(each[0].previous, 0);
  EXPECT_EQ(each[1].base_offset, 2);
  EXPECT_EQ(each[1].previous, -1);
  auto read = stream->ReadBatches(1, {});
  ASSERT_TRUE(read.ok());
  ASSERT_EQ(read->batches.size(), 1u) << "what a torn write cuts goes as a whole";
  EXPECT_EQ(read->batches[0].header().record_count, 2);
}

TEST_F(StreamAtomicTest, NothingIsAppendedWhenOneIsRefused) {
  const StreamPtr stream = Make({.max_records = 4, .discard = Discard::kNew});
  AppendOptions with_id;
  with_id.msg_id = "known";
  ASSERT_TRUE(Publish(stream, "s.a", "0", with_id).ok());
  const AppendOptions last{.expected_last = 0};
  EXPECT_EQ(Refusal(stream, {One("s.a", "x", last), One("s.b", "x", {.expected_last = 1})}),
            Errc::kWrongLastOffset)
      << "only the first may expect that";
  EXPECT_EQ(Refusal(stream, {One("s.b", "x"), One("s.b", "x", {.expected_last_key = -1})}),
            Errc::kWrongLastOffset);
  EXPECT_EQ(Refusal(stream, {One("s.b", "x"), One("s.a", "x", {.expected_last_key = 7})}),
            Errc::kWrongLastKeyOffset);
  EXPECT_EQ(Refusal(stream, {One("s.b", "x"), One("t", "x")}), Errc::kSubjectMismatch);
  EXPECT_EQ(Refusal(stream, {One("s.b", "x"), One("s.c", "x"), One("s.d", "x"), One("s.e", "x")}),
            Errc::kLimitReached);
  for (const char* id : {"known", "twice"}) {
    const std::vector<AtomicRecord> repeated = {One("s.b", "x", {.msg_id = "twice"}),
                                                One("s.b", "x", {.msg_id = id})};
    const auto result = stream->AppendAtomic(repeated, writes_);
    ASSERT_TRUE(result.ok());
    EXPECT_TRUE(result->duplicate);
  }
  EXPECT_THAT(ValuesOf(stream), ElementsAre("0"));
  EXPECT_FALSE(Publish(stream, "s.b", "1", {.msg_id = "twice"})->duplicate)
      << "ids of a refused batch are free";
}

TEST_F(StreamAtomicTest, RecordsOfABatchReplaceWhatWasThere) {
  const StreamPtr stream = Make({.max_records_per_key = 1});
  for (const char* subject : {"s.a", "s.b", "s.c"})
    ASSERT_TRUE(Publish(stream, subject, "old").ok());
  const std::vector<AtomicRecord> records = {One("s.a", "1"), One("s.a", "2"),
                                             One("s.b", "3", {.rollup = Rollup::kKey})};
  ASSERT_TRUE(stream->AppendAtomic(records, writes_).ok());
  EXPECT_THAT(ValuesOf(stream), ElementsAre("old", "2", "3"));
}

TEST_F(StreamAtomicTest, CrashLeavesAllOrNothing) {
  for (int64_t room = 0;; room += 20) {
    StartAnew();
    const StreamPtr stream = Make();
    Commit();
    files_->SetFaults({.room_bytes = room});
    const std::vector<AtomicRecord> records = {One("s.a", "1"), One("s.b", "2"), One("s.c", "3")};
    const bool appended = stream->AppendAtomic(records, writes_).ok();
    catalog_.reset();
    files_->SetFaults({});
    writes_ = Writes();
    Open();
    const auto values = ValuesOf(catalog_->FindJetStream("S"));
    if (appended) {
      EXPECT_THAT(values, ElementsAre("1", "2", "3"));
      EXPECT_GT(room, 0);
      return;
    }
    EXPECT_THAT(values, IsEmpty()) << room;
  }
}

}  // namespace
}  // namespace braid::engine
