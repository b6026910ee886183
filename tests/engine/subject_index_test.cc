#include "engine/subject_index.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "engine/subjects.h"

namespace braid::engine {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class SubjectIndexTest : public ::testing::Test {
 protected:
  void Publish(const std::vector<std::string>& subjects) {
    for (const std::string& subject : subjects) index_.Add(subject, next_++);
  }
  std::vector<std::string> Matching(std::string_view filter, std::string_view after = {}) {
    std::vector<std::string> subjects;
    index_.ForEachMatching(
        filter,
        [&](std::string_view subject, const SubjectState&) {
          subjects.emplace_back(subject);
          return true;
        },
        after);
    return subjects;
  }

  SubjectIndex index_;
  Offset next_ = 0;
};

TEST_F(SubjectIndexTest, CountsAndRemembersFirstAndLast) {
  Publish({"a", "b", "a", "a"});
  EXPECT_EQ(index_.Find("a"), (SubjectState{.count = 3, .first = 0, .last = 3}));
  EXPECT_EQ(index_.Count("b"), 1);
  EXPECT_EQ(index_.Last("a"), 3);
  EXPECT_EQ(index_.size(), 2);
  EXPECT_EQ(index_.Count("c"), 0);
  EXPECT_FALSE(index_.Last("c").has_value());
}

TEST_F(SubjectIndexTest, SubjectGoesWithItsLastRecord) {
  Publish({"a"});
  EXPECT_FALSE(index_.Remove("a", 0).has_value());
  EXPECT_EQ(index_.size(), 0);
  EXPECT_FALSE(index_.Remove("a", 0).has_value());
}

TEST_F(SubjectIndexTest, RemovingAnEndLeavesItStaleUntilRefreshed) {
  Publish({"a", "x", "a", "a", "a", "a"});
  SubjectState left = *index_.Remove("a", 0);
  EXPECT_TRUE(left.first_stale);
  EXPECT_EQ(left.first, 1);
  EXPECT_FALSE(left.last_stale);
  index_.RefreshFirst("a", 2);
  left = *index_.Remove("a", 5);
  EXPECT_EQ(left, (SubjectState{.count = 3, .first = 2, .last = 4, .last_stale = true}));
  index_.RefreshLast("a", 4);
  EXPECT_FALSE(index_.Find("a")->last_stale);
}

TEST_F(SubjectIndexTest, RemovingInTheMiddleKeepsTheEnds) {
  Publish({"a", "a", "a"});
  EXPECT_EQ(index_.Remove("a", 1), (SubjectState{.count = 2, .first = 0, .last = 2}));
}

TEST_F(SubjectIndexTest, OneRecordLeftIsBothEnds) {
  Publish({"a", "x", "x", "a"});
  EXPECT_EQ(index_.Remove("a", 0), (SubjectState{.count = 1, .first = 3, .last = 3}));
  Publish({"b", "b"});
  EXPECT_EQ(index_.Remove("b", 5), (SubjectState{.count = 1, .first = 4, .last = 4}));
}

TEST_F(SubjectIndexTest, NewRecordSettlesAStaleLast) {
  Publish({"a", "a", "a"});
  index_.Remove("a", 2);
  Publish({"a"});
  EXPECT_EQ(index_.Find("a"), (SubjectState{.count = 3, .first = 0, .last = 3}));
}

TEST_F(SubjectIndexTest, RemovingWhatIsOutsideIsIgnored) {
  Publish({"x", "a", "a"});
  EXPECT_EQ(index_.Remove("a", 0)->count, 2);
  EXPECT_EQ(index_.Remove("a", 7)->count, 2);
}

TEST_F(SubjectIndexTest, FiltersFindWhatTheyMatch) {
  Publish({"orders.us.new", "orders.us-1.new", "orders.eu.new", "orders.us.paid", "orders",
           "orders.us", "orders.us.new.x", "other.us.new", "orders!", "orders.eu"});
  EXPECT_THAT(Matching("orders.*.new"),
              ElementsAre("orders.eu.new", "orders.us.new", "orders.us-1.new"));
  EXPECT_THAT(Matching("orders.us.>"),
              ElementsAre("orders.us.new", "orders.us.new.x", "orders.us.paid"));
  EXPECT_THAT(Matching("*.us.*"), ElementsAre("orders.us.new", "orders.us.paid", "other.us.new"));
  EXPECT_THAT(Matching("orders"), ElementsAre("orders"));
  EXPECT_THAT(Matching("*"), ElementsAre("orders", "orders!"));
  EXPECT_THAT(Matching("nothing.>"), IsEmpty());
  EXPECT_EQ(Matching(">").size(), 10u);
}

TEST_F(SubjectIndexTest, WalkGoesOnAfterASubjectAndStopsWhenTold) {
  Publish({"a.1", "a.2", "a.3", "b.1"});
  EXPECT_THAT(Matching("a.*", "a.1"), ElementsAre("a.2", "a.3"));
  EXPECT_THAT(Matching("a.*", "a.3"), IsEmpty());
  EXPECT_THAT(Matching(">", "a.25"), ElementsAre("a.3", "b.1"));
  EXPECT_THAT(Matching("b.*", "a.2"), ElementsAre("b.1"));
  int seen = 0;
  index_.ForEachMatching(">",
                         [&seen](std::string_view, const SubjectState&) { return ++seen < 2; });
  EXPECT_EQ(seen, 2);
}

TEST_F(SubjectIndexTest, TotalsCountSubjectsAndRecords) {
  Publish({"a.1", "a.1", "a.2", "b.1"});
  const auto totals = index_.CountMatching("a.*");
  EXPECT_EQ(totals.subjects, 2);
  EXPECT_EQ(totals.records, 3);
}

// Bytes on both sides of the dot, so that token order and byte order differ.
TEST_F(SubjectIndexTest, EveryFilterFindsExactlyWhatMatches) {
  const uint32_t seed = std::random_device()();
  SCOPED_TRACE(absl::StrCat("seed ", seed));
  std::mt19937 random(seed);
  const std::vector<std::string> tokens = {"a", "a-", "a!b", "ab", "b", "\xc3\xa9", "*x"};
  const std::vector<std::string> wild = {"a", "a-", "a!b", "b", "*", "*", "*"};
  const auto make = [&random](const std::vector<std::string>& alphabet) {
    std::string made = alphabet[random() % alphabet.size()];
    for (uint32_t more = random() % 4; more > 0; --more) {
      made += "." + alphabet[random() % alphabet.size()];
    }
    return made;
  };
  for (int run = 0; run < 50; ++run) {
    index_.Clear();
    std::set<std::string> subjects;
    for (uint32_t n = random() % 100; n > 0; --n) {
      subjects.insert(make(tokens));
    }
    for (const std::string& subject : subjects) index_.Add(subject, 0);
    for (int i = 0; i < 100; ++i) {
      std::string filter = make(wild);
      if (random() % 3 == 0) filter += ".>";
      std::vector<std::string> found = Matching(filter), expected;
      for (const std::string& subject : subjects) {
        if (Matches(filter, subject)) expected.push_back(subject);
      }
      if (found.size() > 1) {  // resumed at any point, the walk gives the rest
        const size_t cut = random() % found.size();
        const std::vector<std::string> rest(found.begin() + cut + 1, found.end());
        ASSERT_EQ(Matching(filter, found[cut]), rest) << filter << " after " << found[cut];
      }
      std::sort(found.begin(), found.end());
      ASSERT_EQ(found, expected) << filter;
    }
  }
}

TEST_F(SubjectIndexTest, MillionSubjectsAreSearchedWithoutAScan) {
  constexpr int kRegions = 100, kOrders = 10'000;
  for (int region = 0; region < kRegions; ++region) {
    for (int order = 0; order < kOrders; ++order) {
      index_.Add(absl::StrCat("orders.", region, ".", order), next_++);
    }
  }
  EXPECT_EQ(index_.size(), kRegions * kOrders);
  // A scan of the million each time would take this loop minutes; the walk touches a hundred.
  for (int order = 0; order < 1000; ++order) {
    ASSERT_EQ(index_.CountMatching(absl::StrCat("orders.*.", order)).subjects, kRegions);
  }
  EXPECT_EQ(index_.CountMatching("orders.7.>").subjects, kOrders);
}

}  // namespace
}  // namespace braid::engine
