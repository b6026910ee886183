// Frames, headers, order: what holds before any API does.
#include "protocol/kafka/session.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

#include "protocol/kafka/dispatch.h"
#include "protocol/kafka/messages/api_versions.h"
#include "protocol/kafka/messages/heartbeat.h"
#include "protocol/kafka/messages/metadata.h"
#include "tests/protocol/kafka/kafka_test.h"

namespace braid::kafka {
namespace {

using namespace std::string_literals;

class SessionTest : public KafkaTest {
 protected:
  bool IsClosed(KafkaClient& client) {
    return RunUntil([&] { return client.wire().ended(); });
  }
  static ApiVersionsRequest Hello() {
    ApiVersionsRequest hello;
    hello.client_software_name = "test";
    hello.client_software_version = "1.0";
    return hello;
  }
};

TEST_F(SessionTest, ApiVersionsPrintsTheDispatchTable) {
  KafkaClient client(*this, address);
  for (int16_t version = 0; version <= 4; ++version) {
    const auto reply = client.Ask<ApiVersionsResponse>(Hello(), version);
    EXPECT_EQ(reply.error_code, 0);
    ASSERT_EQ(reply.api_keys.size(), Endpoints().size());
    for (size_t i = 0; i < reply.api_keys.size(); ++i) {
      EXPECT_EQ(reply.api_keys[i].api_key, static_cast<int16_t>(Endpoints()[i].api.key));
      EXPECT_EQ(reply.api_keys[i].min_version, Endpoints()[i].shown_min_version);
      EXPECT_EQ(reply.api_keys[i].max_version, Endpoints()[i].api.max_version);
    }
  }
}

TEST_F(SessionTest, ProduceIsShownFromVersionZero) {
  KafkaClient client(*this, address);
  const auto reply = client.Ask<ApiVersionsResponse>(Hello(), 3);
  EXPECT_EQ(reply.api_keys[0].api_key, 0);
  EXPECT_EQ(reply.api_keys[0].min_version, 0);
}

TEST_F(SessionTest, UnknownApiVersionsVersionIsAnsweredInVersionZero) {
  KafkaClient client(*this, address);
  client.Send(Hello(), 99);
  const auto reply = client.Receive<ApiVersionsResponse>(0);
  EXPECT_EQ(reply.error_code, Wire(ErrorCode::kUnsupportedVersion));
  ASSERT_EQ(reply.api_keys.size(), 1u);
  EXPECT_EQ(reply.api_keys[0].api_key, 18);
  EXPECT_EQ(reply.api_keys[0].max_version, 4);
  // And the connection goes on.
  EXPECT_EQ(client.Ask<ApiVersionsResponse>(Hello(), 4).error_code, 0);
}

TEST_F(SessionTest, SoftwareNameMustBeAToken) {
  KafkaClient client(*this, address);
  for (const char* name : {"", "-x", "x y", "x.", "a\nb"}) {
    ApiVersionsRequest request = Hello();
    request.client_software_name = name;
    EXPECT_EQ(client.Ask<ApiVersionsResponse>(request, 3).error_code,
              Wire(ErrorCode::kInvalidRequest))
        << name;
  }
}

TEST_F(SessionTest, UnknownKeyClosesTheConnection) {
  KafkaClient client(*this, address);
  client.wire().Send("\0\0\0\x0a\x7f\0\0\0\0\0\0\1\xff\xff"s);
  EXPECT_TRUE(IsClosed(client));
}

TEST_F(SessionTest, UnsupportedVersionClosesTheConnection) {
  KafkaClient client(*this, address);
  client.wire().Send("\0\0\0\x0a\0\x0c\0\x63\0\0\0\1\xff\xff"s);
  EXPECT_TRUE(IsClosed(client));
}

TEST_F(SessionTest, ProduceBelowVersionThreeClosesTheConnection) {
  KafkaClient client(*this, address);
  client.wire().Send("\0\0\0\x0a\0\0\0\2\0\0\0\1\xff\xff"s);
  EXPECT_TRUE(IsClosed(client));
}

TEST_F(SessionTest, MalformedBodyClosesTheConnection) {
  KafkaClient client(*this, address);
  client.wire().Send("\0\0\0\x0d\0\x0c\0\0\0\0\0\1\xff\xff\x7f\xff\0"s);
  EXPECT_TRUE(IsClosed(client));
  EXPECT_EQ(client.wire().Take(), "");
}

TEST_F(SessionTest, WhatWasAskedBeforeAMistakeIsAnswered) {
  KafkaClient client(*this, address);
  client.wire().Send(KafkaClient::Frame(Hello(), 0, 1) + "\0\0\0\x0a\x7f\0\0\0\0\0\0\1\xff\xff"s);
  EXPECT_EQ(client.Receive<ApiVersionsResponse>(0).error_code, 0);
  EXPECT_TRUE(IsClosed(client));
}

TEST_F(SessionTest, NegativeAndGiantSizesCloseTheConnection) {
  for (const std::string& size :
       {"\xff\xff\xff\xff"s, "\x80\0\0\0"s, "\x7f\xff\xff\xff"s, "\x06\x40\0\1"s}) {
    KafkaClient client(*this, address);
    client.wire().Send(size);
    EXPECT_TRUE(IsClosed(client));
  }
}

TEST_F(SessionTest, FrameTooShortForAHeaderClosesTheConnection) {
  for (const std::string& frame : {"\0\0\0\0"s, "\0\0\0\2\0\3"s}) {
    KafkaClient client(*this, address);
    client.wire().Send(frame);
    EXPECT_TRUE(IsClosed(client));
  }
}

TEST_F(SessionTest, FrameArrivesInPieces) {
  KafkaClient client(*this, address);
  const std::string frame = KafkaClient::Frame(Hello(), 3, 77);
  for (const char byte : frame) {
    client.wire().Send(std::string(1, byte));
    Settle();
  }
  EXPECT_EQ(client.Receive<ApiVersionsResponse>(3).error_code, 0);
  EXPECT_EQ(client.answered_id(), 77);
}

TEST_F(SessionTest, HalfAFrameDisturbsNobody) {
  KafkaClient half(*this, address), whole(*this, address);
  half.wire().Send("\0\0\xff\xff\0\0"s);
  Settle();
  EXPECT_EQ(whole.Ask<ApiVersionsResponse>(Hello(), 3).error_code, 0);
  half.wire().Close();
  Settle();
  EXPECT_EQ(whole.Ask<ApiVersionsResponse>(Hello(), 3).error_code, 0);
}

TEST_F(SessionTest, PipelinedRequestsAreAnsweredInOrder) {
  KafkaClient client(*this, address);
  client.Mention("orders");
  std::string frames;
  for (int32_t id = 100; id < 200; ++id) {
    frames += id % 2 == 0
                  ? KafkaClient::Frame(Hello(), 3, id)
                  : KafkaClient::Frame(KafkaClient::ProduceOf("orders", 0, BatchOf({"x"})), 8, id);
  }
  client.wire().Send(frames);
  for (int32_t id = 100; id < 200; ++id) {
    if (id % 2 == 0) {
      client.Receive<ApiVersionsResponse>(3);
    } else {
      const auto reply = client.Receive<ProduceResponse>(8);
      EXPECT_EQ(reply.responses.at(0).partition_responses.at(0).base_offset, (id - 101) / 2);
    }
    EXPECT_EQ(client.answered_id(), id);
  }
}

TEST_F(SessionTest, RequestBehindAWaitingOneWaits) {
  KafkaClient client(*this, address), other(*this, address);
  client.Mention("orders");
  FetchRequest fetch = KafkaClient::FetchOf("orders", 0, 0);
  fetch.max_wait_ms = 500;
  client.Send(fetch, 11);
  client.Send(Hello(), 0);
  Settle();
  EXPECT_FALSE(client.HasAnswer());
  other.Produce("orders", 0, BatchOf({"now"}));
  EXPECT_EQ(client.Receive<FetchResponse>(11).responses.at(0).partitions.at(0).high_watermark, 1);
  EXPECT_EQ(client.Receive<ApiVersionsResponse>(0).error_code, 0);
}

TEST_F(SessionTest, UnknownTagsInTheHeaderAreSkipped) {
  KafkaClient client(*this, address);
  // Metadata v12 for no topics, with tag 5 of two bytes in its header.
  client.wire().Send("\0\0\0\x13\0\3\0\x0c\0\0\0\7\xff\xff\1\5\2ab\1\1\0\0"s);
  client.Receive<MetadataResponse>(12);
  EXPECT_EQ(client.answered_id(), 7);
}

}  // namespace
}  // namespace braid::kafka
