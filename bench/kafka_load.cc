// Loads a Kafka broker from raw sockets, with the least work of its own: one thread, requests made
// before the clock starts, answers looked at for their error codes only. See kUsage.
#include "bench/kafka_load.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "bench/kafka_wire.h"

namespace braid::bench {
namespace {

constexpr const char kUsage[] =
    R"(kafka_load create|delete|produce|fetch|latency|group --port N [option value]...

  --topic NAME (bench)      --partitions N (1)      --connections N (1)
  --in-flight N (5)         produce requests a connection has without an answer
  --records N (64)          of a batch; every request is one batch
  --bytes N (1024)          of a record's value: varied JSON events
  --codec none|lz4 (none)   --messages N (1000000)  in all
  --rate N (5000)           messages a second      --seconds N (5)    of latency
  --max-bytes N (1048576)   of a fetch

Acks are "all", producers are not idempotent. Prints one JSON object: client_cpu is the share of
one core that the client used; near 1, the client was the limit.
)";

[[noreturn]] void Usage(int status) {
  std::fputs(kUsage, status == 0 ? stdout : stderr);
  std::exit(status);
}

KafkaLoadOptions Parse(int argc, char** argv) {
  KafkaLoadOptions options;
  for (int i = 2; i < argc; i += 2) {
    const std::string_view flag = argv[i];
    if (i + 1 == argc) Usage(2);
    const char* value = argv[i + 1];
    if (flag == "--port") {
      options.port = std::atoi(value);
    } else if (flag == "--topic") {
      options.topic = value;
    } else if (flag == "--partitions") {
      options.partitions = std::atoi(value);
    } else if (flag == "--connections") {
      options.connections = std::atoi(value);
    } else if (flag == "--in-flight") {
      options.in_flight = std::atoi(value);
    } else if (flag == "--records") {
      options.records = std::atoi(value);
    } else if (flag == "--bytes") {
      options.bytes = static_cast<size_t>(std::atoll(value));
    } else if (flag == "--codec") {
      options.codec = std::strcmp(value, "lz4") == 0 ? Codec::kLz4 : Codec::kNone;
    } else if (flag == "--messages") {
      options.messages = std::atoll(value);
    } else if (flag == "--rate") {
      options.rate = std::atoi(value);
    } else if (flag == "--seconds") {
      options.seconds = std::atof(value);
    } else if (flag == "--max-bytes") {
      options.max_bytes = std::atoi(value);
    } else {
      Usage(2);
    }
  }
  return options;
}

int Run(int argc, char** argv) {
  if (argc < 2 || std::strcmp(argv[1], "--help") == 0) Usage(argc < 2 ? 2 : 0);
  KeepMemory();
  const std::string_view load = argv[1];
  const KafkaLoadOptions options = Parse(argc, argv);
  if (load == "warm") return Warm(options.bytes), 0;
  if (options.port == 0) Usage(2);
  if (load == "create") return CreateTopic(options.port, options.topic, options.partitions), 0;
  if (load == "delete") return DeleteTopic(options.port, options.topic), 0;
  if (load == "produce") return RunProduceLoad(options).Print(), 0;
  if (load == "fetch") return RunFetchLoad(options).Print(), 0;
  if (load == "latency") return RunLatencyLoad(options).Print(), 0;
  if (load == "group") return RunGroupLoad(options).Print(), 0;
  Usage(2);
}

}  // namespace

}  // namespace braid::bench

int main(int argc, char** argv) {
  return braid::bench::Run(argc, argv);
}
