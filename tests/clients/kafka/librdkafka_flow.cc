// The everyday Kafka flow with librdkafka's C interface: librdkafka_flow BOOTSTRAP TOPIC GROUP.
// Exit code 0 when all went as it should; otherwise one line on stderr says what did not.
#include <librdkafka/rdkafka.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

namespace {

constexpr int kMessages = 5000;
using Options = std::vector<std::pair<const char*, std::string>>;

[[noreturn]] void Fail(const std::string& what) {
  std::fprintf(stderr, "librdkafka: %s\n", what.c_str());
  std::exit(1);
}

void Expect(bool holds, const std::string& what) {
  if (!holds) Fail(what);
}

rd_kafka_conf_t* Configure(const Options& options) {
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  char error[256];
  for (const auto& [name, value] : options) {
    if (rd_kafka_conf_set(conf, name, value.c_str(), error, sizeof error) != RD_KAFKA_CONF_OK) {
      Fail(error);
    }
  }
  return conf;
}

rd_kafka_t* Open(rd_kafka_type_t type, rd_kafka_conf_t* conf) {
  char error[256];
  rd_kafka_t* client = rd_kafka_new(type, conf, error, sizeof error);
  if (client == nullptr) Fail(error);
  return client;
}

struct Deliveries {
  int64_t next_offset = 0;
  int failed = 0;
};

void OnDelivery(rd_kafka_t*, const rd_kafka_message_t* message, void* opaque) {
  auto* deliveries = static_cast<Deliveries*>(opaque);
  if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR || message->offset != deliveries->next_offset) {
    ++deliveries->failed;
  }
  deliveries->next_offset = message->offset + 1;
}

void Produce(const std::string& bootstrap, const std::string& topic) {
  rd_kafka_conf_t* conf = Configure({{"bootstrap.servers", bootstrap},
                                     {"acks", "all"},
                                     {"enable.idempotence", "true"},
                                     {"compression.type", "lz4"},
                                     {"linger.ms", "5"},
                                     {"batch.size", "65536"}});
  Deliveries deliveries;
  rd_kafka_conf_set_opaque(conf, &deliveries);
  rd_kafka_conf_set_dr_msg_cb(conf, OnDelivery);
  rd_kafka_t* producer = Open(RD_KAFKA_PRODUCER, conf);
  for (int n = 0; n < kMessages; ++n) {
    const std::string value = "order " + std::to_string(n);
    const rd_kafka_resp_err_t error =
        rd_kafka_producev(producer, RD_KAFKA_V_TOPIC(topic.c_str()), RD_KAFKA_V_PARTITION(0),
                          RD_KAFKA_V_VALUE(const_cast<char*>(value.data()), value.size()),
                          RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END);
    Expect(error == RD_KAFKA_RESP_ERR_NO_ERROR, rd_kafka_err2str(error));
    rd_kafka_poll(producer, 0);
  }
  Expect(rd_kafka_flush(producer, 30000) == RD_KAFKA_RESP_ERR_NO_ERROR, "flush");
  Expect(deliveries.failed == 0 && deliveries.next_offset == kMessages,
         "every delivery succeeds, in order");
  rd_kafka_destroy(producer);
}

// Reads messages `from` to `to` in the group and commits each hundredth and the last.
void Consume(const std::string& bootstrap, const std::string& topic, const std::string& group,
             int from, int to) {
  rd_kafka_t* consumer = Open(RD_KAFKA_CONSUMER, Configure({{"bootstrap.servers", bootstrap},
                                                            {"group.id", group},
                                                            {"enable.auto.commit", "false"},
                                                            {"auto.offset.reset", "earliest"}}));
  rd_kafka_poll_set_consumer(consumer);
  rd_kafka_topic_partition_list_t* topics = rd_kafka_topic_partition_list_new(1);
  rd_kafka_topic_partition_list_add(topics, topic.c_str(), RD_KAFKA_PARTITION_UA);
  Expect(rd_kafka_subscribe(consumer, topics) == RD_KAFKA_RESP_ERR_NO_ERROR, "subscribe");
  rd_kafka_topic_partition_list_destroy(topics);
  for (int n = from; n < to;) {
    rd_kafka_message_t* message = rd_kafka_consumer_poll(consumer, 20000);
    Expect(message != nullptr, "message " + std::to_string(n) + " comes in 20 s");
    Expect(message->err == RD_KAFKA_RESP_ERR_NO_ERROR, rd_kafka_err2str(message->err));
    const std::string value(static_cast<const char*>(message->payload), message->len);
    Expect(message->offset == n && value == "order " + std::to_string(n), "order of messages");
    ++n;
    if (n % 100 == 0 || n == to) {
      Expect(rd_kafka_commit_message(consumer, message, 0) == RD_KAFKA_RESP_ERR_NO_ERROR, "commit");
    }
    rd_kafka_message_destroy(message);
  }
  rd_kafka_consumer_close(consumer);
  rd_kafka_destroy(consumer);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) Fail("usage: librdkafka_flow BOOTSTRAP TOPIC GROUP");
  Produce(argv[1], argv[2]);
  Consume(argv[1], argv[2], argv[3], 0, kMessages / 2);
  Consume(argv[1], argv[2], argv[3], kMessages / 2, kMessages);
  return 0;
}
