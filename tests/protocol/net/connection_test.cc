#include "protocol/connection.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "tests/protocol/net/loopback.h"

namespace braid::net {
namespace {

class ConnectionTest : public LoopbackTest {
 protected:
  // A connected client; its connection is kept in `connection_`.
  Client Connect(std::function<asio::awaitable<void>(ConnectionPtr)> session) {
    address_ = Serve([this, session = std::move(session)](ConnectionPtr c) {
      connection_ = c;
      return session(c);
    });
    return Client(address_);
  }

  std::string address_;
  ConnectionPtr connection_;
  std::vector<std::string> log_;
};

asio::awaitable<void> Echo(ConnectionPtr c) {
  for (;;) {
    const bool more = co_await c->Read();
    if (!more) co_return;
    c->Send(c->Input());
    c->Consume(c->Input().size());
    c->Flush();
  }
}

TEST_F(ConnectionTest, EchoesWhatItReads) {
  Client client = Connect(Echo);
  client.Send("hello");
  EXPECT_TRUE(Receives(client, "hello"));
  client.Send(", world");
  EXPECT_TRUE(Receives(client, "hello, world"));
}

TEST_F(ConnectionTest, KnowsBothAddresses) {
  Client client = Connect(Echo);
  ASSERT_TRUE(RunUntil([&] { return connection_ != nullptr; }));
  EXPECT_EQ(connection_->local_address(), address_);
  EXPECT_EQ(connection_->remote_address().substr(0, 10), "127.0.0.1:");
}

TEST_F(ConnectionTest, NothingLeavesBeforeFlush) {
  Client client = Connect([](ConnectionPtr c) -> asio::awaitable<void> {
    co_await c->Read();
    c->Send("queued ");
    co_await c->Read();
    c->Send("sent");
    c->Flush();
    co_await c->Read();
  });
  client.Send("1");
  ASSERT_TRUE(RunUntil([&] { return connection_ && connection_->outbox_bytes() == 7; }));
  Settle();
  EXPECT_EQ(client.Peek(), "");
  client.Send("2");
  EXPECT_TRUE(Receives(client, "queued sent"));
}

TEST_F(ConnectionTest, FrameIsReadWholeAndWhatFollowsStaysInput) {
  std::string frame(300'000, '\0');
  for (size_t i = 0; i < frame.size(); ++i) frame[i] = static_cast<char>(i * 7 % 251);
  std::optional<Buffer> got;
  std::string rest;
  Client client = Connect([&](ConnectionPtr c) -> asio::awaitable<void> {
    co_await c->ReadAtLeast(4);
    c->Consume(4);
    got = co_await c->ReadFrame(300'000);
    co_await c->ReadAtLeast(4);
    rest = c->Input();
  });
  client.Send("head");
  std::thread sender([&] { client.Send(frame + "tail"); });
  EXPECT_TRUE(RunUntil([&] { return !rest.empty(); }));
  sender.join();
  ASSERT_TRUE(got.has_value());
  EXPECT_TRUE(got->view() == frame);
  EXPECT_EQ(rest, "tail");
}

TEST_F(ConnectionTest, FrameThatNeverEndsIsEmpty) {
  std::optional<Buffer> got;
  Client client =
      Connect([&](ConnectionPtr c) -> asio::awaitable<void> { got = co_await c->ReadFrame(100); });
  client.Send("half a frame");
  Settle();
  client.HalfClose();
  ASSERT_TRUE(RunUntil([&] { return got.has_value(); }));
  EXPECT_TRUE(got->empty());
}

TEST_F(ConnectionTest, UnconsumedInputGrowsAsFarAsAsked) {
  std::string all(100'000, 'x');
  size_t seen = 0;
  Client client = Connect([&](ConnectionPtr c) -> asio::awaitable<void> {
    const bool whole = co_await c->ReadAtLeast(100'000);
    seen = whole && c->Input() == all ? c->Input().size() : 0;
  });
  client.Send(all);
  EXPECT_TRUE(RunUntil([&] { return seen == all.size(); }));
}

TEST_F(ConnectionTest, ReadIsFalseOnceThePeerIsGone) {
  bool over = false;
  Client client = Connect([&](ConnectionPtr c) -> asio::awaitable<void> {
    bool more = true;
    while (more) {
      more = co_await c->Read();
      c->Consume(c->Input().size());
    }
    more = co_await c->Read();
    over = !more;
  });
  client.Send("x");
  Settle();
  client.Close();
  EXPECT_TRUE(RunUntil([&] { return over; }));
}

TEST_F(ConnectionTest, SlowReaderGetsEverythingAndDrainWaitsForIt) {
  constexpr size_t kBytes = 32 << 20;
  bool drained = false;
  Client client = Connect([&](ConnectionPtr c) -> asio::awaitable<void> {
    c->Send(Buffer::Take(std::string(kBytes, 'z')));
    drained = co_await c->Drain(1000);
  });
  ASSERT_TRUE(RunUntil([&] { return connection_ && connection_->outbox_bytes() > 0; }));
  Settle();
  EXPECT_FALSE(drained);
  size_t received = 0;
  EXPECT_TRUE(RunUntil([&] { return (received += client.Take().size()) == kBytes; }));
  EXPECT_TRUE(RunUntil([&] { return drained; }));
}

TEST_F(ConnectionTest, DrainEndsWhenThePeerGoes) {
  std::optional<bool> drained;
  Client client = Connect([&](ConnectionPtr c) -> asio::awaitable<void> {
    c->Send(Buffer::Take(std::string(32 << 20, 'z')));
    drained = co_await c->Drain(1);
  });
  ASSERT_TRUE(RunUntil([&] { return connection_ && connection_->outbox_bytes() > 0; }));
  client.Close();
  ASSERT_TRUE(RunUntil([&] { return drained.has_value(); }));
  EXPECT_FALSE(*drained);
}

// --- Waiting ---

class WaitTest : public ConnectionTest {
 protected:
  // A session that waits once, until `deadline`, and logs how that ended and what had arrived.
  Client Waiting(absl::Time deadline) {
    return Connect([this, deadline](ConnectionPtr c) -> asio::awaitable<void> {
      const auto arm = [this](engine::WaiterPtr waiter) { waiter_ = std::move(waiter); };
      reason_ = co_await c->Wait(deadline, arm);
      input_ = c->Input();
      co_await c->Read();
      co_await c->Read();
    });
  }
  bool Armed() {
    return RunUntil([&] { return waiter_ != nullptr; });
  }
  bool Ends() {
    return RunUntil([&] { return reason_.has_value(); });
  }

  engine::WaiterPtr waiter_;
  std::optional<WakeReason> reason_;
  std::string input_;
};

TEST_F(WaitTest, EndsWhenItsWaiterIsWoken) {
  Client client = Waiting(absl::InfiniteFuture());
  ASSERT_TRUE(Armed());
  Settle();
  EXPECT_FALSE(reason_.has_value());
  EXPECT_TRUE(waiter_->Wake());
  ASSERT_TRUE(Ends());
  EXPECT_EQ(*reason_, WakeReason::kWoken);
}

TEST_F(WaitTest, CanBeWokenFromAnotherThread) {
  Client client = Waiting(absl::InfiniteFuture());
  ASSERT_TRUE(Armed());
  std::thread([&] { waiter_->Wake(); }).join();
  ASSERT_TRUE(Ends());
  EXPECT_EQ(*reason_, WakeReason::kWoken);
}

TEST_F(WaitTest, EndsAtItsDeadlineOnTheEnginesClock) {
  Client client = Waiting(clock.Now() + absl::Seconds(30));
  ASSERT_TRUE(Armed());
  clock.Advance(absl::Seconds(29));
  Settle();
  EXPECT_FALSE(reason_.has_value());
  clock.Advance(absl::Seconds(1));
  ASSERT_TRUE(Ends());
  EXPECT_EQ(*reason_, WakeReason::kDeadline);
  EXPECT_TRUE(waiter_->spent()) << "nobody may wake it any more";
}

TEST_F(WaitTest, LeavesNoTimerBehind) {
  const int64_t before = catalog->timers().size();
  Client client = Waiting(clock.Now() + absl::Hours(1));
  ASSERT_TRUE(Armed());
  EXPECT_EQ(catalog->timers().size(), before + 1);
  waiter_->Wake();
  ASSERT_TRUE(Ends());
  EXPECT_EQ(catalog->timers().size(), before);
}

TEST_F(WaitTest, NoticesThatThePeerHasGone) {
  Client client = Waiting(absl::InfiniteFuture());
  ASSERT_TRUE(Armed());
  client.Close();
  ASSERT_TRUE(Ends());
  EXPECT_EQ(*reason_, WakeReason::kClosed);
}

TEST_F(WaitTest, IsEndedByClose) {
  Client client = Waiting(absl::InfiniteFuture());
  ASSERT_TRUE(Armed());
  std::thread([&] { connection_->Close(); }).join();
  ASSERT_TRUE(Ends());
  EXPECT_EQ(*reason_, WakeReason::kClosed);
}

TEST_F(WaitTest, WhatArrivesMeanwhileIsInput) {
  Client client = Waiting(absl::InfiniteFuture());
  ASSERT_TRUE(Armed());
  client.Send("early");
  Settle();
  EXPECT_FALSE(reason_.has_value());
  waiter_->Wake();
  ASSERT_TRUE(Ends());
  EXPECT_EQ(input_, "early");
}

TEST_F(ConnectionTest, InputStaysInPlaceWhileWaitingAndReadTellsOfTheRest) {
  engine::WaiterPtr waiter;
  std::string before, after;
  Client client = Connect([&](ConnectionPtr c) -> asio::awaitable<void> {
    co_await c->Read();
    const std::string_view request = c->Input();
    const auto arm = [&](engine::WaiterPtr w) { waiter = std::move(w); };
    co_await c->Wait(absl::InfiniteFuture(), arm);
    before = request;
    c->Consume(request.size());
    co_await c->Read();
    after = c->Input();
    co_await c->Read();
  });
  client.Send("first");
  ASSERT_TRUE(RunUntil([&] { return waiter != nullptr; }));
  client.Send("second");
  Settle();
  waiter->Wake();
  ASSERT_TRUE(RunUntil([&] { return !after.empty(); }));
  EXPECT_EQ(before, "first");
  EXPECT_EQ(after, "second");
}

TEST_F(ConnectionTest, InputBeyondItsMemoryWaitsInTheKernelWhileWaiting) {
  engine::WaiterPtr waiter;
  size_t total = 0, gathered = 0;
  Client client = Connect([&](ConnectionPtr c) -> asio::awaitable<void> {
    co_await c->Read();
    const auto arm = [&](engine::WaiterPtr w) { waiter = std::move(w); };
    co_await c->Wait(absl::InfiniteFuture(), arm);
    gathered = c->Input().size();
    for (bool more = true; more;) {
      total += c->Input().size();
      c->Consume(c->Input().size());
      more = co_await c->Read();
    }
  });
  client.Send("x");
  ASSERT_TRUE(RunUntil([&] { return waiter != nullptr; }));
  client.Send(std::string(200'000, 'y'));
  Settle();
  waiter->Wake();
  ASSERT_TRUE(RunUntil([&] { return total == 200'001; }));
  EXPECT_GT(gathered, 1u);
  EXPECT_LT(gathered, 100'000u);
}

TEST_F(ConnectionTest, WakeUpForAnEarlierWaitDoesNotEndALaterOne) {
  std::vector<engine::WaiterPtr> waiters;
  std::vector<WakeReason> reasons;
  Client client = Connect([&](ConnectionPtr c) -> asio::awaitable<void> {
    const auto arm = [&](engine::WaiterPtr w) { waiters.push_back(std::move(w)); };
    for (int i = 0; i < 2; ++i) {
      const WakeReason reason = co_await c->Wait(clock.Now() + absl::Seconds(1), arm);
      reasons.push_back(reason);
    }
    co_await c->Read();
  });
  ASSERT_TRUE(RunUntil([&] { return waiters.size() == 1; }));
  // Both in one turn: the wake-up comes second and must not reach the second wait.
  clock.Advance(absl::Seconds(1));
  catalog->Tick();
  waiters[0]->Wake();
  ASSERT_TRUE(RunUntil([&] { return waiters.size() == 2; }));
  Settle();
  EXPECT_EQ(reasons, std::vector{WakeReason::kDeadline});
  waiters[0]->Wake();
  Settle();
  EXPECT_EQ(reasons.size(), 1u);
  waiters[1]->Wake();
  ASSERT_TRUE(RunUntil([&] { return reasons.size() == 2; }));
  EXPECT_EQ(reasons[1], WakeReason::kWoken);
}

// --- Closing ---

TEST_F(ConnectionTest, CloseEndsAPendingRead) {
  bool over = false;
  Client client =
      Connect([&](ConnectionPtr c) -> asio::awaitable<void> { over = !co_await c->Read(); });
  ASSERT_TRUE(RunUntil([&] { return connection_ != nullptr; }));
  std::thread([&] { connection_->Close(); }).join();
  EXPECT_TRUE(RunUntil([&] { return over && client.ended(); }));
  EXPECT_TRUE(connection_->closed());
  connection_->Close();
}

TEST_F(ConnectionTest, LastWordsArriveThoughInputWasLeftUnread) {
  Client client = Connect([&](ConnectionPtr c) -> asio::awaitable<void> {
    co_await c->Read();
    c->Send("-ERR no\r\n");
    c->CloseAfterFlush();
  });
  client.Send(std::string(100'000, 'q'));
  ASSERT_TRUE(RunUntil([&] { return client.ended(); }));
  EXPECT_FALSE(client.reset());
  EXPECT_EQ(client.Peek(), "-ERR no\r\n");
}

TEST_F(ConnectionTest, WhatIsQueuedLeavesWhenTheSessionEnds) {
  Client client = Connect([&](ConnectionPtr c) -> asio::awaitable<void> {
    co_await c->Read();
    c->Send("+OK\r\n");
  });
  client.Send("QUIT\r\n");
  ASSERT_TRUE(RunUntil([&] { return client.ended(); }));
  EXPECT_EQ(client.Peek(), "+OK\r\n");
}

TEST_F(ConnectionTest, SendsAfterTheCloseAreDropped) {
  Client client = Connect([&](ConnectionPtr c) -> asio::awaitable<void> {
    co_await c->Read();
    c->Close();
    c->Send("late");
    c->Flush();
  });
  client.Send("x");
  ASSERT_TRUE(RunUntil([&] { return client.ended(); }));
  EXPECT_EQ(client.Peek(), "");
}

TEST_F(ConnectionTest, WhatAGonePeerHadSentIsStillServed) {
  std::string seen;
  bool over = false;
  Client client = Connect([&](ConnectionPtr c) -> asio::awaitable<void> {
    for (;;) {
      const bool more = co_await c->Read();
      if (!more) break;
      seen += c->Input();
      c->Consume(c->Input().size());
      c->Send("reply");
      c->Flush();
    }
    over = true;
  });
  client.Send("abc");
  client.Close();
  ASSERT_TRUE(RunUntil([&] { return over; }));
  EXPECT_EQ(seen, "abc");
}

// --- Other threads ---

TEST_F(ConnectionTest, OthersMaySendAndFlushFromAnyThread) {
  Client client = Connect(Echo);
  ASSERT_TRUE(RunUntil([&] { return connection_ != nullptr; }));
  std::thread other([&] {
    for (int i = 0; i < 1000; ++i) {
      connection_->Send("0123456789");
      connection_->Flush();
    }
  });
  EXPECT_TRUE(RunUntil([&] { return client.Peek().size() == 10'000; }));
  other.join();
}

}  // namespace
}  // namespace braid::net
