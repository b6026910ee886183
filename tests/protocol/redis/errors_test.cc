#include "protocol/redis/errors.h"

#include <gtest/gtest.h>

#include <string>

namespace braid::redis {
namespace {

// Past its end the enumeration has no names.
template <typename Check>
void ForEachCode(Check check) {
  int codes = 0;
  for (int i = 0; i < 1000; ++i) {
    const auto code = static_cast<Errc>(i);
    const std::string_view name = ErrcName(code);
    if (code != Errc::kUnknown && name == ErrcName(Errc::kUnknown)) break;
    check(code, name);
    ++codes;
  }
  EXPECT_GT(codes, 30);
}

TEST(ErrorsTest, EveryEngineErrorHasWords) {
  ForEachCode([](Errc code, std::string_view name) {
    if (code == Errc::kOk) return;
    const std::string_view words = ErrorText(code);
    ASSERT_FALSE(words.empty()) << name;
    // A code word in capitals, a space, the rest.
    const std::string_view word = words.substr(0, words.find(' '));
    EXPECT_FALSE(word.empty()) << name;
    for (const char c : word) EXPECT_TRUE(c >= 'A' && c <= 'Z') << words;
  });
}

TEST(ErrorsTest, WhatRedisCannotSayIsExplained) {
  EXPECT_EQ(ErrorText(MakeError(Errc::kInvalidName, "too long")), "ERR invalid key name: too long");
  EXPECT_EQ(ErrorText(MakeError(Errc::kIdTooSmall, "whatever")), text::kIdTooSmall);
  EXPECT_EQ(ErrorText(MakeError(Errc::kOutOfMemory, "whatever")),
            "OOM command not allowed when used memory > 'maxmemory'.");
  EXPECT_EQ(ErrorText(MakeError(Errc::kOutOfSpace, "write f: No space left on device")),
            "MISCONF Errors writing to the log file: write f: No space left on device");
  EXPECT_EQ(ErrorText(absl::InternalError("odd")), "ERR internal error: odd");
}

TEST(ErrorsTest, Sentences) {
  EXPECT_EQ(WrongArity("xadd"), "ERR wrong number of arguments for 'xadd' command");
  EXPECT_EQ(UnknownSubcommand("xgroup", "foo"), "ERR unknown subcommand 'foo'. Try XGROUP HELP.");
  EXPECT_EQ(NoGroupForReading("k", "g"),
            "NOGROUP No such key 'k' or consumer group 'g' in XREADGROUP with GROUP option");
  EXPECT_EQ(NoKeyOrGroup("k", "g"), "NOGROUP No such key 'k' or consumer group 'g'");
  EXPECT_EQ(NoGroupForKey("k", "g"), "NOGROUP No such consumer group 'g' for key name 'k'");
}

}  // namespace
}  // namespace braid::redis
