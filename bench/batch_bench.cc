// Building, reading and checking record batches: 100 records of 100 bytes unless the name says
// otherwise.
#include <benchmark/benchmark.h>

#include <string>

#include "braid/batch.h"
#include "storage/batch_builder.h"
#include "storage/batch_validate.h"
#include "storage/crc32c.h"

namespace braid::storage {
namespace {

constexpr int64_t kRecords = 100;
constexpr size_t kValueBytes = 100;

// A JSON event, so that codecs have something real to do.
std::string MakeValue(int64_t i) {
  std::string value = "{\"order\":" + std::to_string(1000000 + i * 7919) + ",\"customer\":\"c-" +
                      std::to_string(i * 104729 % 5000) +
                      "\",\"total\":" + std::to_string(i * 31 % 997) + ".50,\"status\":\"";
  value.resize(kValueBytes - 2, 'n');
  return value + "\"}";
}

std::vector<std::string> MakeValues() {
  std::vector<std::string> values;
  for (int64_t i = 0; i < kRecords; ++i) values.push_back(MakeValue(i));
  return values;
}

Batch BuildBatch(BatchBuilder& builder, const std::vector<std::string>& values) {
  for (size_t i = 0; i < values.size(); ++i) {
    RecordView record;
    record.value = values[i];
    record.timestamp_ms = 1767225600000 + static_cast<int64_t>(i);
    builder.Add(record);
  }
  return builder.Build();
}

Batch SampleBatch(Codec codec) {
  BatchBuilder builder({.codec = codec, .origin = Origin::kKafka});
  return BuildBatch(builder, MakeValues());
}

void BM_Build(benchmark::State& state) {
  const std::vector<std::string> values = MakeValues();
  BatchBuilder builder({.codec = static_cast<Codec>(state.range(0)), .origin = Origin::kKafka});
  for (auto _ : state) benchmark::DoNotOptimize(BuildBatch(builder, values));
  state.SetItemsProcessed(state.iterations() * kRecords);
}
BENCHMARK(BM_Build)->ArgName("codec")->DenseRange(0, 4);

void BM_BuildOneRecord(benchmark::State& state) {
  const std::vector<std::string> values = {MakeValue(1)};
  BatchBuilder builder;
  for (auto _ : state) benchmark::DoNotOptimize(BuildBatch(builder, values));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_BuildOneRecord);

void BM_ParseHeader(benchmark::State& state) {
  const Buffer bytes = SampleBatch(Codec::kNone).bytes();
  for (auto _ : state) benchmark::DoNotOptimize(Batch::Parse(bytes));
  state.SetItemsProcessed(state.iterations() * kRecords);
}
BENCHMARK(BM_ParseHeader);

void BM_Records(benchmark::State& state) {
  const Batch batch = SampleBatch(static_cast<Codec>(state.range(0)));
  for (auto _ : state) benchmark::DoNotOptimize(batch.Records());
  state.SetItemsProcessed(state.iterations() * kRecords);
}
BENCHMARK(BM_Records)->ArgName("codec")->DenseRange(0, 4);

void BM_Validate(benchmark::State& state) {
  const Batch batch = SampleBatch(static_cast<Codec>(state.range(0)));
  for (auto _ : state) benchmark::DoNotOptimize(ValidateProducedBatch(batch));
  state.SetItemsProcessed(state.iterations() * kRecords);
}
BENCHMARK(BM_Validate)->ArgName("codec")->DenseRange(0, 4);

void BM_Crc32c(benchmark::State& state) {
  const std::string bytes(static_cast<size_t>(state.range(0)), 'x');
  for (auto _ : state) benchmark::DoNotOptimize(Crc32c(bytes));
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(BM_Crc32c)->Arg(100)->Arg(11 << 10)->Arg(1 << 20);

}  // namespace
}  // namespace braid::storage
