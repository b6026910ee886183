#include "engine/names.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "absl/strings/str_cat.h"
#include "braid/error.h"

namespace braid::engine {
namespace {

TEST(NamesTest, LegalNamesStayAsTheyAre) {
  for (const char* name :
       {"orders", "orders.eu-1_v2", "max_x", "a_xZZ", "a_x4", "a_xab", "...", "A"}) {
    EXPECT_EQ(*EscapeForKafka(name), name);
  }
  EXPECT_EQ(*EscapeForNats("orders:1{x}"), "orders:1{x}");
  EXPECT_EQ(*EscapeForNats("gr\xc3\xb6\xc3\x9f"
                           "e"),
            "gr\xc3\xb6\xc3\x9f"
            "e");
}

TEST(NamesTest, IllegalBytesBecomeHex) {
  EXPECT_EQ(*EscapeForKafka("orders/eu 1"), "orders_x2Feu_x201");
  EXPECT_EQ(*EscapeForKafka("gr\xc3\xb6\xc3\x9f"
                            "e"),
            "gr_xC3_xB6_xC3_x9Fe");
  EXPECT_EQ(*EscapeForNats("orders.eu 1"), "orders_x2Eeu_x201");
  EXPECT_EQ(*EscapeForNats("a*b>c/d\\e\tf\x7f"), "a_x2Ab_x3Ec_x2Fd_x5Ce_x09f_x7F");
}

TEST(NamesTest, WhatLooksEscapedIsEscaped) {
  EXPECT_EQ(*EscapeForKafka("a_x20b"), "a_x5Fx20b");
  EXPECT_EQ(Unescape("a_x5Fx20b"), "a_x20b");
  EXPECT_EQ(*EscapeForKafka("_x5F"), "_x5Fx5F");
}

TEST(NamesTest, DotsAloneAreNoTopic) {
  EXPECT_EQ(*EscapeForKafka("."), "_x2E");
  EXPECT_EQ(*EscapeForKafka(".."), "_x2E_x2E");
  EXPECT_EQ(Unescape("_x2E_x2E"), "..");
}

TEST(NamesTest, BytesThatAreNoUtf8AreEscapedForNats) {
  EXPECT_EQ(*EscapeForNats("\xff"), "_xFF");
  EXPECT_EQ(*EscapeForNats("a\xc3"), "a_xC3");                        // cut short
  EXPECT_EQ(*EscapeForNats("\xc0\x80"), "_xC0_x80");                  // overlong
  EXPECT_EQ(*EscapeForNats("\xed\xa0\x80"), "_xED_xA0_x80");          // surrogate
  EXPECT_EQ(*EscapeForNats("\xf4\x90\x80\x80"), "_xF4_x90_x80_x80");  // past the last character
  EXPECT_EQ(*EscapeForNats("\xf0\x9f\x8e\x89"), "\xf0\x9f\x8e\x89");
}

TEST(NamesTest, TooLongIsRefused) {
  EXPECT_TRUE(EscapeForKafka(std::string(249, 'a')).ok());
  EXPECT_EQ(CodeOf(EscapeForKafka(std::string(250, 'a')).status()), Errc::kInvalidName);
  EXPECT_TRUE(EscapeForKafka(std::string(62, ' ')).ok());  // 248 escaped
  EXPECT_EQ(CodeOf(EscapeForKafka(std::string(63, ' ')).status()), Errc::kInvalidName);
  EXPECT_TRUE(EscapeForNats(std::string(255, 'a')).ok());
  EXPECT_EQ(CodeOf(EscapeForNats(std::string(256, 'a')).status()), Errc::kInvalidName);
}

TEST(NamesTest, EmptyIsRefused) {
  EXPECT_EQ(CodeOf(EscapeForKafka("").status()), Errc::kInvalidName);
  EXPECT_EQ(CodeOf(EscapeForNats("").status()), Errc::kInvalidName);
}

TEST(NamesTest, FileNamesNeverHideNorEscape) {
  EXPECT_EQ(EscapeForFile("orders.eu"), "orders.eu");
  EXPECT_EQ(EscapeForFile(".hidden"), "_x2Ehidden");
  EXPECT_EQ(EscapeForFile(".."), "_x2E.");
  EXPECT_EQ(EscapeForFile("../etc/passwd"), "_x2E._x2Fetc_x2Fpasswd");
  EXPECT_EQ(EscapeForFile(std::string_view("a\0b", 3)), "a_x00b");
  EXPECT_EQ(EscapeForFile(""), "_");
}

TEST(NamesTest, LongFileNamesAreCutBetweenEscapes) {
  EXPECT_EQ(EscapeForFile(std::string(1000, 'a')), std::string(kMaxFileName, 'a'));
  const std::string cut = EscapeForFile("ab" + std::string(1000, ' '));
  EXPECT_EQ(cut.size(), 2 + (kMaxFileName - 2) / 4 * 4);
  EXPECT_EQ(Unescape(cut), "ab" + std::string((kMaxFileName - 2) / 4, ' '));
}

// Every byte, and the bytes of the rule itself more often than others.
TEST(NamesPropertyTest, EscapingIsReversibleAndLegal) {
  const uint32_t seed = std::random_device()();
  SCOPED_TRACE(absl::StrCat("seed ", seed));
  std::mt19937 random(seed);
  constexpr std::string_view kOften = "__xxx25FFEAa. .";
  for (int run = 0; run < 50'000; ++run) {
    std::string name;
    for (uint32_t n = 1 + random() % 20; n > 0; --n) {
      name += random() % 4 == 0 ? static_cast<char>(random()) : kOften[random() % kOften.size()];
    }
    const std::string kafka = *EscapeForKafka(name);
    ASSERT_EQ(Unescape(kafka), name);
    ASSERT_EQ(kafka.find_first_not_of(
                  "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-"),
              std::string::npos);
    ASSERT_TRUE(kafka != "." && kafka != "..");
    const std::string nats = *EscapeForNats(name);
    ASSERT_EQ(Unescape(nats), name);
    ASSERT_EQ(nats.find_first_of(" \t\r\n\f.*>/\\"), std::string::npos);
    const std::string file = EscapeForFile(name);
    ASSERT_EQ(Unescape(file), name);
    ASSERT_NE(file[0], '.');
    ASSERT_EQ(file.find('/'), std::string::npos);
  }
}

}  // namespace
}  // namespace braid::engine
