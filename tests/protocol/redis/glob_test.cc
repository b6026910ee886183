#include "protocol/redis/glob.h"

#include <gtest/gtest.h>

#include <string>

namespace braid::redis {
namespace {

TEST(GlobTest, Matches) {
  for (const auto& [pattern, text] : {std::pair("*", ""),
                                      {"*", "anything"},
                                      {"a*c", "abbbc"},
                                      {"a*b*c", "axxbyyc"},
                                      {"h?llo", "hello"},
                                      {"h[ae]llo", "hallo"},
                                      {"h[^e]llo", "hallo"},
                                      {"h[a-c]llo", "hbllo"},
                                      {"h[c-a]llo", "hbllo"},
                                      {"a\\*b", "a*b"},
                                      {"[\\]]", "]"},
                                      {"**a", "bba"},
                                      {"", ""}}) {
    EXPECT_TRUE(GlobMatch(pattern, text)) << pattern << " " << text;
  }
}

TEST(GlobTest, DoesNotMatch) {
  for (const auto& [pattern, text] : {std::pair("", "a"),
                                      {"a", ""},
                                      {"a*c", "abd"},
                                      {"h?llo", "hllo"},
                                      {"h[ae]llo", "hillo"},
                                      {"h[^e]llo", "hello"},
                                      {"a\\*b", "axb"},
                                      {"A", "a"},
                                      {"*a", "ab"}}) {
    EXPECT_FALSE(GlobMatch(pattern, text)) << pattern << " " << text;
  }
}

TEST(GlobTest, CaseMayNotMatter) {
  EXPECT_TRUE(GlobMatch("MAX*", "maxmemory", /*ignore_case=*/true));
  EXPECT_TRUE(GlobMatch("[A-Z]", "q", /*ignore_case=*/true));
}

TEST(GlobTest, UnfinishedPatternsAreHarmless) {
  EXPECT_FALSE(GlobMatch("[", "a"));
  EXPECT_TRUE(GlobMatch("[a", "a"));
  EXPECT_FALSE(GlobMatch("a\\", "a"));
  EXPECT_TRUE(GlobMatch("a\\", "a\\"));
}

TEST(GlobTest, ManyStarsDoNotExplode) {
  std::string pattern;
  for (int i = 0; i < 50; ++i) pattern += "a*";
  EXPECT_FALSE(GlobMatch(pattern + "b", std::string(2000, 'a')));
}

}  // namespace
}  // namespace braid::redis
