#include "protocol/nats/parser.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "fmt/format.h"

namespace braid::nats {
namespace {

using State = ParseResult::State;

ParseResult Parse(std::string_view input) {
  return ParseOp(input, ParseLimits());
}

Op ParseWhole(std::string_view input) {
  const ParseResult result = Parse(input);
  EXPECT_EQ(result.state, State::kOp) << input;
  EXPECT_EQ(result.size, input.size()) << input;
  return result.op;
}

ParseError ErrorOf(std::string_view input) {
  const ParseResult result = Parse(input);
  EXPECT_EQ(result.state, State::kError) << input;
  return result.error;
}

TEST(ParserTest, PublishHasSubjectAndPayload) {
  const Op op = ParseWhole("PUB orders.us 5\r\nhello\r\n");
  EXPECT_EQ(op.kind, OpKind::kPub);
  EXPECT_EQ(op.subject, "orders.us");
  EXPECT_EQ(op.reply, "");
  EXPECT_EQ(op.payload, "hello");
}

TEST(ParserTest, PublishMayHaveReply) {
  const Op op = ParseWhole("PUB orders.us _INBOX.1 0\r\n\r\n");
  EXPECT_EQ(op.reply, "_INBOX.1");
  EXPECT_EQ(op.payload, "");
}

TEST(ParserTest, HeadersAndPayloadAreCutApart) {
  const Op op = ParseWhole("HPUB a r 22 27\r\nNATS/1.0\r\nKey: abc\r\n\r\nhello\r\n");
  EXPECT_EQ(op.kind, OpKind::kHpub);
  EXPECT_EQ(op.reply, "r");
  EXPECT_EQ(op.headers, "NATS/1.0\r\nKey: abc\r\n\r\n");
  EXPECT_EQ(op.payload, "hello");
}

TEST(ParserTest, NamesAreReadInAnyCaseAndBlanksAreManyOrTabs) {
  const Op op = ParseWhole("pUb\t orders.us \t 2 \r\nhi\r\n");
  EXPECT_EQ(op.subject, "orders.us");
  EXPECT_EQ(op.payload, "hi");
}

TEST(ParserTest, LineMayEndWithoutCarriageReturn) {
  EXPECT_EQ(ParseWhole("PING\n").kind, OpKind::kPing);
  EXPECT_EQ(ParseWhole("PONG\n").kind, OpKind::kPong);
  EXPECT_EQ(ParseWhole("SUB a 1\n").sid, "1");
}

TEST(ParserTest, SubscribeMayHaveQueue) {
  const Op plain = ParseWhole("SUB a.* 7\r\n");
  EXPECT_EQ(plain.subject, "a.*");
  EXPECT_EQ(plain.queue, "");
  EXPECT_EQ(plain.sid, "7");
  EXPECT_EQ(ParseWhole("SUB a.* workers 7\r\n").queue, "workers");
}

TEST(ParserTest, UnsubscribeMayHaveMaximum) {
  EXPECT_FALSE(ParseWhole("UNSUB 7\r\n").max.has_value());
  EXPECT_EQ(ParseWhole("UNSUB 7 10\r\n").max, 10);
}

TEST(ParserTest, ConnectHasTheRestOfItsLine) {
  EXPECT_EQ(ParseWhole("CONNECT {\"a\": 1} \r\n").json, "{\"a\": 1}");
}

TEST(ParserTest, WhatAServerSaysIsReadAndIgnored) {
  EXPECT_EQ(ParseWhole("+OK\r\n").kind, OpKind::kOk);
  EXPECT_EQ(ParseWhole("-ERR 'no'\r\n").kind, OpKind::kErr);
  EXPECT_EQ(ParseWhole("INFO {}\r\n").kind, OpKind::kInfo);
}

TEST(ParserTest, EveryPrefixOfAnOperationAsksForMore) {
  const std::string frames[] = {
      "PUB a r 5\r\nhello\r\n", "HPUB a 12 17\r\nNATS/1.0\r\n\r\nhello\r\n",
      "SUB a q 1\r\n",          "UNSUB 1 5\r\n",
      "CONNECT {}\r\n",         "PING\r\n"};
  for (const std::string& frame : frames) {
    for (size_t n = 0; n < frame.size(); ++n) {
      const ParseResult result = Parse(frame.substr(0, n));
      ASSERT_EQ(result.state, State::kMore) << frame.substr(0, n);
      ASSERT_GT(result.size, n);
      ASSERT_LE(result.size, frame.size());
    }
  }
}

TEST(ParserTest, PayloadIsWaitedForByItsWholeLength) {
  EXPECT_EQ(Parse("PUB a 1000\r\nx").size, std::string("PUB a 1000\r\n").size() + 1002);
}

TEST(ParserTest, GarbageIsRefusedBeforeItsLineEnds) {
  EXPECT_EQ(ErrorOf("GET / HTTP/1.1"), ParseError::kUnknownOperation);
  EXPECT_EQ(ErrorOf("\r\n"), ParseError::kUnknownOperation);
  EXPECT_EQ(ErrorOf("PUBx a 1\r\nx\r\n"), ParseError::kUnknownOperation);
  EXPECT_EQ(ErrorOf(std::string_view("\0\0\0", 3)), ParseError::kUnknownOperation);
}

TEST(ParserTest, WrongArgumentsAreRefused) {
  for (const std::string_view bad :
       {"PUB a\r\n", "PUB a b c 1\r\n", "PUB a x\r\n", "PUB a -1\r\n", "PUB a 1000000000\r\n",
        "HPUB a 5\r\n", "HPUB a 9 5\r\n", "HPUB a b c 1 2\r\n", "SUB a\r\n", "SUB a b c d\r\n",
        "UNSUB \r\n", "UNSUB 1 2 3\r\n"}) {
    EXPECT_EQ(ErrorOf(bad), ParseError::kBadArguments) << bad;
  }
}

TEST(ParserTest, MaximumThatIsNoNumberIsOneReached) {
  EXPECT_EQ(ParseWhole("UNSUB 1 x\r\n").max, 0);
  EXPECT_EQ(ParseWhole("UNSUB 1 -5\r\n").max, 0);
  EXPECT_EQ(ParseWhole("UNSUB 1 12345678901\r\n").max, 0);
}

TEST(ParserTest, PayloadMustEndWithItsLine) {
  EXPECT_EQ(ErrorOf("PUB a 2\r\nhixx"), ParseError::kUnknownOperation);
}

TEST(ParserTest, PayloadBeyondLimitIsRefusedBeforeItComes) {
  EXPECT_EQ(Parse("PUB a 1048576\r\n").state, State::kMore);
  EXPECT_EQ(ErrorOf("PUB a 1048577\r\n"), ParseError::kPayloadTooLarge);
  EXPECT_EQ(ErrorOf("HPUB a 1 1048577\r\n"), ParseError::kPayloadTooLarge);
}

TEST(ParserTest, ControlLineBeyondLimitIsRefusedWithOrWithoutItsEnd) {
  const std::string longest = fmt::format("SUB {} 1\r\n", std::string(4094, 'a'));
  EXPECT_EQ(Parse(longest).state, State::kOp);
  const std::string line = fmt::format("SUB {} 1", std::string(4200, 'a'));
  EXPECT_EQ(ErrorOf(line), ParseError::kControlLineTooLong);
  EXPECT_EQ(ErrorOf(line + "\r\n"), ParseError::kControlLineTooLong);
}

// Mutations of good frames: whatever comes, the parser stays within its input and makes progress.
TEST(ParserTest, MutatedInputNeverLeavesItsBounds) {
  const uint32_t seed = std::random_device()();
  SCOPED_TRACE(fmt::format("seed {}", seed));
  std::mt19937 random(seed);
  const std::string good =
      "CONNECT {\"verbose\":false}\r\nPUB a.b r 5\r\nhello\r\nSUB a.* q 9\r\nPING\r\n"
      "HPUB a 12 14\r\nNATS/1.0\r\n\r\nhi\r\nUNSUB 9 5\r\nPONG\r\n";
  for (int round = 0; round < 20000; ++round) {
    std::string input = good;
    for (auto edits = random() % 4 + 1; edits > 0 && !input.empty(); --edits) {
      const size_t at = random() % input.size();
      switch (random() % 4) {
        case 0:
          input[at] = static_cast<char>(random());
          break;
        case 1:
          input.erase(at, random() % 8);
          break;
        case 2:
          input.insert(at, 1, "0123456789 \r\n"[random() % 13]);
          break;
        default:
          input.resize(at + 1);
      }
    }
    // A copy of its exact size, so that a sanitizer sees a read past it.
    const std::vector<char> exact(input.begin(), input.end());
    std::string_view rest(exact.data(), exact.size());
    while (!rest.empty()) {
      const ParseResult result = Parse(rest);
      if (result.state == State::kError) break;
      if (result.state == State::kMore) {
        ASSERT_GT(result.size, rest.size());
        break;
      }
      ASSERT_GT(result.size, 0u);
      ASSERT_LE(result.size, rest.size());
      rest.remove_prefix(result.size);
    }
  }
}

}  // namespace
}  // namespace braid::nats
