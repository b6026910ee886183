#include "tests/sim/model.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "engine/subjects.h"

namespace braid::sim {
namespace {

std::string Told(const std::optional<std::string_view>& text) {
  return text.has_value() ? absl::StrCat(text->size(), "=", std::string(*text)) : "-";
}

}  // namespace

std::string BodyOf(const RecordView& record, Origin origin) {
  std::string body = absl::StrCat(static_cast<int>(origin), "@", record.timestamp_ms, " ",
                                  Told(record.key), " ", Told(record.value));
  for (const HeaderView& header : record.headers) {
    absl::StrAppend(&body, " ", Told(header.key), ":", Told(header.value));
  }
  return body;
}

absl::Duration GroupModel::Wait(int64_t count) const {
  if (options.backoff.empty()) return options.ack_wait;
  const auto last = static_cast<int64_t>(options.backoff.size()) - 1;
  return options.backoff[static_cast<size_t>(std::clamp<int64_t>(count - 1, 0, last))];
}

bool GroupModel::Wants(std::string_view subject) const {
  if (options.filters.empty()) return true;
  return std::any_of(options.filters.begin(), options.filters.end(),
                     [&](const std::string& f) { return engine::Matches(f, subject); });
}

std::vector<Offset> StreamModel::LiveOffsets() const {
  std::vector<Offset> out;
  for (Offset offset = now().start; offset < next(); ++offset) {
    if (IsLive(offset)) out.push_back(offset);
  }
  return out;
}

int64_t StreamModel::live() const {
  return static_cast<int64_t>(LiveOffsets().size());
}

int64_t StreamModel::accounted_bytes() const {
  int64_t bytes = 0;
  for (const Offset offset : LiveOffsets()) {
    bytes += records[static_cast<size_t>(offset)].accounted_bytes;
  }
  return bytes;
}

std::vector<Offset> StreamModel::LiveOf(std::string_view subject) const {
  std::vector<Offset> out = LiveOffsets();
  std::erase_if(
      out, [&](Offset offset) { return records[static_cast<size_t>(offset)].subject != subject; });
  return out;
}

void StreamModel::RewindTo(Offset next) {
  records.resize(static_cast<size_t>(next));
  written = std::min(written, next);
  durable = std::min(durable, next);
  DoubtMessageIds();
}

void StreamModel::DoubtMessageIds() {
  std::map<std::string, ModelMessageId, std::less<>> known;
  for (Offset offset = 0; offset < next(); ++offset) {
    const ModelRecord& record = records[static_cast<size_t>(offset)];
    if (record.msg_id.empty()) continue;
    known[record.msg_id] = {
        .offset = offset, .at = absl::FromUnixMillis(record.timestamp_ms), .sure = IsLive(offset)};
  }
  message_ids = std::move(known);
}

Offset StreamModel::SkipDeleted(Offset start, const std::set<Offset>& deleted) const {
  while (start < next() && deleted.contains(start)) ++start;
  return start;
}

}  // namespace braid::sim
