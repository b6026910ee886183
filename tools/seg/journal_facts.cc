#include "tools/seg/journal_facts.h"

#include <exception>
#include <optional>
#include <string_view>

#include "engine/definitions.h"
#include "engine/encoding.h"
#include "engine/keys.h"
#include "storage/inspect.h"

namespace braid::seg {
namespace {

namespace keys = engine::keys;
using Facts = std::map<uint64_t, StreamFacts>;

void ApplyTopic(std::string_view name, std::optional<std::string_view> value, Facts& facts) {
  for (auto& [id, stream] : facts) {
    if (stream.topic == name) stream.topic.clear();
  }
  if (!value.has_value()) return;
  const auto topic = engine::DecodeTopic(*value);
  if (!topic.ok()) return;
  for (size_t i = 0; i < topic->stream_ids.size(); ++i) {
    StreamFacts& stream = facts[topic->stream_ids[i]];
    stream.topic = name;
    stream.partition = static_cast<int>(i);
  }
}

void Apply(std::string_view key, std::optional<std::string_view> value, Facts& facts) {
  if (key.empty()) return;
  if (key.front() == keys::kSection) {  // one that has no end is rare, and opening undoes it
    engine::Decoder section(key.substr(1));
    section.U64();
    return Apply(section.rest(), value, facts);
  }
  if (key.front() == keys::kTopic) return ApplyTopic(key.substr(1), value, facts);
  engine::Decoder id(key.substr(1));
  engine::Decoder in(value.value_or(""));
  switch (key.front()) {
    case keys::kStart: {
      StreamFacts& stream = facts[id.U64()];
      stream.start = std::max(stream.start, in.I64());
      break;
    }
    case keys::kDeletedSet:
      try {
        facts[id.U64()].deleted =
            engine::OffsetSet::readSafe(value.value_or("").data(), value.value_or("").size());
      } catch (const std::exception&) {  // the library's way to refuse bytes that are no set
      }
      break;
    case keys::kDeleted: {
      StreamFacts& stream = facts[id.U64()];
      const uint64_t count = in.Count();
      for (uint64_t i = 0; i < count && in.ok(); ++i) {
        const Offset offset = in.I64();
        if (in.ok()) stream.deleted.add(static_cast<uint64_t>(offset));
      }
      break;
    }
    default:
      break;
  }
}

}  // namespace

absl::StatusOr<Facts> ReadJournalFacts(FileSystem& filesystem, const std::string& journal_dir) {
  Facts facts;
  const auto files = storage::ListLog(filesystem, journal_dir);
  if (!files.ok()) return files.status();
  for (const storage::SegmentFile& segment : files->segments) {
    if (!segment.has_batches()) continue;
    const auto walk = storage::WalkSegment(filesystem, segment, storage::WalkDepth::kBatches,
                                           [&](const storage::WalkedBatch& next) {
                                             const auto records = next.batch.Records();
                                             if (!records.ok()) return absl::OkStatus();
                                             for (const Record& record : *records) {
                                               Apply(record.key.value_or(""), record.value, facts);
                                             }
                                             return absl::OkStatus();
                                           });
    if (!walk.ok()) return walk.status();
  }
  return facts;
}

}  // namespace braid::seg
