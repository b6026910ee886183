#include "protocol/outbox.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <random>
#include <string>
#include <vector>

namespace braid::net {
namespace {

// A pair of local sockets; of SOCK_SEQPACKET each write arrives as one packet.
class OutboxTest : public ::testing::Test {
 protected:
  ~OutboxTest() override {
    ::close(fds_[0]);
    ::close(fds_[1]);
  }
  void Open(int type) { ASSERT_EQ(::socketpair(AF_UNIX, type | SOCK_NONBLOCK, 0, fds_), 0); }
  int out() const { return fds_[0]; }
  std::string Receive() {
    std::string bytes(1 << 20, '\0');
    const ssize_t n = ::recv(fds_[1], bytes.data(), bytes.size(), 0);
    bytes.resize(n < 0 ? 0 : static_cast<size_t>(n));
    return bytes;
  }

  Outbox outbox_;

 private:
  int fds_[2] = {-1, -1};
};

TEST_F(OutboxTest, SmallAndSharedPiecesLeaveInOneWriteAndInOrder) {
  Open(SOCK_SEQPACKET);
  const Buffer large = Buffer::Take(std::string(5000, 'b'));
  outbox_.Add("a");
  outbox_.Add("aa");
  outbox_.Add(large);
  outbox_.Add(Buffer::Static("c"));
  EXPECT_EQ(outbox_.size(), 5004u);
  EXPECT_EQ(outbox_.WriteTo(out()), Outbox::Progress::kDone);
  EXPECT_EQ(Receive(), "aaa" + std::string(5000, 'b') + "c");
  EXPECT_EQ(outbox_.size(), 0u);
}

TEST_F(OutboxTest, LargeBuffersAreSharedAndLetGoOnceWritten) {
  Open(SOCK_STREAM);
  const Buffer large = Buffer::Take(std::string(5000, 'b'));
  outbox_.Add(large);
  EXPECT_EQ(large.owner().use_count(), 2);
  outbox_.WriteTo(out());
  EXPECT_EQ(large.owner().use_count(), 1);
}

TEST_F(OutboxTest, EmptyOutboxIsDone) {
  Open(SOCK_STREAM);
  outbox_.Add("");
  outbox_.Add(Buffer());
  EXPECT_EQ(outbox_.WriteTo(out()), Outbox::Progress::kDone);
}

TEST_F(OutboxTest, ClosedPeerIsAFailure) {
  Open(SOCK_STREAM);
  ::shutdown(out(), SHUT_WR);
  outbox_.Add("x");
  EXPECT_EQ(outbox_.WriteTo(out()), Outbox::Progress::kFailed);
  outbox_.Clear();
  EXPECT_EQ(outbox_.size(), 0u);
}

TEST_F(OutboxTest, NothingIsLostOrMovedHoweverTheKernelCutsIt) {
  Open(SOCK_STREAM);
  const int small = 4096;
  ::setsockopt(out(), SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
  const uint64_t seed = std::random_device()();
  SCOPED_TRACE(seed);
  std::mt19937_64 random(seed);
  std::string sent, received;
  int blocked = 0;
  for (int i = 0; i < 3000; ++i) {
    const size_t size = random() % (i % 50 == 0 ? 200'000 : 3000);
    std::string piece(size, static_cast<char>('a' + i % 26));
    sent += piece;
    if (random() % 2 == 0) {
      outbox_.Add(piece);
    } else {
      outbox_.Add(Buffer::Take(std::move(piece)));
    }
    if (random() % 8 != 0) continue;
    blocked += outbox_.WriteTo(out()) == Outbox::Progress::kBlocked;
    if (random() % 2 == 0) received += Receive();
    ASSERT_EQ(outbox_.size() == 0, outbox_.WriteTo(out()) == Outbox::Progress::kDone);
  }
  while (outbox_.WriteTo(out()) != Outbox::Progress::kDone) received += Receive();
  for (std::string more = Receive(); !more.empty(); more = Receive()) received += more;
  EXPECT_GT(blocked, 0);
  EXPECT_TRUE(received == sent);
}

}  // namespace
}  // namespace braid::net
