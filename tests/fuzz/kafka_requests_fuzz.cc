// libFuzzer target: requests of every Kafka API in every version, by one client, one after the
// other, over a broker that has a topic. The frame and the header are right; the bodies are what
// the fuzzer makes of them.
//
// The input is a list of requests: a byte with the API's key, one with the version, two with the
// size of the body (little-endian), the body. A key or a version that is not served stands for one
// that is.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "protocol/kafka/dispatch.h"
#include "protocol/kafka/messages/metadata.h"
#include "protocol/kafka/messages/produce.h"
#include "protocol/kafka/service.h"
#include "protocol/kafka/writer.h"
#include "storage/batch_builder.h"
#include "storage/coding.h"
#include "tests/fuzz/check.h"
#include "tests/fuzz/conversation.h"

namespace braid::kafka {
namespace {

using fuzz::Check;

// The body in a frame, behind a header.
std::string Frame(const Api& api, int16_t version, int32_t id, std::string_view body) {
  Writer writer;
  writer.PutInt<int32_t>(0);
  writer.PutInt<int16_t>(static_cast<int16_t>(api.key));
  writer.PutInt<int16_t>(version);
  writer.PutInt<int32_t>(id);
  writer.PutHeaderString("fuzz");
  if (version >= api.flexible_from) writer.PutVarint(0);
  writer.PatchInt32(0, static_cast<int32_t>(writer.total_size() - 4 + body.size()));
  return writer.Joined().append(body);
}
template <class M>
std::string Frame(const M& message, int16_t version) {
  Writer writer;
  writer.Write(message, version);
  return Frame(M::kApi, version, 1, writer.Joined());
}

std::string Frames(std::string_view input) {
  std::string frames;
  for (int32_t id = 1; input.size() >= 4; ++id) {
    const auto byte = [&](size_t at) { return static_cast<uint8_t>(input[at]); };
    const Endpoint* named = FindEndpoint(byte(0));
    const Endpoint& endpoint =
        named != nullptr ? *named : Endpoints()[byte(0) % Endpoints().size()];
    const Api& api = endpoint.api;
    const int versions = api.max_version - api.min_version + 1;
    const int version = endpoint.Serves(byte(1)) ? byte(1) : api.min_version + byte(1) % versions;
    const size_t size = byte(2) | byte(3) << 8;
    const std::string_view body = input.substr(4, size);
    frames += Frame(api, static_cast<int16_t>(version), id, body);
    input.remove_prefix(4 + body.size());
  }
  return frames;
}

// A topic "t" of some records.
std::string Preparation() {
  MetadataRequest mention;
  mention.topics.emplace().emplace_back().name = "t";
  storage::BatchBuilder builder({.origin = Origin::kKafka});
  for (int i = 0; i < 3; ++i) {
    RecordView record;
    record.value = "value";
    record.timestamp_ms = 1'000;
    builder.Add(record);
  }
  ProduceRequest produce;
  produce.acks = -1;
  auto& topic = produce.topic_data.emplace_back();
  topic.name = "t";
  topic.partition_data.emplace_back().records.parts.push_back(builder.Build().bytes());
  return Frame(mention, 9) + Frame(produce, 8);
}

// Whole answers, each to a request, in their order.
void CheckAnswers(std::string_view rest) {
  int32_t last_id = 0;
  while (!rest.empty()) {
    Check(rest.size() >= 8, "an answer has a size and a correlation id");
    const auto length = storage::LoadBigEndian<int32_t>(rest.data());
    Check(length >= 4 && static_cast<size_t>(length) <= rest.size() - 4, "an answer is whole");
    const auto id = storage::LoadBigEndian<int32_t>(rest.data() + 4);
    Check(id > last_id, "answers come in the order of their requests");
    last_id = id;
    rest.remove_prefix(4 + static_cast<size_t>(length));
  }
}

}  // namespace
}  // namespace braid::kafka

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace braid::kafka;
  static const std::string preparation = Preparation();
  braid::fuzz::Conversation conversation;
  Options options;
  options.advertised = {"127.0.0.1:9092"};
  options.max_request_bytes = 1 << 20;
  Service service(conversation.catalog(), options);
  conversation.Hold(service.session(), preparation);
  const std::string_view input = braid::fuzz::ViewOf(data, size);
  CheckAnswers(conversation.Hold(service.session(), Frames(input)));
  const std::string hello = Frame(FindEndpoint(18)->api, 0, 1, "");
  braid::fuzz::Check(!conversation.Hold(service.session(), hello).empty(), "others are served");
  return 0;
}
