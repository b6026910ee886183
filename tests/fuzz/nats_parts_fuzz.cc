// libFuzzer target: everything of NATS that is read from bytes, without a server around it.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "protocol/nats/acks.h"
#include "protocol/nats/consumer_config.h"
#include "protocol/nats/headers.h"
#include "protocol/nats/hello.h"
#include "protocol/nats/json.h"
#include "protocol/nats/parser.h"
#include "protocol/nats/pull_queue.h"
#include "protocol/nats/stream_config.h"

namespace braid::nats {
namespace {

template <class T>
void ReadBody(std::string_view body) {
  T value;
  JsonFaults faults;
  ReadJson(body, Strict::kYes, &value, &faults);
  if (!faults.invalid.empty()) return;
  // What was read is written, and read back without a fault.
  T again;
  JsonFaults none;
  ReadJson(WriteJson(value), Strict::kYes, &again, &none);
  if (!none.invalid.empty()) __builtin_trap();
}

void ReadMessage(const Op& op) {
  HeaderBlock(ParseHeaders(op.headers));
  ParseAckSubject(op.subject);
  ParseAck(op.payload);
  ParsePullRequest(op.payload).IgnoreError();
  ReadBody<StreamConfig>(op.payload);
  ReadBody<ConsumerConfig>(op.payload);
}

}  // namespace
}  // namespace braid::nats

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace braid::nats;
  std::string_view input(reinterpret_cast<const char*>(data), size);
  const ParseLimits limits{.max_control_line = 512, .max_payload = 8192};
  while (!input.empty()) {
    const ParseResult result = ParseOp(input, limits);
    if (result.state != ParseResult::State::kOp) break;
    if (result.size == 0 || result.size > input.size()) __builtin_trap();
    ReadMessage(result.op);
    if (result.op.kind == OpKind::kConnect) ReadBody<ConnectOptions>(result.op.json);
    input.remove_prefix(result.size);
  }
  return 0;
}
