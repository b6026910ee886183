#include "protocol/nats/sublist.h"

#include <algorithm>
#include <utility>

namespace braid::nats {

struct Sublist::Node {
  TextMap<std::unique_ptr<Node>> literals;
  std::unique_ptr<Node> star;          // patterns with `*` here
  std::unique_ptr<Node> tail;          // patterns that end with `>` here
  std::vector<SubscriptionPtr> plain;  // patterns that end at this node
  std::vector<Match::Queue> queues;

  bool IsLeaf() const {
    return literals.empty() && star == nullptr && tail == nullptr && plain.empty() &&
           queues.empty();
  }

  Node* Child(std::string_view token) const {
    if (token == "*") return star.get();
    if (token == ">") return tail.get();
    const auto it = literals.find(token);
    return it == literals.end() ? nullptr : it->second.get();
  }

  Node& MakeChild(std::string_view token) {
    std::unique_ptr<Node>& slot = token == "*" ? star : token == ">" ? tail : literals[token];
    if (slot == nullptr) slot = std::make_unique<Node>();
    return *slot;
  }

  void DropChild(std::string_view token) {
    if (token == "*") {
      star.reset();
    } else if (token == ">") {
      tail.reset();
    } else {
      literals.erase(std::string(token));
    }
  }
};

namespace {

struct Cut {
  std::string_view token;
  std::string_view rest;
  bool last;
};

Cut CutToken(std::string_view subject) {
  const size_t dot = subject.find('.');
  if (dot == std::string_view::npos) return {subject, {}, true};
  return {subject.substr(0, dot), subject.substr(dot + 1), false};
}

// Such a subject may be published, and reaches nobody.
bool HasEmptyToken(std::string_view subject) {
  return subject.empty() || subject.front() == '.' || subject.back() == '.' ||
         subject.find("..") != std::string_view::npos;
}

std::vector<SubscriptionPtr>& MembersOf(std::vector<Match::Queue>& queues, std::string_view name) {
  for (Match::Queue& queue : queues) {
    if (queue.name == name) return queue.members;
  }
  queues.push_back({.name = std::string(name), .members = {}});
  return queues.back().members;
}

// False when it was not among them.
bool EraseFrom(std::vector<SubscriptionPtr>& subscriptions, const SubscriptionPtr& subscription) {
  const auto it = std::find(subscriptions.begin(), subscriptions.end(), subscription);
  if (it == subscriptions.end()) return false;
  subscriptions.erase(it);
  return true;
}

// Removes from `node` what ends there.
template <class Node>
bool EraseHere(Node& node, const SubscriptionPtr& subscription) {
  if (subscription->queue.empty()) return EraseFrom(node.plain, subscription);
  for (auto it = node.queues.begin(); it != node.queues.end(); ++it) {
    if (it->name != subscription->queue) continue;
    const bool erased = EraseFrom(it->members, subscription);
    if (it->members.empty()) node.queues.erase(it);
    return erased;
  }
  return false;
}

// Follows the subscription's pattern down, removes it and prunes what became empty on the way back.
template <class Node>
bool Erase(Node& node, std::string_view rest, const SubscriptionPtr& subscription) {
  const Cut cut = CutToken(rest);
  Node* child = node.Child(cut.token);
  if (child == nullptr) return false;
  const bool erased =
      cut.last ? EraseHere(*child, subscription) : Erase(*child, cut.rest, subscription);
  if (child->IsLeaf()) node.DropChild(cut.token);
  return erased;
}

}  // namespace

Sublist::Sublist() : root_(std::make_unique<Node>()) {}
Sublist::~Sublist() = default;

void Sublist::Insert(SubscriptionPtr subscription) {
  absl::MutexLock lock(&mu_);
  Node* node = root_.get();
  std::string_view rest = subscription->subject;
  while (true) {
    const Cut cut = CutToken(rest);
    node = &node->MakeChild(cut.token);
    if (cut.last) break;
    rest = cut.rest;
  }
  std::vector<SubscriptionPtr>& place =
      subscription->queue.empty() ? node->plain : MembersOf(node->queues, subscription->queue);
  place.push_back(std::move(subscription));
  ++size_;
  ++inserts_;
  version_.fetch_add(1, std::memory_order_release);
}

bool Sublist::Remove(const SubscriptionPtr& subscription) {
  absl::MutexLock lock(&mu_);
  if (!Erase(*root_, subscription->subject, subscription)) return false;
  --size_;
  version_.fetch_add(1, std::memory_order_release);
  return true;
}

template <class Visit>
bool Sublist::Walk(const Node& node, std::string_view rest, Visit& visit) {
  if (node.tail != nullptr && !visit(*node.tail)) return false;
  const Cut cut = CutToken(rest);
  const auto literal = node.literals.find(cut.token);
  const Node* const children[] = {literal == node.literals.end() ? nullptr : literal->second.get(),
                                  node.star.get()};
  for (const Node* child : children) {
    if (child == nullptr) continue;
    if (!(cut.last ? visit(*child) : Walk(*child, cut.rest, visit))) return false;
  }
  return true;
}

MatchPtr Sublist::Match(std::string_view subject) const {
  auto match = std::make_shared<nats::Match>();
  if (HasEmptyToken(subject)) return match;
  auto collect = [&match](const Node& node) {
    match->plain.insert(match->plain.end(), node.plain.begin(), node.plain.end());
    for (const auto& queue : node.queues) {
      auto& members = MembersOf(match->queues, queue.name);
      members.insert(members.end(), queue.members.begin(), queue.members.end());
    }
    return true;
  };
  absl::ReaderMutexLock lock(&mu_);
  Walk(*root_, subject, collect);
  return match;
}

bool Sublist::HasInterest(std::string_view subject) const {
  if (HasEmptyToken(subject)) return false;
  bool found = false;
  auto look = [&found](const Node& node) {
    found = !node.plain.empty() || !node.queues.empty();
    return !found;
  };
  absl::ReaderMutexLock lock(&mu_);
  Walk(*root_, subject, look);
  return found;
}

int64_t Sublist::size() const {
  absl::ReaderMutexLock lock(&mu_);
  return size_;
}

std::vector<SubscriptionPtr> Sublist::All() const {
  std::vector<SubscriptionPtr> all;
  absl::ReaderMutexLock lock(&mu_);
  std::vector<const Node*> nodes = {root_.get()};
  while (!nodes.empty()) {
    const Node* node = nodes.back();
    nodes.pop_back();
    all.insert(all.end(), node->plain.begin(), node->plain.end());
    for (const auto& queue : node->queues) {
      all.insert(all.end(), queue.members.begin(), queue.members.end());
    }
    for (const auto& [token, child] : node->literals) nodes.push_back(child.get());
    for (const Node* child : {node->star.get(), node->tail.get()}) {
      if (child != nullptr) nodes.push_back(child);
    }
  }
  return all;
}

const Match& MatchCache::Find(std::string_view subject) {
  const uint64_t version = sublist_.version();
  if (version != version_ || entries_.size() >= kMaxEntries) {
    entries_.clear();
    version_ = version;
  }
  const auto it = entries_.find(subject);
  if (it != entries_.end()) return *it->second;
  return *entries_.emplace(std::string(subject), sublist_.Match(subject)).first->second;
}

}  // namespace braid::nats
