// Frames that are no requests: they end their connection, and nobody else's.
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "protocol/kafka/dispatch.h"
#include "protocol/kafka/messages/fetch.h"
#include "protocol/kafka/messages/heartbeat.h"
#include "protocol/kafka/messages/list_groups.h"
#include "protocol/kafka/messages/metadata.h"
#include "tests/protocol/kafka/bad_input.h"

namespace braid::kafka {
namespace {

using namespace std::string_literals;
using Client = BadInputTest::Client;

template <class T>
std::string Big(T value) {
  std::string bytes(sizeof value, '\0');
  storage::StoreBigEndian<T>(bytes.data(), value);
  return bytes;
}
// A frame around these bytes, and one of them as the body of a request of `api`.
std::string Sized(const std::string& bytes) {
  return Big(static_cast<int32_t>(bytes.size())) + bytes;
}
std::string Asking(int16_t key, int16_t version, const std::string& rest) {
  return Sized(Big(key) + Big(version) + Big(int32_t{1}) + rest);
}
constexpr char kNoClientId[] = "\xff\xff";
std::string Asking(const Api& api, int16_t version, const std::string& body) {
  const std::string tags = version >= api.flexible_from ? "\0"s : "";
  return Asking(static_cast<int16_t>(api.key), version, kNoClientId + tags + body);
}
// Metadata, before and after its messages became flexible.
std::string OldMetadata(const std::string& body) {
  return Asking(kMetadataApi, 1, body);
}
std::string NewMetadata(const std::string& body) {
  return Asking(kMetadataApi, 12, body);
}

// A good frame with the size put right after its end was cut off.
std::string Cut(std::string frame, size_t bytes) {
  frame.resize(frame.size() - bytes);
  storage::StoreBigEndian<int32_t>(frame.data(), static_cast<int32_t>(frame.size() - 4));
  return frame;
}

std::string TopicsOf(std::string_view name) {
  MetadataRequest request;
  request.topics.emplace().emplace_back().name = name;
  return Client::Frame(request, 12, 1);
}

template <class Bytes>
Closed Row(const char* name, Bytes bytes) {
  return {name, [bytes](BadInputTest&) { return bytes; }};
}

const Closed kSizes[] = {
    Row("SizeOfMinusOne", "\xff\xff\xff\xff"s),
    Row("SmallestSize", "\x80\0\0\0"s),
    Row("LargestSize", "\x7f\xff\xff\xff"s),
    Row("SizeAboveTheLimit", "\x06\x40\0\1"s),
    Row("NoBytesAtAll", "\0\0\0\0"s),
    Row("FrameShorterThanItsHeader", "\0\0\0\2\0\3"s),
    Row("FrameThatEndsInTheClientId", Asking(3, 1, "\0\x09test"s)),
};

const Closed kHeaders[] = {
    Row("UnknownKey", Asking(0x7f00, 0, kNoClientId)),
    Row("NegativeKey", Asking(-1, 0, kNoClientId)),
    Row("KeyAmongBrokersOnly", Asking(4, 0, kNoClientId)),
    Row("VersionAboveTheHighest", Asking(12, 99, kNoClientId)),
    Row("VersionBelowTheLowest", Asking(1, 3, kNoClientId)),
    Row("NegativeVersion", Asking(3, -1, kNoClientId)),
    Row("ProduceThatIsShownButNotServed", Asking(0, 2, kNoClientId)),
    Row("ClientIdOfLengthMinusTwo", Asking(3, 1, "\xff\xfe"s)),
    Row("TagsOfTheHeaderBeyondTheFrame", Asking(3, 12, "\xff\xff\1\5\x7f"s)),
    Row("MoreTagsInTheHeaderThanThereAre", Asking(3, 12, "\xff\xff\xff\xff\xff\xff\x0f"s)),
};

const Closed kBodies[] = {
    Row("BodyIsMissing", OldMetadata("")),
    Row("BodyIsCutShort", Cut(TopicsOf("orders"), 1)),
    Row("BodyIsCutInAName", Cut(TopicsOf("orders"), 6)),
    Row("ArrayBeyondTheFrame", OldMetadata("\0\0\0\2\0\1a"s)),
    Row("ArrayOfTwoThousandMillion", OldMetadata("\x7f\xff\xff\xff"s)),
    Row("ArrayOfLengthMinusTwo", OldMetadata("\xff\xff\xff\xfe"s)),
    Row("CompactArrayBeyondTheFrame", NewMetadata("\xff\xff\xff\xff\x0f\0\0\0"s)),
    Row("StringOfLengthMinusTwo", OldMetadata("\0\0\0\1\xff\xfe"s)),
    Row("StringBeyondTheFrame", OldMetadata("\0\0\0\1\x7f\xff\x61"s)),
    Row("NullWhereNoneMayBe", OldMetadata("\0\0\0\1\xff\xff"s)),
    Row("NullInAnArrayThatMayNotBe", Asking(kListGroupsApi, 4, "\0\0"s)),
    Row("LengthWithoutAnEnd", NewMetadata("\x80\x80\x80\x80\x80\x80\x80\1"s)),
    Row("TagTwice", Asking(kFetchApi, 12,
                           std::string(4 * 4 + 1 + 2 * 4, '\0') + "\1\1\1" + "\2\0\2\2a\0\2\2b"s)),
    Row("TaggedFieldShorterThanItSays",
        Asking(kFetchApi, 12, std::string(4 * 4 + 1 + 2 * 4, '\0') + "\1\1\1" + "\1\0\3\2ab"s)),
    Row("TagBeyondTheFrame", NewMetadata("\1\1\0\1\7\x7f"s)),
};

INSTANTIATE_TEST_SUITE_P(Sizes, ClosedTest, testing::ValuesIn(kSizes), NameOf());
INSTANTIATE_TEST_SUITE_P(Headers, ClosedTest, testing::ValuesIn(kHeaders), NameOf());
INSTANTIATE_TEST_SUITE_P(Bodies, ClosedTest, testing::ValuesIn(kBodies), NameOf());

// --- What looks odd and is served all the same ---

using OddTest = BadInputTest;

TEST_F(OddTest, BytesBehindTheBodyAreLeftAlone) {
  std::string frame = TopicsOf("orders");
  frame += "more";
  storage::StoreBigEndian<int32_t>(frame.data(), static_cast<int32_t>(frame.size() - 4));
  client.wire().Send(frame);
  EXPECT_EQ(client.Receive<MetadataResponse>(12).topics.at(0).error_code, 0);
  CheckThatOthersDidNotNotice();
}

TEST_F(OddTest, TagsOutOfOrderAreRead) {
  // Tags 9 and 5, of which nobody has heard.
  client.wire().Send(NewMetadata("\1\1\0\2\x09\1a\5\1b"s));
  EXPECT_EQ(client.Receive<MetadataResponse>(12).topics.size(), 0u);
  CheckThatOthersDidNotNotice();
}

TEST_F(OddTest, ApiVersionsOfTheFutureIsToldOfThePresent) {
  for (const int16_t version : {int16_t{5}, int16_t{99}, int16_t{INT16_MAX}, int16_t{-1}}) {
    client.wire().Send(Asking(18, version, "what this version says, nobody knows"));
    const auto reply = client.Receive<ApiVersionsResponse>(0);
    EXPECT_EQ(reply.error_code, Wire(ErrorCode::kUnsupportedVersion)) << version;
    ASSERT_EQ(reply.api_keys.size(), 1u);
    EXPECT_EQ(reply.api_keys[0].api_key, 18);
    EXPECT_EQ(reply.api_keys[0].max_version, kApiVersionsApi.max_version);
  }
  CheckThatOthersDidNotNotice();
}

TEST_F(OddTest, WhatWasAskedBeforeIsAnsweredAndNothingAfter) {
  const std::string good = Client::Frame(Hello(), 0, 1);
  client.wire().Send(good + Asking(0x7f00, 0, kNoClientId) + good);
  EXPECT_EQ(client.Receive<ApiVersionsResponse>(0).error_code, 0);
  EXPECT_TRUE(IsClosed());
  EXPECT_FALSE(client.HasAnswer());
  CheckThatOthersDidNotNotice();
}

// Every version of every API without its body, but for what has none.
TEST_F(OddTest, NoRequestIsServedWithoutItsBody) {
  for (const Endpoint& endpoint : Endpoints()) {
    const Api& api = endpoint.api;
    for (int16_t version = api.min_version; version <= api.max_version; ++version) {
      const bool is_empty = api.key == ApiKey::kApiVersions || api.key == ApiKey::kListGroups;
      if (is_empty && version < api.flexible_from) continue;
      SCOPED_TRACE(testing::Message() << api.name << " v" << version);
      Client other(*this, address);
      other.wire().Send(Asking(api, version, ""));
      EXPECT_TRUE(RunUntil([&] { return other.wire().ended() || other.HasAnswer(); }));
      EXPECT_FALSE(other.HasAnswer());
    }
  }
  CheckThatOthersDidNotNotice();
}

}  // namespace
}  // namespace braid::kafka
