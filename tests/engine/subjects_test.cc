#include "engine/subjects.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace braid::engine {
namespace {

using ::testing::ElementsAre;

TEST(SubjectsTest, TokensAreCutAtDots) {
  const SubjectTokens tokens("a.bc..d");
  EXPECT_THAT(std::vector<std::string>(tokens.begin(), tokens.end()),
              ElementsAre("a", "bc", "", "d"));
}

TEST(SubjectsTest, WellFormedSubjectsMayHoldWildcards) {
  for (const char* subject : {"a", "a.b", "*", ">", "a.*", "*.*.c", "a.>", "foo*", "a>b.c",
                              "$JS.API.INFO", "\xc3\xa9t\xc3\xa9", "*.>"}) {
    EXPECT_TRUE(IsValidSubject(subject)) << subject;
    EXPECT_TRUE(IsValidFilter(subject)) << subject;
  }
  for (const char* subject :
       {"", ".", "a.", ".a", "a..b", ">.a", "a.>.b", "a b", "a\tb", "a\r", "\na", "a\f.b", " "}) {
    EXPECT_FALSE(IsValidSubject(subject)) << subject;
    EXPECT_FALSE(IsValidFilter(subject)) << subject;
    EXPECT_FALSE(IsValidPublishSubject(subject)) << subject;
  }
}

TEST(SubjectsTest, PublishingNeedsALiteralSubject) {
  for (const char* subject : {"a", "a.b", "foo*", "foo.b>r", "a.**", "a.>>"}) {
    EXPECT_TRUE(IsValidPublishSubject(subject)) << subject;
    EXPECT_FALSE(HasWildcard(subject)) << subject;
  }
  for (const char* subject : {"*", ">", "a.*", "a.>", "*.b"}) {
    EXPECT_FALSE(IsValidPublishSubject(subject)) << subject;
    EXPECT_TRUE(HasWildcard(subject)) << subject;
  }
}

TEST(SubjectsTest, MatchesByToken) {
  EXPECT_TRUE(Matches("a.b", "a.b"));
  EXPECT_TRUE(Matches("a.*", "a.b"));
  EXPECT_TRUE(Matches("*.b", "a.b"));
  EXPECT_TRUE(Matches("a.>", "a.b"));
  EXPECT_TRUE(Matches("a.>", "a.b.c.d"));
  EXPECT_TRUE(Matches(">", "a"));
  EXPECT_TRUE(Matches("*.>", "a.b.c"));
  EXPECT_FALSE(Matches("a.b", "a"));
  EXPECT_FALSE(Matches("a", "a.b"));
  EXPECT_FALSE(Matches("a.*", "a"));
  EXPECT_FALSE(Matches("a.*", "a.b.c"));
  EXPECT_FALSE(Matches("a.b", "a.bb"));
  EXPECT_FALSE(Matches("a.bb", "a.b"));
}

TEST(SubjectsTest, TailWildcardNeedsAtLeastOneToken) {
  EXPECT_FALSE(Matches("a.>", "a"));
  EXPECT_FALSE(Matches("a.*.>", "a.b"));
}

TEST(SubjectsTest, WildcardWithinATokenIsLiteral) {
  EXPECT_TRUE(Matches("foo*", "foo*"));
  EXPECT_FALSE(Matches("foo*", "foobar"));
  EXPECT_FALSE(Matches("foo>", "foo.bar"));
}

// All subjects and patterns of up to three tokens over a small alphabet: what the functions say
// must follow from which subjects a pattern matches. Subjects have one token more, so that `>`
// shows.
class SmallWorld : public ::testing::Test {
 protected:
  static std::vector<std::string> Make(const std::vector<std::string>& alphabet, int most) {
    std::vector<std::string> made, longest = alphabet;
    for (int tokens = 1; tokens <= most; ++tokens) {
      made.insert(made.end(), longest.begin(), longest.end());
      std::vector<std::string> longer;
      for (const std::string& head : longest) {
        for (const std::string& token : alphabet) longer.push_back(head + "." + token);
      }
      longest = longer;
    }
    return made;
  }
  SmallWorld() : subjects_(Make({"a", "b", "c"}, 4)) {
    for (const std::string& pattern : Make({"a", "b", "*", ">"}, 3)) {
      if (IsValidFilter(pattern)) patterns_.push_back(pattern);
    }
  }
  std::vector<std::string> subjects_, patterns_;
};

TEST_F(SmallWorld, PatternsOverlapWhenTheyShareASubject) {
  for (const std::string& a : patterns_) {
    for (const std::string& b : patterns_) {
      bool share = false;
      for (const std::string& subject : subjects_) {
        share = share || (Matches(a, subject) && Matches(b, subject));
      }
      ASSERT_EQ(Overlaps(a, b), share) << a << " and " << b;
    }
  }
}

TEST_F(SmallWorld, SubsetMatchesNothingThatItsSupersetDoesNot) {
  for (const std::string& narrow : patterns_) {
    for (const std::string& wide : patterns_) {
      bool all = true;
      for (const std::string& subject : subjects_) {
        all = all && (!Matches(narrow, subject) || Matches(wide, subject));
      }
      ASSERT_EQ(IsSubsetOf(narrow, wide), all) << narrow << " in " << wide;
    }
  }
}

TEST_F(SmallWorld, SubjectsMatchAsPatternsOfThemselves) {
  for (const std::string& subject : subjects_) {
    for (const std::string& pattern : patterns_) {
      ASSERT_EQ(Matches(pattern, subject), IsSubsetOf(subject, pattern))
          << subject << " " << pattern;
    }
  }
}

}  // namespace
}  // namespace braid::engine
