// Bytes on disk once everything is sealed: events written one at a time through each model, against
// the same events as a Kafka producer sends them.
#include <functional>
#include <string>

#include "bench/events.h"
#include "bench/measure.h"
#include "bench/storage_bench.h"
#include "braid/testing.h"
#include "engine/views.h"
#include "fmt/format.h"
#include "storage/batch_builder.h"

namespace braid::bench {
namespace {

constexpr size_t kProducerBatchBytes = size_t{64} << 10;
constexpr uint64_t kSeed = 7;

using Append =
    std::function<void(engine::Stream& stream, const Event& event, engine::Writes& writes)>;

// A Kafka producer that does not gather: one record a batch.
void AppendKafka(engine::Stream& stream, const Event& event, engine::Writes& writes) {
  storage::BatchBuilder builder;
  RecordView record;
  record.key = event.key;
  record.value = event.json;
  record.timestamp_ms = event.time_ms;
  builder.Add(record);
  Check(stream.AppendBatch(builder.Build(), writes).status());
}

// XADD bench * type <type> event <json>
void AppendRedis(engine::Stream& stream, const Event& event, engine::Writes& writes) {
  engine::AppendOptions options;
  options.origin = Origin::kRedis;
  options.id = engine::EntryIdSpec{};
  const engine::FieldView fields[] = {{"type", event.type}, {"event", event.json}};
  Check(stream.Append(engine::RecordFromFields(fields), options, writes).status());
}

// PUB events.<type> <json>
void AppendNats(engine::Stream& stream, const Event& event, engine::Writes& writes) {
  engine::AppendOptions options;
  options.origin = Origin::kNats;
  const std::string subject = "events." + event.type;
  RecordView record;
  record.key = subject;
  record.value = event.json;
  Check(stream.Append(record, options, writes).status());
}

// Opens an engine, has `write` fill its one stream, and seals. Bytes of all files of the engine.
int64_t BytesOf(const StorageBenchOptions& options, Codec codec,
                const std::function<void(engine::Catalog& catalog, engine::Stream& stream,
                                         ManualClock& clock)>& write) {
  const ScratchDir scratch(options.dir);
  ManualClock clock;
  EngineOptions engine;
  engine.data_dir = scratch.path() + "/data";
  engine.clock = &clock;
  engine.seal_codec = codec;
  StreamOptions stream_options;
  stream_options.codec = codec;
  auto catalog = OpenCatalog(engine);
  const engine::StreamPtr stream = MakeStream(*catalog, stream_options);
  write(*catalog, *stream, clock);
  SealAll(*catalog, clock);
  if (stream->record_count() != options.events) Check(absl::InternalError("events are missing"));
  return BytesBelow(engine.data_dir);
}

int64_t OneAtATime(const StorageBenchOptions& options, Codec codec, const Append& append) {
  return BytesOf(options, codec,
                 [&](engine::Catalog& catalog, engine::Stream& stream, ManualClock& clock) {
                   Events events(kSeed);
                   engine::Writes writes;
                   for (int64_t i = 0; i < options.events; ++i) {
                     append(stream, events.Next(), writes);
                     Check(catalog.Commit(writes).status());
                     clock.Advance(absl::Milliseconds(1));
                   }
                 });
}

int64_t AsProduced(const StorageBenchOptions& options) {
  return BytesOf(
      options, Codec::kLz4, [&](engine::Catalog& catalog, engine::Stream& stream, ManualClock&) {
        ProduceBatches(kSeed, options.events, kProducerBatchBytes, Codec::kLz4, [&](Batch batch) {
          engine::Writes writes;
          Check(stream.AppendBatch(std::move(batch), writes).status());
          Check(catalog.Commit(writes).status());
        });
      });
}

// Bytes of the producer's batches alone.
int64_t Produced(const StorageBenchOptions& options) {
  int64_t bytes = 0;
  ProduceBatches(kSeed, options.events, kProducerBatchBytes, Codec::kLz4,
                 [&](const Batch& batch) { bytes += batch.header().total_bytes(); });
  return bytes;
}

struct Model {
  const char* name;
  void (*append)(engine::Stream& stream, const Event& event, engine::Writes& writes);
};
constexpr Model kModels[] = {{"Kafka, one record a batch", AppendKafka},
                             {"Redis, two fields", AppendRedis},
                             {"NATS", AppendNats}};

}  // namespace

void BenchSize(const StorageBenchOptions& options, Report& report) {
  report.Section(fmt::format("bytes on disk after sealing, {} events of 1 KiB", options.events));
  const auto per_event = [&](int64_t bytes) {
    return static_cast<double>(bytes) / static_cast<double>(options.events);
  };
  const double produced = per_event(Produced(options));
  report.Add({.what = "batches of a Kafka producer, lz4, 64 KiB",
              .value = produced,
              .unit = "B/event",
              .how = "the batches as they are appended, nothing else: what the rest is held to"});
  report.Add({.what = "the same in a stream",
              .value = per_event(AsProduced(options)),
              .unit = "B/event",
              .how = "appended as they are, then Maintain until nothing is left; all files of the "
                     "engine: indexes, manifest and journal too"});
  for (const Codec codec : {Codec::kLz4, Codec::kZstd}) {
    const bool lz4 = codec == Codec::kLz4;
    for (const Model& model : kModels) {
      const double bytes = per_event(OneAtATime(options, codec, model.append));
      const std::string name = fmt::format("{}, {}", model.name, lz4 ? "lz4" : "zstd");
      report.Add({.what = name,
                  .value = bytes,
                  .unit = "B/event",
                  .how = "one event an append and a commit, then Maintain until nothing is left; "
                         "all files of the engine; the codec is set on the stream"});
      report.Add({.what = "  over the producer's batches",
                  .value = bytes / produced,
                  .unit = "times",
                  .aim = AtMost(lz4 ? 1.03 : 0.65)});
    }
  }
}

}  // namespace braid::bench
