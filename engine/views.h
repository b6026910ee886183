// One record seen through the other models' eyes (docs/format.md, "One record, three readings").
// Pure.
#ifndef BRAID_ENGINE_VIEWS_H_
#define BRAID_ENGINE_VIEWS_H_

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "braid/batch.h"
#include "engine/stream.h"

namespace braid::engine {

// --- Names ---
std::string KafkaNameOf(const StreamIdentity& stream);      // the topic; the partition is separate
std::string RedisKeyOf(const StreamIdentity& stream);       // "topic" or "topic:2"
std::string JetStreamNameOf(const StreamIdentity& stream);  // "topic" or "topic-2"

// --- Redis: a record as fields ---
struct FieldView {
  std::string_view name;
  std::string_view value;
};
// key, value, then headers; never empty (a record with nothing at all is one empty `value`).
std::vector<FieldView> FieldsOf(const RecordView& record);
// A record from fields: a leading `key`, then a leading `value`, are lifted; the rest are headers.
RecordView RecordFromFields(absl::Span<const FieldView> fields);

// --- NATS: a record as a message ---
// The subject: of a NATS
// message its key; of another record its key when that matches one of `subjects`, else
// "<name>.<key>" when that is a legal subject, else "<name>".
std::string SubjectOf(const StoredRecord& record, const StreamIdentity& stream,
                      const std::vector<std::string>& subjects);
// The subjects a stream has when it was given none: its JetStream name, and all below it.
std::vector<std::string> ImplicitSubjects(const StreamIdentity& stream);

// --- Kafka and NATS: a payload for records that have none ---
// The value; of a Redis entry without one, a JSON
// object of its fields.
Buffer PayloadOf(const StoredRecord& record);
// `batch` as a Kafka consumer should see it: itself; or re-encoded without compression when it
// holds Redis entries, with their payloads, or messages that were compressed here and not by a
// producer, since not every client knows every codec. Offsets and timestamps stay.
absl::StatusOr<Batch> RenderForKafka(Batch batch);

}  // namespace braid::engine

#endif  // BRAID_ENGINE_VIEWS_H_
