#include "engine/assignors.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

namespace braid::engine {
namespace {

TopicId Topic(uint8_t number) {
  TopicId id{};
  id[0] = number;
  return id;
}

Subscriber Reader(std::string id, const std::vector<uint8_t>& topics, PartitionSet current = {}) {
  Subscriber subscriber{std::move(id), {}, std::move(current)};
  for (const uint8_t topic : topics) subscriber.topics.insert(Topic(topic));
  return subscriber;
}

TopicSizes Sizes(const std::vector<int32_t>& partitions) {
  TopicSizes sizes;
  for (size_t i = 0; i < partitions.size(); ++i) {
    sizes[Topic(static_cast<uint8_t>(i + 1))] = partitions[i];
  }
  return sizes;
}

// "1:0 1:1 2:0": topic and partition of each.
std::string Text(const PartitionSet& partitions) {
  std::string text;
  for (const auto& [topic, partition] : partitions) {
    absl::StrAppend(&text, text.empty() ? "" : " ", topic[0], ":", partition);
  }
  return text;
}

std::vector<size_t> Loads(const Shares& shares) {
  std::vector<size_t> loads;
  for (const auto& [id, share] : shares) loads.push_back(share.size());
  return loads;
}

// Each partition that has a subscriber is in the share of one, and of nothing but subscribers.
void ExpectComplete(const std::vector<Subscriber>& subscribers, const TopicSizes& sizes,
                    const Shares& shares) {
  ASSERT_EQ(shares.size(), subscribers.size());
  PartitionSet given;
  for (const Subscriber& subscriber : subscribers) {
    for (const TopicPartition& partition : shares.find(subscriber.id)->second) {
      EXPECT_TRUE(subscriber.topics.contains(partition.topic));
      EXPECT_LT(partition.partition, sizes.find(partition.topic)->second);
      EXPECT_TRUE(given.insert(partition).second) << "given twice";
    }
  }
  size_t wanted = 0;
  for (const auto& [id, partitions] : sizes) {
    const bool any = std::any_of(subscribers.begin(), subscribers.end(),
                                 [&id = id](const auto& s) { return s.topics.contains(id); });
    if (any) wanted += static_cast<size_t>(partitions);
  }
  EXPECT_EQ(given.size(), wanted);
}

size_t Squares(const std::vector<size_t>& loads) {
  size_t sum = 0;
  for (const size_t load : loads) sum += load * load;
  return sum;
}

// The least sum of squares that any way of sharing has.
size_t LeastSquares(const std::vector<Subscriber>& subscribers, const TopicSizes& sizes) {
  std::vector<TopicId> partitions;
  for (const auto& [id, count] : sizes) partitions.insert(partitions.end(), count, id);
  std::vector<size_t> loads(subscribers.size());
  size_t least = SIZE_MAX;
  const std::function<void(size_t)> place = [&](size_t i) {
    if (i == partitions.size()) {
      least = std::min(least, Squares(loads));
      return;
    }
    bool any = false;
    for (size_t s = 0; s < subscribers.size(); ++s) {
      if (!subscribers[s].topics.contains(partitions[i])) continue;
      any = true;
      ++loads[s];
      place(i + 1);
      --loads[s];
    }
    if (!any) place(i + 1);
  };
  place(0);
  return least;
}

TEST(UniformTest, SharesDifferByOneAtMost) {
  const std::vector<Subscriber> readers = {Reader("a", {1, 2}), Reader("b", {1, 2}),
                                           Reader("c", {1, 2})};
  const Shares shares = AssignUniform(readers, Sizes({5, 3}));
  ExpectComplete(readers, Sizes({5, 3}), shares);
  EXPECT_EQ(Loads(shares), (std::vector<size_t>{3, 3, 2}));
}

TEST(UniformTest, NewcomerTakesOnlyWhatIsTooMuch) {
  const std::vector<Subscriber> alone = {Reader("b", {1})};
  const PartitionSet all = AssignUniform(alone, Sizes({4})).at("b");
  const std::vector<Subscriber> two = {Reader("a", {1}), Reader("b", {1}, all)};
  const Shares shares = AssignUniform(two, Sizes({4}));
  EXPECT_EQ(Text(shares.at("a")), "1:2 1:3");
  EXPECT_EQ(Text(shares.at("b")), "1:0 1:1");
}

TEST(UniformTest, NothingMovesWithoutNeed) {
  const PartitionSet left = {{Topic(1), 0}, {Topic(1), 3}, {Topic(2), 1}};
  const PartitionSet right = {{Topic(1), 1}, {Topic(1), 2}};
  const std::vector<Subscriber> readers = {Reader("a", {1, 2}, left), Reader("b", {1, 2}, right)};
  const Shares shares = AssignUniform(readers, Sizes({4, 2}));
  EXPECT_EQ(shares.at("a"), left);
  EXPECT_EQ(Text(shares.at("b")), "1:1 1:2 2:0");
}

TEST(UniformTest, WhatIsNoLongerThereIsForgotten) {
  const PartitionSet stale = {{Topic(1), 0}, {Topic(1), 9}, {Topic(7), 0}, {Topic(2), 0}};
  const std::vector<Subscriber> readers = {Reader("a", {1}, stale)};
  EXPECT_EQ(Text(AssignUniform(readers, Sizes({2, 1})).at("a")), "1:0 1:1");
}

TEST(UniformTest, OneWhoIsNamedTwiceAsOwnerKeepsTheFirstWord) {
  const PartitionSet same = {{Topic(1), 0}};
  const std::vector<Subscriber> readers = {Reader("a", {1}, same), Reader("b", {1}, same)};
  const Shares shares = AssignUniform(readers, Sizes({2}));
  EXPECT_EQ(Text(shares.at("a")), "1:0");
  EXPECT_EQ(Text(shares.at("b")), "1:1");
}

// a and b share topic 1, b and c share topic 2: only through b can c relieve a.
TEST(UniformTest, BalanceGoesThroughOthers) {
  const std::vector<Subscriber> readers = {
      Reader("a", {1}, {{Topic(1), 0}, {Topic(1), 1}, {Topic(1), 2}}),
      Reader("b", {1, 2}, {{Topic(2), 0}, {Topic(2), 1}}), Reader("c", {2}, {{Topic(2), 2}})};
  const Shares shares = AssignUniform(readers, Sizes({3, 3}));
  ExpectComplete(readers, Sizes({3, 3}), shares);
  EXPECT_EQ(Loads(shares), (std::vector<size_t>{2, 2, 2}));
}

TEST(UniformTest, NobodyAndNothing) {
  EXPECT_TRUE(AssignUniform({}, Sizes({3})).empty());
  EXPECT_EQ(AssignUniform({Reader("a", {})}, Sizes({3})).at("a").size(), 0u);
  EXPECT_EQ(AssignUniform({Reader("a", {1})}, Sizes({0})).at("a").size(), 0u);
}

TEST(UniformTest, AsBalancedAsCanBeAndStillWhenRepeated) {
  const uint32_t base = std::random_device()();
  for (uint32_t run = 0; run < 400; ++run) {
    SCOPED_TRACE(absl::StrCat("seed ", base + run));
    std::mt19937 random(base + run);
    std::vector<int32_t> partitions(1 + random() % 3);
    for (int32_t& count : partitions) count = static_cast<int32_t>(random() % 3);
    const TopicSizes sizes = Sizes(partitions);
    std::vector<Subscriber> readers;
    for (uint32_t i = 0, count = 1 + random() % 4; i < count; ++i) {
      Subscriber& reader = readers.emplace_back(Reader(absl::StrCat("r", i), {}));
      for (const auto& [id, size] : sizes) {
        if (random() % 3 != 0) reader.topics.insert(id);
        for (int32_t p = 0; p < size; ++p) {
          if (random() % 4 == 0) reader.current.insert({id, p});
        }
      }
    }
    const Shares shares = AssignUniform(readers, sizes);
    ExpectComplete(readers, sizes, shares);
    EXPECT_EQ(Squares(Loads(shares)), LeastSquares(readers, sizes));
    for (Subscriber& reader : readers) reader.current = shares.at(reader.id);
    EXPECT_EQ(AssignUniform(readers, sizes), shares);
    if (::testing::Test::HasFailure()) return;
  }
}

TEST(UniformTest, LeavingOneMovesOnlyItsShare) {
  std::vector<Subscriber> readers;
  for (int i = 0; i < 40; ++i) readers.push_back(Reader(absl::StrCat("r", i), {1, 2}));
  const TopicSizes sizes = Sizes({500, 300});
  Shares shares = AssignUniform(readers, sizes);
  readers.pop_back();
  for (Subscriber& reader : readers) reader.current = shares.at(reader.id);
  shares = AssignUniform(readers, sizes);
  ExpectComplete(readers, sizes, shares);
  for (const Subscriber& reader : readers) {
    const PartitionSet& now = shares.at(reader.id);
    EXPECT_TRUE(
        std::includes(now.begin(), now.end(), reader.current.begin(), reader.current.end()));
  }
}

TEST(RangeTest, NeighboursGoTogetherAndTheFirstHaveMore) {
  const std::vector<Subscriber> readers = {Reader("z", {1, 2}), Reader("a", {1, 2}),
                                           Reader("m", {2})};
  const Shares shares = AssignRange(readers, Sizes({5, 4}));
  ExpectComplete(readers, Sizes({5, 4}), shares);
  EXPECT_EQ(Text(shares.at("z")), "1:0 1:1 1:2 2:0 2:1");
  EXPECT_EQ(Text(shares.at("a")), "1:3 1:4 2:2");
  EXPECT_EQ(Text(shares.at("m")), "2:3");
}

TEST(RangeTest, MoreSubscribersThanPartitions) {
  const std::vector<Subscriber> readers = {Reader("a", {1}), Reader("b", {1}), Reader("c", {1})};
  EXPECT_EQ(Loads(AssignRange(readers, Sizes({2}))), (std::vector<size_t>{1, 1, 0}));
}

TEST(AssignorsTest, UniformIsTheFirst) {
  EXPECT_EQ(Assignors().front().name, "uniform");
  ASSERT_NE(FindAssignor("range"), nullptr);
  EXPECT_EQ(FindAssignor("range")->assign, AssignRange);
  EXPECT_EQ(FindAssignor("sticky"), nullptr);
}

}  // namespace
}  // namespace braid::engine
