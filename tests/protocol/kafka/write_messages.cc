// Writes random messages of every kind and version, for another implementation to read:
//
//   kafka_write_messages SEED       lines of "request|response KEY VERSION HEX"
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "protocol/kafka/writer.h"
#include "tests/protocol/kafka/messages.h"
#include "tests/protocol/kafka/random.h"

namespace braid::kafka {
namespace {

constexpr uint64_t kOfEachVersion = 10;

struct Write {
  uint64_t seed;

  template <class M>
  void operator()(std::string_view name) const {
    const char* kind = name.ends_with("_request") ? "request" : "response";
    ForEachVersion<M>([&](int16_t version) {
      for (uint64_t i = 0; i < kOfEachVersion; ++i) {
        Random random(seed + i, Random::Values::kCommon);
        Writer writer;
        writer.Write(random.Message<M>(version), version);
        std::printf("%s %d %d ", kind, static_cast<int>(M::kApi.key), version);
        for (const char c : writer.Joined()) std::printf("%02x", static_cast<uint8_t>(c));
        std::printf("\n");
      }
    });
  }
};

}  // namespace
}  // namespace braid::kafka

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: kafka_write_messages SEED\n");
    return 2;
  }
  braid::kafka::ForEachMessage(braid::kafka::Write{std::strtoull(argv[1], nullptr, 10)});
  return 0;
}
