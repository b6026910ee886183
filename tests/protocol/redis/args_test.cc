#include "protocol/redis/args.h"

#include <gtest/gtest.h>

#include <array>
#include <vector>

namespace braid::redis {
namespace {

using engine::EntryId;

class ArgsTest : public ::testing::Test {
 protected:
  Args Of(std::vector<std::string_view> words) {
    words_ = std::move(words);
    return Args(words_);
  }
  std::vector<std::string_view> words_;
};

TEST_F(ArgsTest, FirstErrorStays) {
  Args args = Of({"x", "y"});
  args.NextInt();
  EXPECT_FALSE(args.ok());
  args.Fail("ERR other");
  EXPECT_EQ(args.error(), text::kNotAnInteger);
}

TEST_F(ArgsTest, AnErrorEndsLoops) {
  Args args = Of({"x", "y", "z"});
  args.NextInt();
  EXPECT_TRUE(args.empty());
}

TEST_F(ArgsTest, PastTheEndIsASyntaxError) {
  Args args = Of({});
  EXPECT_EQ(args.Next(), "");
  EXPECT_EQ(args.error(), text::kSyntax);
}

TEST_F(ArgsTest, OptionsAreCaseInsensitiveAndNeedTheirValue) {
  Args args = Of({"cOuNt", "1", "COUNT"});
  EXPECT_TRUE(args.SkipOption("COUNT"));
  EXPECT_EQ(args.NextInt(), 1);
  EXPECT_FALSE(args.SkipOption("COUNT"));
  EXPECT_TRUE(args.Skip("count"));
}

TEST_F(ArgsTest, IntegersHaveOneSpelling) {
  for (const std::string_view good : {"0", "-1", "9223372036854775807", "-9223372036854775808"}) {
    EXPECT_TRUE(ParseInt64(good)) << good;
  }
  for (const std::string_view bad : {"", "-", "+1", " 1", "1 ", "01", "-0", "-01", "1.0", "0x1",
                                     "9223372036854775808", "-9223372036854775809"}) {
    EXPECT_FALSE(ParseInt64(bad)) << bad;
  }
}

TEST_F(ArgsTest, Ids) {
  EXPECT_EQ(Of({"5"}).NextId(7), (EntryId{5, 7}));
  EXPECT_EQ(Of({"5-3"}).NextId(7), (EntryId{5, 3}));
  EXPECT_EQ(Of({"-"}).NextIdOrEnd(), EntryId::kMin);
  EXPECT_EQ(Of({"+"}).NextIdOrEnd(), EntryId::kMax);
  Args bad = Of({"-"});
  bad.NextId();
  EXPECT_EQ(bad.error(), text::kInvalidId);
}

TEST_F(ArgsTest, ExclusiveEndsBecomeInclusive) {
  EXPECT_EQ(Of({"(5-3"}).NextStart(), (EntryId{5, 4}));
  EXPECT_EQ(Of({"(5-18446744073709551615"}).NextStart(), (EntryId{6, 0}));
  EXPECT_EQ(Of({"(5-3"}).NextEnd(), (EntryId{5, 2}));
  EXPECT_EQ(Of({"(5-0"}).NextEnd(), (EntryId{4, UINT64_MAX}));
  EXPECT_EQ(Of({"5"}).NextStart(), (EntryId{5, 0}));
  EXPECT_EQ(Of({"5"}).NextEnd(), (EntryId{5, UINT64_MAX}));
}

TEST_F(ArgsTest, IntervalsThatCannotBe) {
  Args start = Of({"(18446744073709551615-18446744073709551615"});
  start.NextStart();
  EXPECT_EQ(start.error(), text::kInvalidStart);
  Args end = Of({"(0-0"});
  end.NextEnd();
  EXPECT_EQ(end.error(), text::kInvalidEnd);
}

TEST_F(ArgsTest, Timeouts) {
  EXPECT_EQ(Of({"0"}).NextTimeoutMs(), 0);
  Args negative = Of({"-1"});
  negative.NextTimeoutMs();
  EXPECT_EQ(negative.error(), text::kNegativeTimeout);
  Args word = Of({"x"});
  word.NextTimeoutMs();
  EXPECT_EQ(word.error(), text::kBadTimeout);
}

}  // namespace
}  // namespace braid::redis
