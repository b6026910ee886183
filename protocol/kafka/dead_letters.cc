#include "protocol/kafka/dead_letters.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "engine/dead_letters.h"
#include "protocol/kafka/options.h"
#include "protocol/kafka/topic_configs.h"
#include "protocol/kafka/topics.h"

namespace braid::kafka {
namespace {

constexpr int16_t kDeadLetterLevel = 2;  // of the feature share.version

bool LetsItselfBeUsed(const engine::Topic& topic) {
  const ConfigMap own = OwnTopicConfigs(topic.partitions.front()->options());
  const auto set = own.find("errors.deadletterqueue.group.enable");
  return set != own.end() && set->second == "true";
}

}  // namespace

engine::TopicPtr DeadLetters::TopicOf(const std::string& group) const {
  const std::string name = configs_.GroupValue(group, "errors.deadletterqueue.topic.name");
  if (name.empty() || !name.starts_with(kDeadLetterPrefix)) return nullptr;
  if (features_.LevelOf("share.version") < kDeadLetterLevel) return nullptr;
  const engine::TopicPtr topic = FindTopic(catalog_, name);
  return topic != nullptr && LetsItselfBeUsed(*topic) ? topic : nullptr;
}

void DeadLetters::Watch(const engine::GroupPtr& group) {
  group->SetExhaustedListener([weak = weak_from_this(),
                               from = std::weak_ptr<engine::Stream>(group->stream()),
                               name = group->name()](const engine::PendingEntry& letter) {
    const auto self = weak.lock();
    const auto stream = from.lock();
    if (self != nullptr && stream != nullptr) self->Write(*stream, name, letter);
  });
}

void DeadLetters::WatchAll() {
  for (const engine::TopicPtr& topic : catalog_.Topics()) {
    for (const engine::StreamPtr& stream : topic->partitions) {
      for (const engine::GroupPtr& group : stream->Groups(Origin::kKafka)) {
        if (group->shared()) Watch(group);
      }
    }
  }
}

void DeadLetters::Write(engine::Stream& from, const std::string& group,
                        const engine::PendingEntry& letter) {
  const engine::TopicPtr to = TopicOf(group);
  if (to == nullptr) return;
  const engine::TopicPtr source = catalog_.FindTopic(from.identity().topic.str());
  const std::string name = source == nullptr ? from.identity().topic.str() : NameOf(*source);
  const engine::DeadLetter dead{
      .source = name,
      .group = group,
      .entry = letter,
      .copy = configs_.GroupValue(group, "errors.deadletterqueue.copy.record.enable") == "true"};
  const auto partition = static_cast<size_t>(from.identity().partition) % to->partitions.size();
  // There is nobody to tell of an error.
  WriteDeadLetter(from, dead, *to->partitions[partition], Origin::kKafka).IgnoreError();
}

}  // namespace braid::kafka
