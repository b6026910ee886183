#include "protocol/redis/request_parser.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/protocol/redis/resp_value.h"

namespace braid::redis {
namespace {

using Result = RequestParser::Result;
using ::testing::ElementsAre;

class RequestParserTest : public ::testing::Test {
 protected:
  Result Parse(std::string_view input) { return parser_.Parse(input, limits_); }
  std::vector<std::string> Args() { return {parser_.args().begin(), parser_.args().end()}; }

  RequestParser parser_;
  RequestLimits limits_;
};

TEST_F(RequestParserTest, ArrayOfBulkStrings) {
  const std::string input = "*2\r\n$4\r\nPING\r\n$3\r\na\r\n\r\nrest";
  ASSERT_EQ(Parse(input), Result::kRequest);
  EXPECT_THAT(Args(), ElementsAre("PING", "a\r\n"));
  EXPECT_EQ(parser_.consumed(), input.size() - 4);
}

TEST_F(RequestParserTest, ArgumentsAreWindowsIntoTheInput) {
  const std::string input = "*1\r\n$4\r\nPING\r\n";
  ASSERT_EQ(Parse(input), Result::kRequest);
  EXPECT_EQ(parser_.args().front().data(), input.data() + 8);
}

TEST_F(RequestParserTest, EveryCutIsWaitedFor) {
  const std::string input = EncodeRequest({"XADD", "key", "*", "field", std::string(300, 'v'), ""});
  for (size_t cut = 0; cut < input.size(); ++cut) {
    RequestParser parser;
    ASSERT_EQ(parser.Parse(input.substr(0, cut), limits_), Result::kMore) << cut;
    ASSERT_EQ(parser.Parse(input, limits_), Result::kRequest) << cut;
    EXPECT_EQ(parser.args().size(), 6u);
    EXPECT_EQ(parser.consumed(), input.size());
  }
}

TEST_F(RequestParserTest, ByteByByte) {
  const std::string input = EncodeRequest({"SET", "a", "b"});
  for (size_t n = 1; n < input.size(); ++n) {
    ASSERT_EQ(Parse(std::string_view(input).substr(0, n)), Result::kMore);
  }
  ASSERT_EQ(Parse(input), Result::kRequest);
  EXPECT_THAT(Args(), ElementsAre("SET", "a", "b"));
}

TEST_F(RequestParserTest, OneRequestAfterAnother) {
  const std::string input = EncodeRequest({"A"}) + "B c\r\n" + EncodeRequest({"D"});
  std::string_view rest = input;
  ASSERT_EQ(Parse(rest), Result::kRequest);
  rest.remove_prefix(parser_.consumed());
  ASSERT_EQ(Parse(rest), Result::kRequest);
  EXPECT_THAT(Args(), ElementsAre("B", "c"));
  rest.remove_prefix(parser_.consumed());
  ASSERT_EQ(Parse(rest), Result::kRequest);
  EXPECT_THAT(Args(), ElementsAre("D"));
  EXPECT_EQ(parser_.consumed(), rest.size());
}

TEST_F(RequestParserTest, EmptyLinesAndEmptyArraysMeanNothing) {
  for (const std::string_view input : {"\r\n", "\n", "   \r\n", "*0\r\n", "*-1\r\n", "*-5\r\n"}) {
    EXPECT_EQ(Parse(input), Result::kNothing) << input;
    EXPECT_EQ(parser_.consumed(), input.size());
  }
}

TEST_F(RequestParserTest, InlineWords) {
  ASSERT_EQ(Parse("  PING   hello\tthere \r\n"), Result::kRequest);
  EXPECT_THAT(Args(), ElementsAre("PING", "hello", "there"));
}

TEST_F(RequestParserTest, InlineQuotes) {
  ASSERT_EQ(Parse(R"(a "b c" 'd "e' "\n\x41\"\q" '\'' "")"
                  "\n"),
            Result::kRequest);
  EXPECT_THAT(Args(), ElementsAre("a", "b c", "d \"e", "\nA\"q", "'", ""));
}

TEST_F(RequestParserTest, UnbalancedQuotesAreRefused) {
  for (const std::string_view input : {"a \"b\n", "a 'b\n", "a \"b\"c\n", "a 'b'c\n", "\"\\\n"}) {
    EXPECT_EQ(Parse(input), Result::kError) << input;
    EXPECT_EQ(parser_.error(), "ERR Protocol error: unbalanced quotes in request");
  }
}

struct Broken {
  std::string_view input;
  std::string_view error;
};

TEST_F(RequestParserTest, BrokenRequestsHaveTheirWords) {
  for (const Broken& broken :
       std::vector<Broken>{{"*x\r\n", "invalid multibulk length"},
                           {"*1048577\r\n", "invalid multibulk length"},
                           {"*99999999999999999999\r\n", "invalid multibulk length"},
                           {"*1\r\nPING\r\n", "expected '$', got 'P'"},
                           {"*1\r\n$x\r\n", "invalid bulk length"},
                           {"*1\r\n$-1\r\n", "invalid bulk length"},
                           {"*1\r\n$536870913\r\n", "invalid bulk length"},
                           {"*1\r\n$99999999999999999999\r\n", "invalid bulk length"}}) {
    RequestParser parser;
    EXPECT_EQ(parser.Parse(broken.input, limits_), Result::kError) << broken.input;
    EXPECT_EQ(parser.error(), "ERR Protocol error: " + std::string(broken.error));
  }
}

TEST_F(RequestParserTest, LinesWithoutEndAreRefused) {
  const std::string long_line(64 * 1024, '1');
  EXPECT_EQ(Parse("x" + long_line), Result::kError);
  EXPECT_EQ(parser_.error(), "ERR Protocol error: too big inline request");
  EXPECT_EQ(Parse("*" + long_line), Result::kError);
  EXPECT_EQ(parser_.error(), "ERR Protocol error: too big mbulk count string");
  EXPECT_EQ(Parse("*1\r\n$" + long_line), Result::kError);
  EXPECT_EQ(parser_.error(), "ERR Protocol error: too big bulk count string");
}

TEST_F(RequestParserTest, AnnouncedBytesAreNotTakenForPresent) {
  EXPECT_EQ(Parse("*1000000\r\n$536870912\r\nabc"), Result::kMore);
}

TEST_F(RequestParserTest, ARequestHasABoundAsAWhole) {
  limits_.max_request_bytes = 100;
  EXPECT_EQ(Parse("*2\r\n$60\r\n" + std::string(60, 'a') + "\r\n$60\r\n"), Result::kError);
  EXPECT_EQ(parser_.error(), "ERR Protocol error: request too large");
}

TEST_F(RequestParserTest, UnknownClientsHaveTighterLimits) {
  limits_.max_args = 10;
  limits_.max_bulk_bytes = 16384;
  EXPECT_EQ(Parse("*11\r\n"), Result::kError);
  EXPECT_EQ(parser_.error(), "ERR Protocol error: unauthenticated multibulk length");
  EXPECT_EQ(Parse("*1\r\n$16385\r\n"), Result::kError);
  EXPECT_EQ(parser_.error(), "ERR Protocol error: unauthenticated bulk length");
}

TEST_F(RequestParserTest, ALongRequestIsNotReadTwice) {
  // A million arguments arriving in thousands of pieces: quadratic work would take minutes.
  constexpr int kArgs = 1000000;
  std::string input = "*" + std::to_string(kArgs) + "\r\n";
  for (int i = 0; i < kArgs; ++i) input += "$1\r\nx\r\n";
  for (size_t n = 0; n < input.size(); n += 1500) {
    ASSERT_EQ(Parse(std::string_view(input).substr(0, n)), Result::kMore);
  }
  ASSERT_EQ(Parse(input), Result::kRequest);
  EXPECT_EQ(parser_.args().size(), static_cast<size_t>(kArgs));
}

}  // namespace
}  // namespace braid::redis
