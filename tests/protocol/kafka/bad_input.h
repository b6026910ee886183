// Tables of what a client must not send, and what it is told for it. Each row has a broker of its
// own, with a topic "orders" of two partitions, one record in the first; a client that misbehaves;
// and an innocent one, who must not notice: the log is as it was, and the next record finds its
// place.
#ifndef BRAID_TESTS_PROTOCOL_KAFKA_BAD_INPUT_H_
#define BRAID_TESTS_PROTOCOL_KAFKA_BAD_INPUT_H_

#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <ostream>
#include <string>
#include <utility>

#include "protocol/kafka/messages/api_versions.h"
#include "protocol/kafka/messages/init_producer_id.h"
#include "tests/protocol/kafka/kafka_test.h"

namespace braid::kafka {

// The broker of one row.
class BadInputTest : public KafkaTest {
 public:
  using Client = KafkaClient;
  using KafkaTest::address;
  using KafkaTest::catalog;
  using KafkaTest::clock;
  using KafkaTest::RunUntil;
  using KafkaTest::Settle;

  BadInputTest() : client(*this, address), innocent(*this, address) {
    innocent.Create("orders", 2);
    topic_id = catalog->FindTopic("orders")->uuid;
    EXPECT_EQ(innocent.Produce("orders", 0, BatchOf({"first"})).error_code, 0);
    Remember();
  }

  // The log is right as it is now: what came before was the row's preparation.
  void Remember() {
    end_ = End();
    log_ = innocent.Fetch("orders", 0, 0).records.Joined();
  }
  int64_t End(int32_t partition = 0) {
    return catalog->FindKafka("orders", partition)->next_offset();
  }
  // The misbehaving client asks, and is answered with a code.
  template <class Answer, class M>
  int16_t CodeOf(const M& message, int16_t version) {
    return client.Ask<Answer>(message, version).error_code;
  }

  bool IsClosed() {
    return RunUntil([&] { return client.wire().ended(); });
  }
  static ApiVersionsRequest Hello() {
    ApiVersionsRequest hello;
    hello.client_software_name = "test";
    hello.client_software_version = "1.0";
    return hello;
  }
  void CheckThatOthersDidNotNotice() {
    EXPECT_EQ(innocent.Ask<ApiVersionsResponse>(Hello(), 3).error_code, 0);
    EXPECT_EQ(End(0), end_);
    EXPECT_EQ(End(1), 0);
    EXPECT_EQ(innocent.Fetch("orders", 0, 0).records.Joined(), log_);
    EXPECT_EQ(innocent.Produce("orders", 0, BatchOf({"next"})).base_offset, end_);
  }

  Client client, innocent;
  Uuid topic_id{};

 private:
  int64_t end_ = 0;
  std::string log_;
};

// A request that is refused with a code; the connection lives on.
struct Refused {
  std::string name;
  ErrorCode code;
  std::function<int16_t(BadInputTest&)> ask;
};
// Bytes after which the connection is closed, with nothing said.
struct Closed {
  std::string name;
  std::function<std::string(BadInputTest&)> bytes;
};

inline void PrintTo(const Refused& row, std::ostream* out) {
  *out << row.name;
}
inline void PrintTo(const Closed& row, std::ostream* out) {
  *out << row.name;
}

// A table is run by INSTANTIATE_TEST_SUITE_P(What, RefusedTest, testing::ValuesIn(kRows), NameOf())
// and so on; bad_input_test.cc says what holds for each row.
class RefusedTest : public BadInputTest, public testing::WithParamInterface<Refused> {};
class ClosedTest : public BadInputTest, public testing::WithParamInterface<Closed> {};

struct NameOf {
  template <class Row>
  std::string operator()(const testing::TestParamInfo<Row>& info) const {
    return info.param.name;
  }
};

}  // namespace braid::kafka

#endif  // BRAID_TESTS_PROTOCOL_KAFKA_BAD_INPUT_H_
