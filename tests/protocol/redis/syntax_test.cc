// Syntax lines of the command table as COMMAND DOCS shows them; and rates.
#include "protocol/redis/syntax.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "protocol/redis/command.h"
#include "protocol/redis/process.h"
#include "protocol/redis/rates.h"

namespace braid::redis {
namespace {

using ::testing::ElementsAre;

// "TOKEN=name", "{block}", "(one|of)"; "?" behind what is optional, "+" behind what may be
// repeated.
std::string Print(const std::vector<Argument>& arguments, std::string_view between = " ") {
  std::string out;
  for (const Argument& argument : arguments) {
    if (!out.empty()) out += between;
    if (argument.type == Argument::Type::kToken) {
      out += argument.token;
    } else {
      if (!argument.token.empty()) out += argument.token + "=";
      if (argument.type == Argument::Type::kOneOf) {
        out += "(" + Print(argument.arguments, "|") + ")";
      } else if (argument.type == Argument::Type::kBlock) {
        out += "{" + Print(argument.arguments) + "}";
      } else {
        out += argument.name;
      }
    }
    if (argument.optional) out += "?";
    if (argument.multiple) out += "+";
  }
  return out;
}

TEST(SyntaxTest, ReadsWhatTheTableWrites) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"", ""},
      {"key", "key"},
      {"key [key ...]", "key+"},
      {"[command [command ...]]", "command?+"},
      {"key field value [field value ...]", "key {field value}+"},
      {"key [NX|XX] [GET]", "key (NX|XX)? GET?"},
      {"[EX seconds|PX milliseconds|PERSIST]", "(EX=seconds|PX=milliseconds|PERSIST)?"},
      {"[MAXLEN|MINID [=|~] threshold [LIMIT count]] *|id",
       "{(MAXLEN|MINID) (=|~)? threshold LIMIT=count?}? (*|id)"},
      {"GROUP group consumer [NOACK] STREAMS key [key ...] id [id ...]",
       "GROUP=group consumer NOACK? STREAMS=key+ id+"},
      {"LIB-NAME name | LIB-VER version", "(LIB-NAME=name|LIB-VER=version)"},
      {"host port | NO ONE", "({host port}|{NO ONE})"},
      {"[SKIPME yes|no]", "SKIPME=(yes|no)?"},
  };
  for (const auto& [syntax, expected] : cases) {
    EXPECT_EQ(Print(ParseSyntax(syntax)), expected) << syntax;
  }
}

TEST(SyntaxTest, KeysAndNumbersHaveTheirTypes) {
  const std::vector<Argument> arguments = ParseSyntax("key [COUNT count] pattern name");
  EXPECT_EQ(arguments[0].type, Argument::Type::kKey);
  EXPECT_EQ(arguments[1].type, Argument::Type::kInteger);
  EXPECT_EQ(arguments[2].type, Argument::Type::kPattern);
  EXPECT_EQ(arguments[3].type, Argument::Type::kString);
}

// Brackets that do not match would lose what follows them.
TEST(SyntaxTest, EveryLineOfTheTableIsReadToItsEnd) {
  for (const Command& command : Commands()) {
    EXPECT_EQ(ParseSyntax(command.syntax).empty(), command.syntax.empty()) << command.name;
    std::string with_end = std::string(command.syntax) + " the-end";
    EXPECT_THAT(Print(ParseSyntax(with_end)), ::testing::HasSubstr("the-end")) << command.name;
  }
}

TEST(RatesTest, RateIsThatOfTheLastSecondOrSinceTheLastLook) {
  const absl::Time start = absl::FromUnixSeconds(1000);
  Rates rates(start);
  EXPECT_THAT(rates.Look(start, {5, 0, 0}), ElementsAre(0, 0, 0));
  EXPECT_THAT(rates.Look(start + absl::Seconds(2), {10, 20, 0}), ElementsAre(5, 10, 0));
  EXPECT_THAT(rates.Look(start + absl::Seconds(3), {110, 20, 0}), ElementsAre(100, 0, 0));
  EXPECT_THAT(rates.Look(start + absl::Seconds(13), {120, 20, 0}), ElementsAre(1, 0, 0));
  rates.Reset(start + absl::Seconds(13));
  EXPECT_THAT(rates.Look(start + absl::Seconds(14), {3, 0, 0}), ElementsAre(3, 0, 0));
}

TEST(ProcessTest, SizesForPeople) {
  EXPECT_EQ(HumanBytes(0), "0B");
  EXPECT_EQ(HumanBytes(1023), "1023B");
  EXPECT_EQ(HumanBytes(1536), "1.50K");
  EXPECT_EQ(HumanBytes(int64_t{3} << 30), "3.00G");
}

TEST(ProcessTest, MeasuresThisProcess) {
  const MemoryUse memory = MeasureMemory();
  EXPECT_GE(memory.allocated, 0);
  EXPECT_GE(memory.reserved, memory.allocated);
  EXPECT_GT(memory.resident, 0);
  EXPECT_GT(SystemMemoryBytes(), memory.resident);
  EXPECT_FALSE(ExecutablePath().empty());
}

}  // namespace
}  // namespace braid::redis
