// Brokers as tests use them: started and stopped again and again, and several in one process.
#include <sys/socket.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "braid/broker.h"

namespace braid {
namespace {

// Whether anybody listens at "127.0.0.1:PORT".
bool Answers(const std::string& address) {
  sockaddr_in peer{};
  peer.sin_family = AF_INET;
  peer.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  peer.sin_port = htons(static_cast<uint16_t>(std::stoi(address.substr(address.rfind(':') + 1))));
  const int file = socket(AF_INET, SOCK_STREAM, 0);
  const bool connected = connect(file, reinterpret_cast<sockaddr*>(&peer), sizeof peer) == 0;
  close(file);
  return connected;
}

size_t CountOf(const char* directory) {
  size_t count = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(directory)) ++count;
  return count;
}

TEST(ManyBrokersTest, HundredStartsAndStopsLeaveNothingBehind) {
  { const Broker first; }  // what the process makes once
  const size_t files = CountOf("/proc/self/fd");
  const size_t threads = CountOf("/proc/self/task");
  for (int i = 0; i < 100; ++i) {
    Broker broker;
    ASSERT_TRUE(Answers(broker.kafka_address()));
    auto stream = broker.engine().CreateStream("orders");
    ASSERT_TRUE(stream.ok()) << "what the one before had is gone: " << stream.status();
    ASSERT_TRUE(stream->Append("order").ok());
  }
  EXPECT_EQ(CountOf("/proc/self/fd"), files);
  // A thread that was joined may be listed a little longer.
  const absl::Time patience = absl::Now() + absl::Seconds(20);
  while (CountOf("/proc/self/task") > threads && absl::Now() < patience) std::this_thread::yield();
  EXPECT_LE(CountOf("/proc/self/task"), threads);
}

TEST(ManyBrokersTest, BrokersOfOneProcessDoNotMeet) {
  std::vector<std::unique_ptr<Broker>> brokers;
  std::set<std::string> addresses;
  for (int i = 0; i < 16; ++i) {
    brokers.push_back(std::make_unique<Broker>());
    Broker& broker = *brokers.back();
    addresses.insert({broker.kafka_address(), broker.redis_address(), broker.nats_address(),
                      broker.http_address()});
    auto stream = broker.engine().CreateStream("orders");
    ASSERT_TRUE(stream.ok()) << stream.status();
    const auto offset = stream->Append("order");
    ASSERT_TRUE(offset.ok()) << offset.status();
    EXPECT_EQ(*offset, 0);
  }
  EXPECT_EQ(addresses.size(), 4 * brokers.size());
  const std::string gone = brokers.front()->kafka_address();
  brokers.erase(brokers.begin());
  EXPECT_FALSE(Answers(gone));
  for (const auto& broker : brokers) EXPECT_TRUE(Answers(broker->kafka_address()));
}

}  // namespace
}  // namespace braid
