// libFuzzer target: an engine is opened over a journal of arbitrary entries: topics, groups of all
// kinds, offsets, producers, transactions, settings. It says that the journal is malformed, or it
// opens, serves, and opens again over what it made of it.
//
// The input is a list of entries: a byte with the size of the key, two of the value's
// (little-endian; kErases: there is none), the key, the value.
#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <string_view>

#include "braid/testing.h"
#include "engine/catalog.h"
#include "engine/journal.h"
#include "engine/transactions.h"
#include "engine/writes.h"
#include "protocol/kafka/service.h"
#include "tests/fuzz/check.h"

namespace braid::engine {
namespace {

using fuzz::Check;

constexpr size_t kErases = 0xffff;
constexpr char kDir[] = "data";

EngineOptions Options(FileSystem& files, const ManualClock& clock) {
  EngineOptions options;
  options.data_dir = kDir;
  options.filesystem = &files;
  options.clock = &clock;
  options.seed = 1;
  return options;
}

void WriteJournal(FileSystem& files, const ManualClock& clock, std::string_view input) {
  storage::RecoveryReport report;
  Check(files.CreateDirs(kDir).ok(), "a directory can be made");
  auto journal = Journal::Open(files, std::string(kDir) + "/journal", &clock, &report);
  Check(journal.ok(), "a journal can be made");
  while (input.size() >= 3) {
    const auto byte = [&](size_t at) { return static_cast<uint8_t>(input[at]); };
    const size_t key_size = byte(0);
    const size_t value_size = byte(1) | byte(2) << 8;
    input.remove_prefix(3);
    const std::string_view key = input.substr(0, key_size);
    input.remove_prefix(key.size());
    if (value_size == kErases) {
      (*journal)->Erase(key);
      continue;
    }
    const std::string_view value = input.substr(0, value_size);
    input.remove_prefix(value.size());
    (*journal)->Put(key, value);
  }
  Check((*journal)->FlushAndSync().ok(), "a journal can be written");
}

std::set<std::string> TopicsOf(const Catalog& catalog) {
  std::set<std::string> names;
  for (const TopicPtr& topic : catalog.Topics()) names.insert(topic->name);
  return names;
}

// Everything is looked at, and written to.
void Use(Catalog& catalog, ManualClock& clock) {
  const kafka::Service service(catalog, {});  // restores what Kafka keeps beside the streams
  Writes writes;
  for (const TopicPtr& topic : catalog.Topics()) {
    for (const StreamPtr& stream : topic->partitions) {
      const Offset start = stream->start_offset();
      Check(0 <= start && start <= stream->next_offset(), "a stream does not end before it starts");
      stream->ReadBatches(start, {}).status().IgnoreError();
      RecordView record;
      record.value = "appended";
      stream->Append(record, {}, writes).status().IgnoreError();
      Check(stream->last_stable_offset() <= stream->next_offset(), "what is stable is there");
    }
  }
  catalog.Commit(writes).IgnoreError();
  clock.Advance(absl::Hours(24 * 30));
  catalog.Tick();
}

}  // namespace
}  // namespace braid::engine

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace braid;
  ManualClock clock;
  const auto files = FaultFileSystem::Create(1);
  engine::WriteJournal(*files, clock, fuzz::ViewOf(data, size));
  std::set<std::string> topics;
  {
    const auto catalog = engine::Catalog::Open(engine::Options(*files, clock));
    if (!catalog.ok()) return 0;
    topics = engine::TopicsOf(**catalog);
    engine::Use(**catalog, clock);
  }
  const auto again = engine::Catalog::Open(engine::Options(*files, clock));
  fuzz::Check(again.ok(), "what was opened can be opened again");
  fuzz::Check(engine::TopicsOf(**again) == topics, "it holds what it held");
  return 0;
}
