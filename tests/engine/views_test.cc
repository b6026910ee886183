#include "engine/views.h"

#include <gmock/gmock.h>

#include "tests/engine/engine_fixture.h"

namespace braid::engine {
namespace {

using ::testing::ElementsAre;
using ::testing::FieldsAre;

std::vector<std::pair<std::string, std::string>> Fields(const RecordView& record) {
  std::vector<std::pair<std::string, std::string>> out;
  for (const FieldView& field : FieldsOf(record)) out.emplace_back(field.name, field.value);
  return out;
}

TEST(ViewsTest, LeadingKeyAndValueAreLifted) {
  const std::vector<FieldView> fields = {
      {"key", "k"}, {"value", "v"}, {"h", "1"}, {"key", "again"}};
  const RecordView record = RecordFromFields(fields);
  EXPECT_EQ(record.key, "k");
  EXPECT_EQ(record.value, "v");
  EXPECT_EQ(record.headers.size(), 2u);
}

TEST(ViewsTest, FieldsKeepTheirOrderWhateverTheirNames) {
  const std::vector<std::vector<FieldView>> entries = {
      {{"a", "1"}},
      {{"value", "v"}, {"key", "k"}},
      {{"a", "1"}, {"key", "k"}, {"value", "v"}},
      {{"key", "1"}, {"key", "2"}},
      {{"value", "1"}, {"value", "2"}, {"", ""}},
  };
  for (const auto& entry : entries) {
    std::vector<std::pair<std::string, std::string>> expected;
    for (const FieldView& field : entry) expected.emplace_back(field.name, field.value);
    EXPECT_EQ(Fields(RecordFromFields(entry)), expected);
  }
}

class ViewsOfAStream : public EngineTest {
 protected:
  StoredRecord Only(const StreamPtr& stream) { return stream->Read({})->front(); }
  std::string SubjectIn(const StreamPtr& stream) {
    return SubjectOf(Only(stream), stream->identity(), stream->options().subjects);
  }
  void ProduceKeyed(const StreamPtr& stream, std::string_view key) {
    storage::BatchBuilder builder;
    RecordView record;
    record.key = key;
    record.value = "v";
    record.timestamp_ms = 1;
    builder.Add(record);
    ASSERT_TRUE(stream->AppendBatch(builder.Build(), writes_).ok());
  }
};

TEST_F(ViewsOfAStream, NatsMessageIsKeyValueAndHeaders) {
  const StreamPtr stream = Create("ORDERS", {.subjects = {"orders.>"}});
  ASSERT_TRUE(Publish(stream, "orders.eu", "payload").ok());
  EXPECT_EQ(SubjectIn(stream), "orders.eu");
  EXPECT_THAT(Fields(Only(stream)),
              ElementsAre(FieldsAre("key", "orders.eu"), FieldsAre("value", "payload")));
}

TEST_F(ViewsOfAStream, KeyOfAForeignRecordBecomesASubject) {
  const StreamPtr topic = Create("clicks");
  ProduceKeyed(topic, "eu.new");
  EXPECT_EQ(SubjectIn(topic), "clicks.eu.new");
  const StreamPtr spaced = Create("spaced");
  ProduceKeyed(spaced, "not a subject");
  EXPECT_EQ(SubjectIn(spaced), "spaced");
  const StreamPtr orders = Create("ORDERS", {.subjects = {"orders.>"}});
  ProduceKeyed(orders, "orders.eu");
  EXPECT_EQ(SubjectIn(orders), "orders.eu");
}

TEST_F(ViewsOfAStream, RedisEntryWithoutAValueIsJsonElsewhere) {
  const StreamPtr stream = Create("s");
  ASSERT_TRUE(Add(stream, {7, 9}, "x \"quoted\"").ok());
  EXPECT_EQ(PayloadOf(Only(stream)).view(), R"({"f":"x \"quoted\""})");
}

TEST_F(ViewsOfAStream, KafkaSeesRedisEntriesWithPayloadsAndWithoutPrivateMarks) {
  const StreamPtr stream = Create("s");
  ASSERT_TRUE(Produce(stream, {"kafka"}, 5).ok());
  ASSERT_TRUE(Add(stream, {7, 9}, "x").ok());
  ASSERT_TRUE(Add(stream, {7, 10}, "y").ok());
  auto read = stream->ReadBatches(1, {});
  ASSERT_TRUE(read.ok());
  const Batch& stored = read->batches.front();
  EXPECT_EQ(stored.header().origin(), Origin::kRedis);
  auto rendered = RenderForKafka(stored);
  ASSERT_TRUE(rendered.ok()) << rendered.status();
  EXPECT_EQ(rendered->header().attributes, 0);
  EXPECT_EQ(rendered->base_offset(), 1);
  EXPECT_EQ(rendered->next_offset(), 3);
  EXPECT_TRUE(rendered->VerifyCrc().ok());
  const auto records = *rendered->Records();
  EXPECT_EQ(records[0].value, R"({"f":"x"})");
  EXPECT_EQ(records[0].headers.size(), 1u);
  EXPECT_EQ(records[0].timestamp_ms, 7);
  EXPECT_EQ(records[1].offset, 2);
}

// Offsets of the records in `batches`, which must follow each other.
std::vector<Offset> OffsetsIn(const std::vector<Batch>& batches) {
  std::vector<Offset> offsets;
  for (const Batch& batch : batches) {
    EXPECT_TRUE(batch.VerifyCrc().ok());
    for (const Record& record : *batch.Records()) offsets.push_back(record.offset);
  }
  return offsets;
}

TEST_F(ViewsOfAStream, KafkaDoesNotSeeWhatAnotherModelDeleted) {
  const StreamPtr stream = Create("s");
  ASSERT_TRUE(Produce(stream, {"a", "b", "c"}, 5).ok());
  ASSERT_TRUE(Produce(stream, {"d"}, 6).ok());
  ASSERT_TRUE(Produce(stream, {"e", "f"}, 7).ok());
  ASSERT_TRUE(Add(stream, {9, 1}, "x").ok());
  ASSERT_TRUE(Add(stream, {9, 2}, "y").ok());
  ASSERT_TRUE(stream->Delete({1, 3, 6}, writes_).ok());
  const auto read = stream->ReadBatches(0, {});
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(OffsetsIn(read->batches), (std::vector<Offset>{0, 2, 4, 5, 7}));
  Offset next = 0;
  for (const Batch& batch : read->batches) {
    EXPECT_EQ(batch.base_offset(), next) << "what was deleted keeps its place";
    next = batch.next_offset();
  }
  EXPECT_EQ(next, 8);
  const auto committed = stream->ReadCommitted(0, {});
  ASSERT_TRUE(committed.ok());
  EXPECT_EQ(OffsetsIn(committed->read.batches), (std::vector<Offset>{0, 2, 4, 5, 7}));
}

TEST_F(ViewsOfAStream, WhatWasDeletedBehindATrimIsNotSeenEither) {
  const StreamPtr stream = Create("s");
  ASSERT_TRUE(Produce(stream, {"a", "b", "c", "d"}, 5).ok());
  ASSERT_TRUE(stream->Delete({2}, writes_).ok());
  ASSERT_TRUE(stream->TrimTo(1, writes_).ok());
  const auto read = stream->ReadBatches(1, {});
  ASSERT_TRUE(read.ok());
  const std::vector<Offset> offsets = OffsetsIn(read->batches);
  EXPECT_EQ(std::count(offsets.begin(), offsets.end(), 2), 0);
  EXPECT_EQ(std::count(offsets.begin(), offsets.end(), 3), 1);
}

TEST_F(ViewsOfAStream, KafkaSeesRepackedEntriesAtTheirOffsetsAndInACodecOfEveryClient) {
  StreamPtr stream = Create("s");
  for (int i = 0; i < 50; ++i) {
    ASSERT_TRUE(Add(stream, {}, std::string(100, 'r')).ok());
    ASSERT_TRUE(Publish(stream, "s", std::string(100, 'n')).ok());
    Commit();
  }
  ASSERT_TRUE(stream->Delete({0, 1, 10, 11}, writes_).ok());
  ASSERT_TRUE(stream->SetOptions(stream->options(), writes_).ok());  // asks for upkeep
  while (catalog_->Maintain().more) {
  }
  stream.reset();
  Reopen();  // without the cache of the tail, which has the batches as they came
  stream = Find("s");
  std::vector<Offset> offsets;
  bool was_compressed = false;
  Offset next = stream->start_offset();
  while (next < 50) {
    auto read = stream->ReadBatches(next, {});
    ASSERT_TRUE(read.ok()) << read.status();
    for (const Batch& stored : read->batches) {
      was_compressed |= stored.header().codec() != Codec::kNone;
      auto rendered = RenderForKafka(stored);
      ASSERT_TRUE(rendered.ok()) << rendered.status();
      EXPECT_EQ(rendered->header().codec(), Codec::kNone);
      EXPECT_EQ(rendered->base_offset(), stored.base_offset());
      EXPECT_EQ(rendered->next_offset(), stored.next_offset());
      const auto records = rendered->Records().value();
      for (const Record& record : records) offsets.push_back(record.offset);
    }
    next = read->next_offset;
  }
  EXPECT_TRUE(was_compressed);
  ASSERT_GT(offsets.size(), 45u);
  EXPECT_EQ(offsets.front(), 2);
  for (const Offset gone : {10, 11}) {
    EXPECT_EQ(std::count(offsets.begin(), offsets.end(), gone), 0) << gone;
  }
  EXPECT_TRUE(std::is_sorted(offsets.begin(), offsets.end()));
}

}  // namespace
}  // namespace braid::engine
