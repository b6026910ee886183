// Atomic sections (engine/atomic_section.h) as recovery finds them in the journal.
#include <algorithm>
#include <utility>

#include "braid/error.h"
#include "engine/journal.h"
#include "engine/keys.h"
#include "engine/recovery.h"

namespace braid::engine {

absl::Status Recovery::ApplySection(std::string_view rest, std::optional<std::string_view> value) {
  Decoder key(rest);
  const uint64_t number = key.U64();
  const std::string_view part = key.rest();
  if (!key.ok()) return MakeError(Errc::kCorrupt, "malformed journal entry of a section");
  if (!part.empty()) {
    sections_[number].emplace_back(std::string(part),
                                   value ? std::optional(std::string(*value)) : std::nullopt);
    return absl::OkStatus();
  }
  const auto section = sections_.find(number);
  if (section == sections_.end()) return absl::OkStatus();  // it wrote nothing, or never ended
  const std::vector<SectionPart> parts = std::move(section->second);
  sections_.erase(section);
  if (!value.has_value()) return absl::OkStatus();  // undone by an earlier recovery
  for (const auto& [entry, fact] : parts) {
    if (entry.front() == keys::kAppended) continue;
    if (absl::Status s = Apply(entry, fact); !s.ok()) return s;
  }
  return absl::OkStatus();
}

// Before logs are opened. The journal is told what became of them, so that their numbers can be
// used again.
void Recovery::UndoSections() {
  Journal& journal = *catalog_.journal_;
  for (const auto& [number, parts] : sections_) {
    journal.Erase(keys::Of(keys::kSection, number));
    for (const auto& [entry, fact] : parts) UndoPart(entry, fact);
  }
  sections_.clear();
}

void Recovery::UndoPart(const std::string& entry, const std::optional<std::string>& fact) {
  if (entry.front() == keys::kTopic && fact.has_value()) {
    // Streams that it made: their directories are in nobody's way, and go.
    auto definition = DecodeTopic(*fact);
    if (!definition.ok()) return;
    for (const uint64_t id : definition->stream_ids) {
      max_object_id_ = std::max(max_object_id_, id);
      // One that it renamed, or changed, has its old definition.
      const bool owned = std::any_of(topics_.begin(), topics_.end(), [id](const auto& topic) {
        const std::vector<uint64_t>& ids = topic.second.stream_ids;
        return std::find(ids.begin(), ids.end(), id) != ids.end();
      });
      if (!owned) erased_streams_.insert(id);
    }
  }
  if (entry.front() != keys::kAppended) return;
  Decoder in(std::string_view(entry).substr(1));
  const uint64_t stream = in.U64();
  const auto offset = in.U64();
  if (!in.ok()) return;
  streams_[stream].deleted.add(offset);
  catalog_.journal_->Put(keys::Of(keys::kDeleted, stream),
                         Encoder().U64(1).I64(static_cast<Offset>(offset)).bytes());
}

}  // namespace braid::engine
