#include "bench/measure.h"
#include "bench/peers.h"
#include "braid/testing.h"
#include "engine/catalog.h"
#include "engine/stream.h"

namespace braid::bench {
namespace {

class BraidPeer : public Peer {
 public:
  // With `seal`, upkeep compresses what was written before it is read.
  BraidPeer(const std::string& dir, bool seal) : seal_(seal) {
    EngineOptions options;
    options.data_dir = dir + "/data";
    options.clock = &clock_;
    catalog_ = Must(engine::Catalog::Open(std::move(options)));
    engine::Writes writes;
    stream_ = Must(catalog_->CreateTopic("bench", 1, {}, writes))->partitions.front();
    Check(catalog_->Commit(writes).status());
  }

  void Append(absl::Span<const RecordView> records) override {
    engine::AppendOptions options;
    options.origin = Origin::kNats;
    if (records.size() == 1) {
      Check(stream_->Append(records.front(), options, writes_).status());
    } else {
      Check(stream_->AppendMany(records, options, writes_).status());
    }
    Check(catalog_->Commit(writes_).status());
  }

  void Settle() override {
    if (!seal_) return;
    clock_.Advance(catalog_->options().segment_age + absl::Seconds(1));
    catalog_->Tick();
    while (catalog_->Maintain().more) {
    }
  }

  uint64_t ReadAll() override {
    uint64_t bytes = 0;
    engine::RecordRange range{.max_records = 1000};
    while (range.begin < stream_->next_offset()) {
      const std::vector<engine::StoredRecord> records = Must(stream_->Read(range));
      for (const engine::StoredRecord& record : records) bytes += record.value->size();
      range.begin = records.back().offset + 1;
    }
    return bytes;
  }

 private:
  const bool seal_;
  ManualClock clock_;
  std::unique_ptr<engine::Catalog> catalog_;
  engine::StreamPtr stream_;
  engine::Writes writes_;
};

}  // namespace

std::vector<PeerKind> BraidPeers() {
  const auto kind = [](std::string name, std::string how, bool seal) {
    return PeerKind{std::move(name), std::move(how), [seal](const std::string& dir) {
                      return std::make_unique<BraidPeer>(dir, seal);
                    }};
  };
  return {kind("Braid", "append and commit a write, durability os; read as it was written", false),
          kind("Braid, sealed", "the same; sealed with lz4 before it is read", true)};
}

}  // namespace braid::bench
