#include "protocol/kafka/reader.h"

#include <gtest/gtest.h>

#include <string>

#include "braid/buffer.h"
#include "protocol/kafka/messages/api_versions.h"
#include "protocol/kafka/messages/fetch.h"
#include "protocol/kafka/messages/heartbeat.h"
#include "protocol/kafka/messages/metadata.h"
#include "protocol/kafka/messages/produce.h"
#include "protocol/kafka/writer.h"

namespace braid::kafka {
namespace {

template <class M>
std::optional<M> Decode(const std::string& bytes, int16_t version) {
  // A copy of exactly these bytes, so that a read past them is seen by the address sanitizer.
  static Buffer frame;
  frame = Buffer::Copy(bytes);
  return Reader(frame, 0).Read<M>(version);
}

using namespace std::string_literals;

TEST(ReaderTest, ReadsPlainLengths) {
  const auto read = Decode<HeartbeatRequest>("\0\1g\0\0\0\5\0\2me"s, 0);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->group_id, "g");
  EXPECT_EQ(read->generation_id, 5);
  EXPECT_EQ(read->member_id, "me");
}

TEST(ReaderTest, ReadsCompactLengths) {
  const auto read = Decode<HeartbeatRequest>("\2g\0\0\0\5\3me\0\0"s, 4);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->group_id, "g");
  EXPECT_EQ(read->member_id, "me");
  EXPECT_FALSE(read->group_instance_id.has_value());
}

TEST(ReaderTest, RefusesNullWhereNoneMayBe) {
  EXPECT_FALSE(Decode<HeartbeatRequest>("\xff\xff\0\0\0\5\0\2me"s, 0));
  EXPECT_FALSE(Decode<HeartbeatRequest>("\0\0\0\0\5\3me\0\0"s, 4));
}

TEST(ReaderTest, RefusesLengthBelowMinusOne) {
  EXPECT_FALSE(Decode<HeartbeatRequest>("\xff\xfe\0\0\0\5\0\2me"s, 0));
}

TEST(ReaderTest, NullTopicsAreNullFromVersionOneOn) {
  EXPECT_FALSE(Decode<MetadataRequest>("\xff\xff\xff\xff"s, 0));
  const auto read = Decode<MetadataRequest>("\xff\xff\xff\xff"s, 1);
  ASSERT_TRUE(read);
  EXPECT_FALSE(read->topics.has_value());
}

TEST(ReaderTest, CountBeyondTheBytesIsRefusedBeforeAllocating) {
  EXPECT_FALSE(Decode<MetadataRequest>("\x7f\xff\xff\xff"s, 1));
  EXPECT_FALSE(Decode<MetadataRequest>("\xff\xff\xff\xff\x0f"s + std::string(64, '\0'), 9));
}

TEST(ReaderTest, TooManyElementsAreRefused) {
  // As many topics of an empty name as one message may not have.
  Writer writer;
  writer.PutInt<int32_t>(Reader::kMaxElements + 1);
  EXPECT_FALSE(Decode<MetadataRequest>(
      writer.Joined() + std::string(2 * (Reader::kMaxElements + 1), '\0'), 1));
}

TEST(ReaderTest, UnknownTagsAreSkipped) {
  // Two tags: 9 with 3 bytes, 200 with none.
  const auto read = Decode<HeartbeatRequest>("\2g\0\0\0\5\3me\0\2\x09\3abc\xc8\1\0"s, 4);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->member_id, "me");
}

TEST(ReaderTest, TagGivenTwiceIsRefused) {
  EXPECT_FALSE(Decode<HeartbeatRequest>("\2g\0\0\0\5\3me\0\2\x09\1a\x09\1b"s, 4));
}

TEST(ReaderTest, TagLongerThanTheMessageIsRefused) {
  EXPECT_FALSE(Decode<HeartbeatRequest>("\2g\0\0\0\5\3me\0\1\x09\x7f"s, 4));
}

// An ApiVersions answer of version 3 with nothing in it but one tag.
std::string WithTag(const std::string& tag) {
  return "\0\0\1\0\0\0\0\1"s + tag;
}

TEST(ReaderTest, TaggedFieldIsRead) {
  const auto read = Decode<ApiVersionsResponse>(WithTag("\1\x08\0\0\0\0\0\0\0\7"s), 3);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->finalized_features_epoch, 7);
}

TEST(ReaderTest, TaggedFieldShorterThanItsTagIsRefused) {
  EXPECT_FALSE(Decode<ApiVersionsResponse>(WithTag("\1\x09\0\0\0\0\0\0\0\7\0"s), 3));
}

TEST(ReaderTest, TaggedFieldMayNotReadPastItsTag) {
  EXPECT_FALSE(Decode<ApiVersionsResponse>(WithTag("\1\x04\0\0\0\0\0\0\0\7"s), 3));
}

TEST(ReaderTest, RecordsAreSlicesOfTheFrame) {
  ProduceRequest request;
  auto& partition = request.topic_data.emplace_back().partition_data.emplace_back();
  partition.records.parts.push_back(Buffer::Copy("the batch"));
  Writer writer;
  writer.Write(request, 7);
  const Buffer frame = Buffer::Copy(writer.Joined());
  const auto read = Reader(frame, 0).Read<ProduceRequest>(7);
  ASSERT_TRUE(read);
  const Buffer& batch = read->topic_data[0].partition_data[0].records.parts[0];
  EXPECT_EQ(batch.view(), "the batch");
  EXPECT_GE(batch.data(), frame.data());
  EXPECT_EQ(batch.owner(), frame.owner());
}

TEST(WriterTest, DefaultTaggedFieldsAreLeftOut) {
  Writer writer;
  writer.Write(ApiVersionsResponse{}, 3);
  EXPECT_EQ(writer.Joined(), "\0\0\1\0\0\0\0\0"s);
}

TEST(WriterTest, NullIsEmptyWhereNoneMayBe) {
  Writer writer;
  writer.Write(MetadataRequest{}, 0);
  EXPECT_EQ(writer.Joined(), "\0\0\0\0"s);
  writer.Clear();
  writer.Write(MetadataRequest{}, 1);
  EXPECT_EQ(writer.Joined(), "\xff\xff\xff\xff"s);
}

TEST(WriterTest, RecordsAreSplicedNotCopied) {
  FetchResponse response;
  auto& partition = response.responses.emplace_back().partitions.emplace_back();
  const Buffer first = Buffer::Copy("first"), second = Buffer::Copy("second");
  partition.records.parts = {first, second};
  Writer writer;
  writer.Write(response, 4);
  ASSERT_EQ(writer.splices().size(), 2u);
  EXPECT_EQ(writer.splices()[0].buffer.data(), first.data());
  EXPECT_EQ(writer.total_size(), writer.bytes().size() + 11);
  EXPECT_TRUE(writer.Joined().ends_with("\0\0\0\x0b"s + "firstsecond"));
}

TEST(RecordsTest, PiecesThatLieTogetherBecomeOne) {
  const Buffer memory = Buffer::Copy("abcdefgh");
  Records records;
  records.Append(memory.Slice(0, 2));
  records.Append(memory.Slice(2, 3));
  records.Append(memory.Slice(6, 2));   // not right behind
  records.Append(Buffer::Copy("ijk"));  // other memory
  records.Append(memory.Slice(7, 1));
  ASSERT_EQ(records.parts.size(), 4u);
  EXPECT_EQ(records.parts[0].view(), "abcde");
  EXPECT_EQ(records.Joined(), "abcdeghijkh");
  EXPECT_EQ(records.size(), 11u);
}

}  // namespace
}  // namespace braid::kafka
