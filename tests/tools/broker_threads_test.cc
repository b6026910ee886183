// A broker with several network threads, and clients of all protocols that work on the same streams
// while others look on. What they see must add up; the tsan build looks for what sessions on
// different threads may not share.
#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "absl/time/time.h"
#include "braid/broker.h"
#include "tools/load/kafka_client.h"
#include "tools/load/nats_client.h"
#include "tools/load/redis_client.h"
#include "tools/load/socket.h"

namespace braid {
namespace {

using load::Client;

constexpr int kSends = 40;
constexpr int kPerSend = 5;

class BrokerThreads : public ::testing::Test {
 protected:
  BrokerThreads() {
    BrokerOptions options;
    options.threads = 3;
    auto broker = Broker::Start(options);
    EXPECT_TRUE(broker.ok()) << broker.status();
    broker_ = *std::move(broker);
  }

  std::unique_ptr<Client> Kafka() { return *load::KafkaClient::Connect(broker_->kafka_address()); }
  std::unique_ptr<Client> Redis() { return *load::RedisClient::Connect(broker_->redis_address()); }
  std::unique_ptr<Client> Nats() { return *load::NatsClient::Connect(broker_->nats_address()); }

  static void Publish(Client& client) {
    const std::vector<std::string> values(kPerSend, "value");
    for (int i = 0; i < kSends; ++i) {
      ASSERT_TRUE(client.Send(values).ok());
      ASSERT_TRUE(client.TakeAcks(kPerSend).ok());
    }
  }
  // Counts into `taken` until all have come to one of the group's readers.
  static void Work(Client& client, std::atomic<int>& taken, int all) {
    while (taken < all) {
      const auto messages = client.Fetch(kPerSend, absl::Milliseconds(20));
      ASSERT_TRUE(messages.ok()) << messages.status();
      if (messages->empty()) continue;
      ASSERT_TRUE(client.Ack(*messages).ok());
      taken += static_cast<int>(messages->size());
    }
  }
  static void RunAll(const std::vector<std::function<void()>>& jobs) {
    std::vector<std::thread> threads;
    for (const auto& job : jobs) threads.emplace_back(job);
    for (std::thread& thread : threads) thread.join();
  }

  // Two publish to `name` while `readers` share a group that reads it.
  void Share(const std::function<std::unique_ptr<Client>()>& connect, std::string_view name,
             int readers) {
    const std::unique_ptr<Client> first = connect();
    ASSERT_TRUE(first->CreateStream(name).ok());
    // Some models have no stream before its first record.
    Publish(*first);
    ASSERT_TRUE(first->CreateGroup("workers", absl::Minutes(1)).ok());
    std::atomic<int> taken = 0;
    const int all = 3 * kSends * kPerSend;
    const auto publish = [&] {
      const std::unique_ptr<Client> client = connect();
      client->UseStream(name);
      Publish(*client);
    };
    std::vector<std::function<void()>> jobs = {publish, publish, [&] { Work(*first, taken, all); }};
    for (int i = 1; i < readers; ++i) {
      jobs.push_back([&] {
        const std::unique_ptr<Client> client = connect();
        client->UseStream(name);
        ASSERT_TRUE(client->JoinGroup("workers").ok());
        Work(*client, taken, all);
      });
    }
    RunAll(jobs);
    EXPECT_EQ(taken, all);
  }

  // Asks over and over for what looks into every stream, until `done`.
  void LookOn(const std::atomic<bool>& done) {
    auto http = *load::Socket::Connect(broker_->http_address());
    auto redis = *load::Socket::Connect(broker_->redis_address());
    while (!done) {
      for (const std::string_view path : {"/metrics", "/lag"}) {
        const std::string request = "GET " + std::string(path) + " HTTP/1.1\r\nHost: b\r\n\r\n";
        ASSERT_TRUE(http->Send(request).ok());
        EXPECT_EQ(*http->Line(), "HTTP/1.1 200 OK");
        size_t length = 0;
        for (std::string line(*http->Line()); !line.empty(); line = *http->Line()) {
          const std::string_view name = "Content-Length: ";
          if (line.starts_with(name)) length = std::stoul(line.substr(name.size()));
        }
        ASSERT_TRUE(http->Need(length).ok());
        http->Consume(length);
      }
      for (const std::string_view command : {"CLIENT LIST", "INFO everything", "XINFO STREAM x"}) {
        ASSERT_TRUE(redis->Send(std::string(command) + "\r\nPING\r\n").ok());
        while (*redis->Line() != "+PONG") {
        }
      }
    }
  }

  std::unique_ptr<Broker> broker_;
};

TEST_F(BrokerThreads, EveryRecordReachesOneReaderWhateverTheProtocol) {
  std::atomic<bool> done = false;
  std::thread looking([&] { LookOn(done); });
  RunAll({[&] { Share([&] { return Kafka(); }, "k", 1); },
          [&] { Share([&] { return Redis(); }, "r", 2); },
          [&] { Share([&] { return Nats(); }, "n", 2); }});
  done = true;
  looking.join();
}

TEST_F(BrokerThreads, AllProtocolsWriteOneStream) {
  const std::unique_ptr<Client> nats = Nats();
  ASSERT_TRUE(nats->CreateStream("all").ok());
  const auto publish = [&](std::unique_ptr<Client> client) {
    client->UseStream("all");
    Publish(*client);
  };
  RunAll({[&] { publish(Kafka()); }, [&] { publish(Redis()); }, [&] { publish(Nats()); },
          [&] { publish(Nats()); }});
  const std::unique_ptr<Client> reader = Kafka();
  reader->UseStream("all");
  ASSERT_TRUE(reader->CreateGroup("readers", absl::Minutes(1)).ok());
  std::atomic<int> taken = 0;
  Work(*reader, taken, 4 * kSends * kPerSend);
  EXPECT_EQ(taken, 4 * kSends * kPerSend);
}

TEST_F(BrokerThreads, StopsUnderLoad) {
  std::atomic<bool> connected = false;
  std::thread load([&] {
    const std::unique_ptr<Client> client = Nats();
    ASSERT_TRUE(client->CreateStream("s").ok());
    connected = true;
    const std::vector<std::string> values(kPerSend, "value");
    while (client->Send(values).ok() && client->TakeAcks(kPerSend).ok()) {
    }
  });
  while (!connected) std::this_thread::yield();
  broker_.reset();
  load.join();
}

}  // namespace
}  // namespace braid
