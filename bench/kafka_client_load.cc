// Loads a Kafka broker through librdkafka, as an application would: see kUsage.
#include <librdkafka/rdkafka.h>
#include <sys/resource.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <string>
#include <vector>

#include "bench/events.h"
#include "bench/measure.h"

namespace braid::bench {
namespace {

constexpr const char kUsage[] = R"(kafka_client_load produce|consume --port N [option value]...

  --topic NAME (bench)      --partitions N (1)      --messages N (1000000)
  --bytes N (1024)          --codec none|lz4 (none)

Produces with acks=all and linger 5 ms, everything else as librdkafka has it; consumes from the
start of every partition. Prints one JSON object: client_cpu is in cores, of several threads.
)";

constexpr int kPollMs = 100;
constexpr int kQuietPolls = 100;  // in a row without a message: the consumer gives up
constexpr size_t kPool = 16384;   // values that differ

[[noreturn]] void Die(const std::string& what) {
  std::fprintf(stderr, "kafka client load: %s\n", what.c_str());
  std::exit(1);
}

double CpuSeconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

using Flags = std::map<std::string, std::string>;

rd_kafka_t* Open(rd_kafka_type_t type, const Flags& flags,
                 const std::map<std::string, std::string>& settings) {
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  char why[512];
  const auto set = [&](const std::string& name, const std::string& value) {
    if (rd_kafka_conf_set(conf, name.c_str(), value.c_str(), why, sizeof(why)) !=
        RD_KAFKA_CONF_OK) {
      Die(why);
    }
  };
  set("bootstrap.servers", "127.0.0.1:" + flags.at("port"));
  for (const auto& [name, value] : settings) set(name, value);
  if (type == RD_KAFKA_PRODUCER) {
    rd_kafka_conf_set_dr_msg_cb(conf, [](rd_kafka_t*, const rd_kafka_message_t* message, void*) {
      if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) Die(rd_kafka_err2str(message->err));
    });
  }
  rd_kafka_t* client = rd_kafka_new(type, conf, why, sizeof(why));
  if (client == nullptr) Die(why);
  return client;
}

void Print(int64_t messages, double seconds, double cpu, size_t bytes) {
  const double rate = static_cast<double>(messages) / seconds;
  std::printf(
      "{\"messages\": %lld, \"seconds\": %.6g, \"messages_per_s\": %.6g, \"mb_per_s\": %.6g, "
      "\"client_cpu\": %.3g}\n",
      static_cast<long long>(messages), seconds, rate, rate * static_cast<double>(bytes) / 1e6,
      cpu / seconds);
}

void Produce(const Flags& flags) {
  const int64_t messages = std::atoll(flags.at("messages").c_str());
  const auto bytes = static_cast<size_t>(std::atoll(flags.at("bytes").c_str()));
  const EventRecords events(1, bytes, kPool);
  rd_kafka_t* client = Open(RD_KAFKA_PRODUCER, flags,
                            {{"linger.ms", "5"},
                             {"acks", "all"},
                             {"compression.codec", flags.at("codec")},
                             {"queue.buffering.max.messages", "1000000"}});
  rd_kafka_topic_t* topic = rd_kafka_topic_new(client, flags.at("topic").c_str(), nullptr);
  const int32_t partitions = std::atoi(flags.at("partitions").c_str());
  const WallStopwatch watch;
  const double cpu = CpuSeconds();
  for (int64_t i = 0; i < messages; ++i) {
    const std::string_view value = *events.records()[static_cast<size_t>(i) % kPool].value;
    while (rd_kafka_produce(topic, static_cast<int32_t>(i % partitions), 0,
                            const_cast<char*>(value.data()), value.size(), nullptr, 0,
                            nullptr) != 0) {
      if (rd_kafka_last_error() != RD_KAFKA_RESP_ERR__QUEUE_FULL) Die("cannot produce");
      rd_kafka_poll(client, kPollMs);
    }
    if (i % 256 == 0) rd_kafka_poll(client, 0);
  }
  while (rd_kafka_outq_len(client) > 0) rd_kafka_poll(client, kPollMs);
  Print(messages, watch.seconds(), CpuSeconds() - cpu, bytes);
  rd_kafka_topic_destroy(topic);
  rd_kafka_destroy(client);
}

void Consume(const Flags& flags) {
  const int64_t messages = std::atoll(flags.at("messages").c_str());
  rd_kafka_t* client =
      Open(RD_KAFKA_CONSUMER, flags, {{"group.id", "bench"}, {"enable.auto.commit", "false"}});
  rd_kafka_poll_set_consumer(client);
  const int partitions = std::atoi(flags.at("partitions").c_str());
  rd_kafka_topic_partition_list_t* assigned = rd_kafka_topic_partition_list_new(partitions);
  for (int i = 0; i < partitions; ++i) {
    rd_kafka_topic_partition_list_add(assigned, flags.at("topic").c_str(), i)->offset =
        RD_KAFKA_OFFSET_BEGINNING;
  }
  const WallStopwatch watch;
  const double cpu = CpuSeconds();
  rd_kafka_assign(client, assigned);
  rd_kafka_queue_t* queue = rd_kafka_queue_get_consumer(client);
  std::vector<rd_kafka_message_t*> taken(10'000);
  int64_t got = 0;
  for (int quiet = 0; got < messages;) {
    const ssize_t n = rd_kafka_consume_batch_queue(queue, kPollMs, taken.data(), taken.size());
    quiet = n <= 0 ? quiet + 1 : 0;
    if (quiet == kQuietPolls) Die("fewer messages than asked for");
    for (ssize_t i = 0; i < n; ++i) {
      got += taken[static_cast<size_t>(i)]->err == RD_KAFKA_RESP_ERR_NO_ERROR;
      rd_kafka_message_destroy(taken[static_cast<size_t>(i)]);
    }
  }
  Print(got, watch.seconds(), CpuSeconds() - cpu,
        static_cast<size_t>(std::atoll(flags.at("bytes").c_str())));
  rd_kafka_queue_destroy(queue);
  rd_kafka_topic_partition_list_destroy(assigned);
  rd_kafka_consumer_close(client);
  rd_kafka_destroy(client);
}

int Run(int argc, char** argv) {
  Flags flags = {{"topic", "bench"},
                 {"partitions", "1"},
                 {"messages", "1000000"},
                 {"bytes", "1024"},
                 {"codec", "none"}};
  for (int i = 2; i + 1 < argc; i += 2) flags[argv[i] + std::strspn(argv[i], "-")] = argv[i + 1];
  if (argc < 2 || flags.count("port") == 0) {
    std::fputs(kUsage, stderr);
    return 2;
  }
  if (std::strcmp(argv[1], "produce") == 0) return Produce(flags), 0;
  if (std::strcmp(argv[1], "consume") == 0) return Consume(flags), 0;
  std::fputs(kUsage, stderr);
  return 2;
}

}  // namespace
}  // namespace braid::bench

int main(int argc, char** argv) {
  return braid::bench::Run(argc, argv);
}
