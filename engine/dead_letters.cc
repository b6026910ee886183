#include "engine/dead_letters.h"

#include <array>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/names.h"
#include "engine/writes.h"

namespace braid::engine {

absl::Status WriteDeadLetter(Stream& from, const DeadLetter& letter, Stream& to, Origin origin) {
  RecordView record;
  StoredRecord original;
  if (letter.copy) {
    if (auto read = from.ReadOne(letter.entry.offset); read.ok()) {
      original = *std::move(read);
      record = original;
    }
  }
  const std::array<std::pair<std::string_view, std::string>, 6> context{{
      {"__dlq.errors.topic", std::string(letter.source)},
      {"__dlq.errors.partition", absl::StrCat(from.identity().partition)},
      {"__dlq.errors.offset", absl::StrCat(letter.entry.offset)},
      {"__dlq.errors.group", std::string(letter.group)},
      {"__dlq.errors.delivery.count", absl::StrCat(letter.entry.delivery_count)},
      {"__dlq.errors.message",
       letter.entry.rejected ? "the record was rejected" : "the record was delivered too often"},
  }};
  for (const auto& [name, value] : context) record.headers.push_back({name, value});
  Catalog& catalog = from.catalog();
  record.timestamp_ms = catalog.NowMs();
  AppendOptions options;
  options.origin = origin;
  if (origin == Origin::kRedis) options.id = EntryIdSpec{};  // the next one
  Writes writes;
  const auto appended = to.Append(record, options, writes);
  if (!appended.ok()) return appended.status();
  return catalog.Commit(writes).status();
}

absl::Status SendDeadLetter(Stream& from, const DeadLetter& letter, std::string_view topic,
                            Origin origin) {
  Catalog& catalog = from.catalog();
  TopicPtr to = catalog.FindAny(topic);
  if (to == nullptr) {
    StreamOptions options;
    options.owner = origin;
    Writes writes;
    auto made = IsPrivate(topic) ? catalog.CreatePrivateTopic(topic, std::move(options), writes)
                                 : catalog.CreateTopic(topic, 1, std::move(options), writes);
    if (absl::Status s = catalog.Commit(writes).status(); !s.ok()) return s;
    to = made.ok() ? *made : catalog.FindAny(topic);  // another may have been quicker
    if (to == nullptr) return made.status();
  }
  const auto partition = static_cast<size_t>(from.identity().partition) % to->partitions.size();
  return WriteDeadLetter(from, letter, *to->partitions[partition], origin);
}

}  // namespace braid::engine
