#include "protocol/nats/sublist.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "engine/subjects.h"
#include "fmt/format.h"

namespace braid::nats {
namespace {

SubscriptionPtr Sub(std::string subject, std::string queue = "") {
  auto subscription = std::make_shared<Subscription>();
  subscription->subject = std::move(subject);
  subscription->queue = std::move(queue);
  return subscription;
}

TEST(SublistTest, WildcardsMatchTokens) {
  Sublist list;
  for (const char* pattern : {"a.b", "a.*", "a.>", "*.b", ">", "a", "a.b.c", "*.*.*"}) {
    list.Insert(Sub(pattern));
  }
  std::set<std::string> matched;
  const MatchPtr match = list.Match("a.b");
  for (const SubscriptionPtr& s : match->plain) matched.insert(s->subject);
  EXPECT_EQ(matched, (std::set<std::string>{"a.b", "a.*", "a.>", "*.b", ">"}));
}

TEST(SublistTest, WildcardsOfASubjectAreLiterals) {
  Sublist list;
  list.Insert(Sub("a.b"));
  EXPECT_TRUE(list.Match("a.*")->empty());
  list.Insert(Sub("a.*"));
  EXPECT_EQ(list.Match("a.*")->plain.size(), 1u);
}

TEST(SublistTest, SubjectWithEmptyTokenReachesNobody) {
  Sublist list;
  list.Insert(Sub(">"));
  for (const char* subject : {"", ".", "a.", ".a", "a..b"}) {
    EXPECT_TRUE(list.Match(subject)->empty()) << subject;
    EXPECT_FALSE(list.HasInterest(subject)) << subject;
  }
}

TEST(SublistTest, QueueIsOneGroupWhateverItsPatterns) {
  Sublist list;
  list.Insert(Sub("a.*", "workers"));
  list.Insert(Sub("a.b", "workers"));
  list.Insert(Sub("a.b", "others"));
  const MatchPtr match = list.Match("a.b");
  EXPECT_TRUE(match->plain.empty());
  ASSERT_EQ(match->queues.size(), 2u);
  for (const Match::Queue& queue : match->queues) {
    EXPECT_EQ(queue.members.size(), queue.name == "workers" ? 2u : 1u);
  }
}

TEST(SublistTest, RemovedSubscriptionIsGoneAndItsNodesToo) {
  Sublist list;
  const auto one = Sub("a.b.c"), two = Sub("a.*.>", "q");
  list.Insert(one);
  list.Insert(two);
  EXPECT_TRUE(list.Remove(one));
  EXPECT_FALSE(list.Remove(one));
  EXPECT_TRUE(list.HasInterest("a.x.y"));
  EXPECT_TRUE(list.Remove(two));
  EXPECT_FALSE(list.HasInterest("a.x.y"));
  EXPECT_EQ(list.size(), 0);
}

TEST(SublistTest, CacheSeesEveryChange) {
  Sublist list;
  MatchCache cache(list);
  EXPECT_TRUE(cache.Find("a").empty());
  const auto sub = Sub("a");
  list.Insert(sub);
  EXPECT_EQ(cache.Find("a").plain.size(), 1u);
  list.Remove(sub);
  EXPECT_TRUE(cache.Find("a").empty());
}

// Random inserts, removals and look-ups, against a list that is searched from end to end.
TEST(SublistTest, AgreesWithALinearSearch) {
  const uint32_t seed = std::random_device()();
  SCOPED_TRACE(fmt::format("seed {}", seed));
  std::mt19937 random(seed);
  const auto subject = [&](bool wildcards) {
    std::string text;
    const int tokens = static_cast<int>(random() % 4) + 1;
    for (int i = 0; i < tokens; ++i) {
      if (i > 0) text += '.';
      const uint32_t kind = wildcards ? random() % 6 : 0;
      if (kind == 5 && i == tokens - 1) {
        text += '>';
      } else if (kind == 4) {
        text += '*';
      } else {
        text += static_cast<char>('a' + random() % 3);
      }
    }
    return text;
  };
  Sublist list;
  std::vector<SubscriptionPtr> model;
  for (int step = 0; step < 20000; ++step) {
    if (random() % 3 == 0 || model.empty()) {
      model.push_back(
          Sub(subject(true), random() % 3 == 0 ? fmt::format("q{}", random() % 2) : ""));
      list.Insert(model.back());
    } else if (random() % 3 == 0 || model.size() > 60) {
      const size_t at = random() % model.size();
      ASSERT_TRUE(list.Remove(model[at]));
      model.erase(model.begin() + static_cast<std::ptrdiff_t>(at));
    }
    const std::string name = subject(false);
    std::vector<SubscriptionPtr> expected;
    std::copy_if(model.begin(), model.end(), std::back_inserter(expected),
                 [&](const auto& s) { return engine::Matches(s->subject, name); });
    const MatchPtr match = list.Match(name);
    std::vector<SubscriptionPtr> found = match->plain;
    for (const Match::Queue& queue : match->queues) {
      for (const SubscriptionPtr& member : queue.members) {
        ASSERT_EQ(member->queue, queue.name);
        found.push_back(member);
      }
    }
    std::sort(expected.begin(), expected.end());
    std::sort(found.begin(), found.end());
    ASSERT_EQ(found, expected) << name << " at step " << step;
    ASSERT_EQ(list.HasInterest(name), !expected.empty());
    ASSERT_EQ(list.size(), static_cast<int64_t>(model.size()));
  }
}

}  // namespace
}  // namespace braid::nats
