#include "engine/assignors.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <limits>
#include <optional>

namespace braid::engine {
namespace {

constexpr size_t kNobody = std::numeric_limits<size_t>::max();

constexpr Assignor kAssignors[] = {{"uniform", AssignUniform}, {"range", AssignRange}};

// Shares being evened out. Subscribers are named by their place.
class Balance {
 public:
  Balance(const std::vector<Subscriber>& subscribers, const TopicSizes& sizes)
      : subscribers_(subscribers), shares_(subscribers.size()) {
    for (const auto& [id, partitions] : sizes) {
      Topic& topic = topics_[id];
      topic.owners.assign(static_cast<size_t>(std::max(partitions, 0)), kNobody);
      for (size_t i = 0; i < subscribers.size(); ++i) {
        if (subscribers[i].topics.contains(id)) topic.takers.push_back(i);
      }
    }
  }

  Shares Result() && {
    KeepCurrent();
    GiveAwayTheRest();
    while (EvenOut()) {
    }
    Shares result;
    for (size_t i = 0; i < subscribers_.size(); ++i) {
      result[subscribers_[i].id] = std::move(shares_[i]);
    }
    return result;
  }

 private:
  struct Topic {
    std::vector<size_t> takers;  // who subscribes to it
    std::vector<size_t> owners;  // by partition
  };
  // How a search got to a subscriber: `from` has a partition of `topic`, which it could take.
  struct Step {
    size_t from = kNobody;
    TopicId topic{};
  };

  void KeepCurrent() {
    for (size_t i = 0; i < subscribers_.size(); ++i) {
      for (const TopicPartition& partition : subscribers_[i].current) {
        const auto topic = topics_.find(partition.topic);
        if (topic == topics_.end() || !subscribers_[i].topics.contains(partition.topic)) continue;
        std::vector<size_t>& owners = topic->second.owners;
        const auto index = static_cast<size_t>(partition.partition);
        if (index < owners.size() && owners[index] == kNobody) Give(partition, i);
      }
    }
  }

  void GiveAwayTheRest() {
    for (auto& [id, topic] : topics_) {
      if (topic.takers.empty()) continue;
      for (size_t index = 0; index < topic.owners.size(); ++index) {
        if (topic.owners[index] != kNobody) continue;
        Give({id, static_cast<int32_t>(index)}, Lightest(topic.takers));
      }
    }
  }

  size_t Lightest(const std::vector<size_t>& among) const {
    return *std::min_element(among.begin(), among.end(), [this](size_t a, size_t b) {
      return shares_[a].size() < shares_[b].size();
    });
  }

  void Give(const TopicPartition& partition, size_t to) {
    size_t& owner = topics_[partition.topic].owners[static_cast<size_t>(partition.partition)];
    if (owner != kNobody) shares_[owner].erase(partition);
    owner = to;
    shares_[to].insert(partition);
  }

  // One round over everybody, the heaviest first. False when nothing could be improved.
  bool EvenOut() {
    std::vector<size_t> order(subscribers_.size());
    for (size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::stable_sort(order.begin(), order.end(),
                     [this](size_t a, size_t b) { return shares_[a].size() > shares_[b].size(); });
    bool improved = false;
    for (const size_t heavy : order) {
      while (Relieve(heavy)) improved = true;
    }
    return improved;
  }

  // Takes one partition off `heavy`, through as few hands as possible, when it ends with somebody
  // who has two less.
  bool Relieve(size_t heavy) {
    const size_t limit = shares_[heavy].size();
    const auto least = std::min_element(shares_.begin(), shares_.end(),
                                        [](auto& a, auto& b) { return a.size() < b.size(); });
    if (least->size() + 2 > limit) return false;
    std::vector<Step> reached(subscribers_.size());
    std::set<TopicId> seen;
    std::deque<size_t> next = {heavy};
    while (!next.empty()) {
      const size_t from = next.front();
      next.pop_front();
      for (auto it = shares_[from].begin(); it != shares_[from].end();) {
        const TopicId id = it->topic;
        it = shares_[from].upper_bound({id, std::numeric_limits<int32_t>::max()});
        if (!seen.insert(id).second) continue;
        const std::vector<size_t>& takers = topics_[id].takers;
        for (const size_t taker : takers) {
          if (taker == heavy || reached[taker].from != kNobody) continue;
          reached[taker] = {from, id};
          next.push_back(taker);
        }
        const size_t light = Lightest(takers);
        if (light != heavy && shares_[light].size() + 2 <= limit) {
          HandOver(light, reached);
          return true;
        }
      }
    }
    return false;
  }

  void HandOver(size_t to, const std::vector<Step>& reached) {
    while (reached[to].from != kNobody) {
      const Step& step = reached[to];
      Give(Spare(step.from, step.topic), to);
      to = step.from;
    }
  }

  // A partition of `topic` that `owner` can part with: one that it has not had long, if any.
  TopicPartition Spare(size_t owner, const TopicId& topic) const {
    const PartitionSet& share = shares_[owner];
    const auto begin = share.lower_bound({topic, 0});
    auto spare = share.upper_bound({topic, std::numeric_limits<int32_t>::max()});
    const TopicPartition last = *std::prev(spare);
    while (spare != begin) {
      --spare;
      if (!subscribers_[owner].current.contains(*spare)) return *spare;
    }
    return last;
  }

  const std::vector<Subscriber>& subscribers_;
  std::vector<PartitionSet> shares_;  // by subscriber
  std::map<TopicId, Topic> topics_;
};

}  // namespace

Shares AssignUniform(const std::vector<Subscriber>& subscribers, const TopicSizes& topics) {
  return Balance(subscribers, topics).Result();
}

Shares AssignRange(const std::vector<Subscriber>& subscribers, const TopicSizes& topics) {
  Shares shares;
  for (const Subscriber& subscriber : subscribers) shares[subscriber.id];
  for (const auto& [id, partitions] : topics) {
    std::vector<PartitionSet*> takers;
    for (const Subscriber& subscriber : subscribers) {
      if (subscriber.topics.contains(id)) takers.push_back(&shares[subscriber.id]);
    }
    int32_t next = 0;
    for (size_t i = 0; i < takers.size(); ++i) {
      const auto rest = static_cast<size_t>(partitions - next);
      const size_t left = takers.size() - i;
      const auto count = static_cast<int32_t>((rest + left - 1) / left);
      for (int32_t end = next + count; next < end; ++next) takers[i]->insert({id, next});
    }
  }
  return shares;
}

absl::Span<const Assignor> Assignors() {
  return kAssignors;
}

const Assignor* FindAssignor(std::string_view name) {
  for (const Assignor& assignor : kAssignors) {
    if (assignor.name == name) return &assignor;
  }
  return nullptr;
}

}  // namespace braid::engine
