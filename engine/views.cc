#include "engine/views.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/names.h"
#include "engine/subjects.h"
#include "storage/batch_builder.h"

namespace braid::engine {
namespace {

std::string WithPartition(std::string name, const StreamIdentity& stream, char separator) {
  if (stream.partition_count == 1) return name;
  return absl::StrCat(name, std::string(1, separator), stream.partition);
}

// Where a stream's messages live when it has no subjects of its own.
std::string SubjectRoot(const StreamIdentity& stream) {
  std::string plain = WithPartition(stream.topic, stream, '-');
  return IsValidPublishSubject(plain) ? plain : JetStreamNameOf(stream);
}

std::string JsonOf(const RecordView& record) {
  // Insertion order is the entry's; of fields with one name the last is kept, as JSON readers do.
  nlohmann::ordered_json object = nlohmann::ordered_json::object();
  for (const FieldView& field : FieldsOf(record)) object[std::string(field.name)] = field.value;
  return object.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

bool NeedsPayload(const StoredRecord& record) {
  return record.origin == Origin::kRedis && !record.value.has_value();
}

}  // namespace

// --- Names ---

std::string KafkaNameOf(const StreamIdentity& stream) {
  auto name = EscapeForKafka(stream.topic.str());
  return name.ok() ? *std::move(name) : std::string();
}

std::string RedisKeyOf(const StreamIdentity& stream) {
  return WithPartition(std::string(DatabaseKeyOf(stream.topic.str()).key), stream, ':');
}

std::string JetStreamNameOf(const StreamIdentity& stream) {
  auto name = EscapeForNats(stream.topic.str());
  return name.ok() ? WithPartition(*std::move(name), stream, '-') : std::string();
}

// --- Redis ---

std::vector<FieldView> FieldsOf(const RecordView& record) {
  std::vector<FieldView> fields;
  fields.reserve(record.headers.size() + 2);
  if (record.key.has_value()) fields.push_back({"key", *record.key});
  if (record.value.has_value()) fields.push_back({"value", *record.value});
  for (const HeaderView& header : record.headers) {
    fields.push_back({header.key, header.value.value_or("")});
  }
  if (fields.empty()) fields.push_back({"value", ""});
  return fields;
}

RecordView RecordFromFields(absl::Span<const FieldView> fields) {
  RecordView record;
  size_t next = 0;
  if (next < fields.size() && fields[next].name == "key") record.key = fields[next++].value;
  if (next < fields.size() && fields[next].name == "value") record.value = fields[next++].value;
  for (; next < fields.size(); ++next) {
    record.headers.push_back({fields[next].name, fields[next].value});
  }
  return record;
}

// --- NATS ---

std::string SubjectOf(const StoredRecord& record, const StreamIdentity& stream,
                      const std::vector<std::string>& subjects) {
  const std::string_view key = record.key.value_or("");
  const bool legal = IsValidPublishSubject(key);
  if (legal && record.origin == Origin::kNats) return std::string(key);
  if (legal && std::any_of(subjects.begin(), subjects.end(),
                           [&](const std::string& s) { return Matches(s, key); })) {
    return std::string(key);
  }
  std::string root = SubjectRoot(stream);
  if (legal) root.append(".").append(key);
  return root;
}

std::vector<std::string> ImplicitSubjects(const StreamIdentity& stream) {
  std::string root = SubjectRoot(stream);
  return {root, absl::StrCat(root, ".>")};
}

// --- Payloads ---

Buffer PayloadOf(const StoredRecord& record) {
  if (record.value.has_value()) return Buffer::Own(record.owner.owner(), *record.value);
  return NeedsPayload(record) ? Buffer::Take(JsonOf(record)) : Buffer();
}

absl::StatusOr<Batch> RenderForKafka(Batch batch) {
  const BatchHeader& header = batch.header();
  const bool is_redis = header.origin() == Origin::kRedis;
  const bool readable = header.codec() == Codec::kNone || header.origin() == Origin::kKafka;
  if (!is_redis && readable) return batch;
  auto records = batch.Records();
  if (!records.ok()) return records.status();
  storage::BatchBuilder builder(
      {.codec = Codec::kNone, .origin = Origin::kKafka, .base_offset = header.base_offset});
  for (const Record& record : *records) {
    StoredRecord stored;
    static_cast<Record&>(stored) = record;
    stored.origin = header.origin();
    if ((stored.attributes & storage::kRecordHasEntrySeq) != 0 && !stored.headers.empty()) {
      stored.headers.erase(stored.headers.begin());
    }
    stored.attributes = 0;
    const std::string json = NeedsPayload(stored) ? JsonOf(stored) : std::string();
    if (NeedsPayload(stored)) stored.value = json;
    builder.SkipTo(stored.offset - header.base_offset);
    builder.Add(stored);
  }
  builder.SkipTo(header.next_offset() - header.base_offset);
  return builder.Build();
}

}  // namespace braid::engine
