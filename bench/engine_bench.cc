// The embedded engine through its public API, in memory, one thread: 100-byte records, 100 a batch.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <string>
#include <vector>

#include "braid/engine.h"

namespace braid {
namespace {

constexpr size_t kBatchRecords = 100;
constexpr size_t kValueBytes = 100;
// Streams keep their newest 64 MiB, in segments of 16 MiB: memory is used again, as in an engine
// that has run for a while, and what is measured is not the first touch of pages.
constexpr int64_t kStreamBytes = int64_t{64} << 20;
constexpr int64_t kSegmentBytes = int64_t{16} << 20;

EngineOptions InMemory() {
  EngineOptions options;
  options.segment_bytes = kSegmentBytes;
  return options;
}

StreamOptions Limited() {
  StreamOptions options;
  options.max_bytes = kStreamBytes;
  return options;
}

std::vector<RecordView> Records(const std::string& value, size_t count) {
  RecordView record;
  record.value = value;
  return std::vector<RecordView>(count, record);
}

// Ends the run when `result` is not ok.
template <class Result>
bool Failed(benchmark::State& state, const Result& result) {
  if (result.ok()) return false;
  state.SkipWithError("the engine refused");
  return true;
}

void BM_Start(benchmark::State& state) {
  for (auto _ : state) {
    auto engine = Engine::Open({});
    if (Failed(state, engine)) return;
    auto stream = (*engine)->CreateStream("orders");
    if (Failed(state, stream) || Failed(state, stream->Append("order 1"))) return;
  }
}
BENCHMARK(BM_Start)->Unit(benchmark::kMicrosecond);

void BM_Append(benchmark::State& state) {
  auto engine = Engine::Open(InMemory());
  if (Failed(state, engine)) return;
  auto stream = (*engine)->CreateStream("orders", Limited());
  if (Failed(state, stream)) return;
  const std::string value(kValueBytes, 'x');
  const std::vector<RecordView> records = Records(value, static_cast<size_t>(state.range(0)));
  // Once round, so that all memory has been touched.
  while (stream->first_offset() == 0) {
    if (Failed(state, stream->Append(records))) return;
  }
  for (auto _ : state) {
    if (Failed(state, stream->Append(records))) return;
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
  state.SetBytesProcessed(state.iterations() * state.range(0) * static_cast<int64_t>(kValueBytes));
}
BENCHMARK(BM_Append)->ArgName("batch")->Arg(1)->Arg(kBatchRecords)->Arg(1000);

// Appends a batch, fetches it through a group, acknowledges each record.
void BM_AppendFetchAck(benchmark::State& state) {
  auto engine = Engine::Open(InMemory());
  if (Failed(state, engine)) return;
  auto stream = (*engine)->CreateStream("orders", Limited());
  if (Failed(state, stream)) return;
  auto group = stream->CreateGroup("workers");
  if (Failed(state, group)) return;
  const std::string value(kValueBytes, 'x');
  const std::vector<RecordView> records = Records(value, kBatchRecords);
  for (auto _ : state) {
    if (Failed(state, stream->Append(records))) return;
    auto messages = group->Fetch("me", static_cast<int64_t>(kBatchRecords));
    if (Failed(state, messages)) return;
    for (const Delivered& message : *messages) {
      if (Failed(state, group->Ack(message.offset))) return;
    }
  }
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(kBatchRecords));
}
BENCHMARK(BM_AppendFetchAck);

}  // namespace
}  // namespace braid
