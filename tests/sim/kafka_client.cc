#include <algorithm>

#include "absl/strings/str_cat.h"
#include "braid/error.h"
#include "storage/batch_builder.h"
#include "storage/batch_format.h"
#include "storage/coding.h"
#include "storage/crc32c.h"
#include "tests/sim/clients.h"

namespace braid::sim {
namespace {

// The batch as an idempotent producer sends it.
Batch WithProducer(const Batch& batch, int64_t producer_id, int32_t first_sequence) {
  std::string bytes(batch.bytes().view());
  storage::StoreBigEndian<int64_t>(bytes.data() + storage::kProducerIdAt, producer_id);
  storage::StoreBigEndian<int16_t>(bytes.data() + storage::kProducerEpochAt, 0);
  storage::StoreBigEndian<int32_t>(bytes.data() + storage::kBaseSequenceAt, first_sequence);
  storage::StoreBigEndian<uint32_t>(
      bytes.data() + storage::kCrcAt,
      storage::Crc32c(std::string_view(bytes).substr(storage::kAttributesAt)));
  return *Batch::Parse(Buffer::Copy(bytes));
}

}  // namespace

void KafkaClient::DoSomething() {
  const StreamModelPtr model = world.PickStream(Origin::kKafka);
  if (model == nullptr) return;
  const uint64_t dice = world.Below(100);
  if (dice < 3 || producer_ids_.empty()) return TakeProducerId();
  if (dice < 70) return Produce(model);
  if (dice < 85) return ProduceAgain(model);
  if (dice < 90) return ProduceOutOfOrder(model);
  if (dice < 94) return TrimTo(model, world.Between(model->now().start, model->next()));
  world.CheckWhole(*model);
}

void KafkaClient::TakeProducerId() {
  const auto id = world.catalog().NextId(writes);
  if (world.Refused(id.status())) return;
  world.Trace(absl::StrCat("producer id ", *id));
  for (const int64_t known : producer_ids_) world.Expect(*id != known, "an id was given twice");
  world.Expect(!world.HasProducer(*id), "the id of a producer with records was given again");
  Changed();
  if (Commit()) producer_ids_.push_back(*id);
}

// An id may be given again when a power cut took it and all it had produced.
void KafkaClient::Forget(End end) {
  Client::Forget(end);
  if (end == End::kPowerCut) producer_ids_.clear();
}

int64_t KafkaClient::PickProducer() {
  return producer_ids_[world.Below(producer_ids_.size())];
}

// The sequence after the last batch that the stream has of the producer.
int32_t KafkaClient::NextSequence(const StreamModel& model, int64_t producer_id) {
  if (producer_id < 0) return 0;
  for (Offset offset = model.next() - 1; offset >= 0; --offset) {
    const ModelRecord& record = model.records[static_cast<size_t>(offset)];
    if (record.producer_id == producer_id) return record.first_sequence + record.batch_records;
  }
  return 0;
}

void KafkaClient::Produce(const StreamModelPtr& model) {
  const auto records = static_cast<int32_t>(world.Between(1, 4));
  storage::BatchBuilder builder;
  std::vector<std::string> values;
  std::vector<RecordView> views;
  for (int32_t i = 0; i < records; ++i) values.push_back(world.Payload());
  for (int32_t i = 0; i < records; ++i) {
    RecordView& record = views.emplace_back();
    record.value = values[static_cast<size_t>(i)];
    if (world.Percent(50)) record.key = "k";
    record.timestamp_ms = world.NowMs() + (world.Percent(20) ? world.Between(-5000, 5000) : 0);
    builder.Add(record);
  }
  Batch batch = builder.Build();
  const int64_t id = world.Percent(60) ? PickProducer() : -1;
  const bool numbered = id >= 0;
  const int32_t sequence = NextSequence(*model, id);
  if (numbered) batch = WithProducer(batch, id, sequence);
  const auto result = world.Handle(*model)->AppendBatch(batch, writes);
  world.Trace(absl::StrCat(
      "produce ", records, " to ", model->identity.topic.str(), "/", model->identity.partition,
      numbered ? absl::StrCat(" as ", id, ":", sequence) : "", " at ", model->next()));
  if (!world.Refused(result.status())) {
    world.Expect(!result->duplicate, "a new batch was taken for an old one");
    for (int32_t i = 0; i < records; ++i) {
      engine::AppendResult one = *result;
      one.base_offset += i;
      Appended(model, views[static_cast<size_t>(i)], Origin::kKafka, one);
    }
    ModelRecord& first = model->records[static_cast<size_t>(result->base_offset)];
    if (numbered) {
      first.producer_id = id;
      first.first_sequence = sequence;
      first.batch_records = records;
    }
  }
  world.Observe(*model);
}

// What a client does whose answer was lost. Whatever the batch holds now, the sequence decides.
void KafkaClient::ProduceAgain(const StreamModelPtr& model) {
  const int64_t id = PickProducer();
  std::vector<Offset> sent;
  for (Offset offset = model->next() - 1; offset >= 0 && sent.size() < 5; --offset) {
    if (model->records[static_cast<size_t>(offset)].producer_id == id) sent.push_back(offset);
  }
  if (sent.empty()) return;
  const Offset offset = sent[world.Below(sent.size())];
  const ModelRecord& original = model->records[static_cast<size_t>(offset)];
  storage::BatchBuilder builder;
  const std::string value = world.Payload();
  for (int32_t i = 0; i < original.batch_records; ++i) {
    RecordView record;
    record.value = value;
    record.timestamp_ms = world.NowMs();
    builder.Add(record);
  }
  const auto result = world.Handle(*model)->AppendBatch(
      WithProducer(builder.Build(), id, original.first_sequence), writes);
  world.Trace(absl::StrCat("produce to ", model->identity.topic.str(), "/",
                           model->identity.partition, " again: ", offset, " as ", id, ":",
                           original.first_sequence));
  if (!world.Refused(result.status())) {
    world.Expect(result->duplicate, absl::StrCat("the batch at ", offset, " was appended twice"));
    world.Expect(result->base_offset == offset, "a repeat was answered with another offset");
    Changed(model);  // acknowledged anew, as durable as the client asks
  }
  world.Observe(*model);
}

void KafkaClient::ProduceOutOfOrder(const StreamModelPtr& model) {
  const int64_t id = PickProducer();
  const int32_t next = NextSequence(*model, id);
  if (next == 0) return;
  storage::BatchBuilder builder;
  const std::string value = world.Payload();
  RecordView record;
  record.value = value;
  record.timestamp_ms = world.NowMs();
  builder.Add(record);
  const auto result =
      world.Handle(*model)->AppendBatch(WithProducer(builder.Build(), id, next + 2), writes);
  if (CodeOf(result.status()) == Errc::kOutOfOrderSequence) return world.Observe(*model);
  world.Expect(world.Refused(result.status()), "a gap in the sequence was accepted");
  world.Observe(*model);
}

}  // namespace braid::sim
