#include "protocol/kafka/topics.h"

#include <algorithm>
#include <utility>

#include "braid/error.h"
#include "engine/names.h"
#include "engine/views.h"

namespace braid::kafka {
namespace {

bool IsNameByte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '_' || c == '-';
}

}  // namespace

engine::TopicPtr FindTopic(engine::Catalog& catalog, std::string_view name) {
  // Most names have nothing escaped, and need no copy.
  if (name.find("_x") == std::string_view::npos) return catalog.FindTopic(name);
  return catalog.FindTopic(engine::Unescape(name));
}

engine::StreamPtr PartitionOf(const engine::TopicPtr& topic, int32_t partition) {
  if (topic == nullptr || partition < 0) return nullptr;
  const auto index = static_cast<size_t>(partition);
  return index < topic->partitions.size() ? topic->partitions[index] : nullptr;
}

std::string NameOf(const engine::Topic& topic) {
  return engine::KafkaNameOf(topic.partitions.front()->identity());
}

absl::Status CheckNewName(std::string_view name) {
  if (name.empty()) return MakeError(Errc::kInvalidName, "the topic name is empty");
  if (name == "." || name == "..") {
    return MakeError(Errc::kInvalidName, "a topic cannot be called \".\" or \"..\"");
  }
  if (name.size() > engine::kMaxKafkaName) {
    return MakeError(Errc::kInvalidName, "the topic name is longer than 249 characters");
  }
  if (!std::all_of(name.begin(), name.end(), IsNameByte)) {
    return MakeError(Errc::kInvalidName, "topic names are made of [A-Za-z0-9._-]");
  }
  const absl::StatusOr<std::string> spelled = engine::EscapeForKafka(engine::Unescape(name));
  if (!spelled.ok() || *spelled != name) {
    return MakeError(Errc::kInvalidName, "_xHH in a topic name stands for a byte that needs it");
  }
  return absl::OkStatus();
}

absl::Status CheckCollision(const engine::Catalog& catalog, std::string_view name) {
  if (name.find_first_of("._") == std::string_view::npos) return absl::OkStatus();
  const auto same = [](char a, char b) { return (a == '.' ? '_' : a) == (b == '.' ? '_' : b); };
  for (const engine::TopicPtr& topic : catalog.Topics()) {
    const std::string& theirs = topic->name;
    if (theirs == name || !std::equal(name.begin(), name.end(), theirs.begin(), theirs.end(), same))
      continue;
    if (topic->partitions.front()->append_rules().owner != Origin::kKafka) continue;
    return MakeError(Errc::kInvalidName,
                     "the name differs from that of " + theirs + " only in dots and underscores");
  }
  return absl::OkStatus();
}

absl::StatusOr<engine::TopicPtr> CreateTopic(engine::Catalog& catalog, std::string_view name,
                                             int partitions, StreamOptions options,
                                             engine::Writes& writes) {
  if (absl::Status s = CheckNewName(name); !s.ok()) return s;
  options.owner = Origin::kKafka;
  return catalog.CreateTopic(engine::Unescape(name), partitions, std::move(options), writes);
}

}  // namespace braid::kafka
