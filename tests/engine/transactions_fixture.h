// Transactions over an engine whose clock and files call back, for what happens in between.
#ifndef BRAID_TESTS_ENGINE_TRANSACTIONS_FIXTURE_H_
#define BRAID_TESTS_ENGINE_TRANSACTIONS_FIXTURE_H_

#include "engine/transactions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <thread>

#include "absl/synchronization/notification.h"
#include "engine/group_offsets.h"
#include "engine/journal.h"
#include "engine/share_partitions.h"
#include "storage/coding.h"
#include "storage/crc32c.h"
#include "tests/engine/engine_fixture.h"
#include "tests/storage/counting_filesystem.h"

namespace braid::engine {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr absl::Duration kTimeout = absl::Seconds(60);

// Does something when the engine asks for the time: between two steps of what it is at.
class HookedClock : public Clock {
 public:
  explicit HookedClock(const Clock& clock) : clock_(clock) {}

  absl::Time Now() const override {
    if (hook_ && skip_-- == 0) std::exchange(hook_, nullptr)();
    return clock_.Now();
  }
  // After it was asked `skip` more times.
  void Hook(int64_t skip, std::function<void()> hook) {
    skip_ = skip;
    hook_ = std::move(hook);
  }

 private:
  const Clock& clock_;
  mutable int64_t skip_ = 0;
  mutable std::function<void()> hook_;
};

// Does something after the engine has read from a file.
class HookedFiles : public CountingFileSystem {
 public:
  using CountingFileSystem::CountingFileSystem;
  using Hook = std::function<void()>;

  absl::StatusOr<std::unique_ptr<ReadFile>> OpenRead(const std::string& path) override {
    auto file = CountingFileSystem::OpenRead(path);
    if (!file.ok()) return file.status();
    return std::make_unique<File>(*std::move(file), hook_);
  }
  void HookOnce(Hook hook) { *hook_ = std::move(hook); }

 private:
  class File : public ReadFile {
   public:
    File(std::unique_ptr<ReadFile> base, std::shared_ptr<Hook> hook)
        : base_(std::move(base)), hook_(std::move(hook)) {}
    absl::StatusOr<Buffer> Read(uint64_t offset, size_t n) const override {
      auto bytes = base_->Read(offset, n);
      if (const Hook hook = std::exchange(*hook_, nullptr)) hook();
      return bytes;
    }
    absl::StatusOr<uint64_t> Size() const override { return base_->Size(); }

   private:
    const std::unique_ptr<ReadFile> base_;
    const std::shared_ptr<Hook> hook_;
  };

  const std::shared_ptr<Hook> hook_ = std::make_shared<Hook>();
};

class TransactionsTest : public EngineTest {
 protected:
  void OpenWith(const std::function<void(EngineOptions&)>& change) {
    catalog_ = nullptr;
    EngineOptions options = Options();
    change(options);
    auto catalog = Catalog::Open(options);
    ASSERT_TRUE(catalog.ok()) << catalog.status();
    catalog_ = *std::move(catalog);
  }

  Transactions& transactions() { return catalog_->transactions(); }

  ProducerIdentity Init(std::string_view id = "t") {
    auto producer = transactions().Init(id, kTimeout, std::nullopt, writes_);
    EXPECT_TRUE(producer.ok()) << producer.status();
    return producer.value_or(ProducerIdentity());
  }

  static Batch BatchOf(ProducerIdentity producer, int32_t sequence, std::string_view value,
                       bool transactional = true) {
    storage::BatchBuilder builder({.attributes = static_cast<uint16_t>(transactional ? 0x10 : 0),
                                   .producer_id = producer.id,
                                   .producer_epoch = producer.epoch,
                                   .base_sequence = sequence});
    RecordView record;
    record.key = "k";
    record.value = value;
    record.timestamp_ms = 1000;
    builder.Add(record);
    return builder.Build();
  }

  absl::StatusOr<AppendResult> Produce(const StreamPtr& stream, ProducerIdentity producer,
                                       int32_t sequence, std::string_view value, bool adds = true,
                                       std::string_view id = "t") {
    return transactions().Append(id, producer, stream, BatchOf(producer, sequence, value), adds,
                                 writes_);
  }

  absl::Status SendOffset(ProducerIdentity producer, std::string_view group,
                          const StreamPtr& stream, PendingOffset offset, bool adds = true) {
    return transactions().SendOffsets("t", producer, group, {{stream, std::move(offset)}}, adds,
                                      writes_);
  }
  bool HasPendingOffset(std::string_view group, const StreamPtr& stream) {
    return transactions().PendingStreams(group).contains(stream->identity().id);
  }

  absl::StatusOr<ProducerIdentity> End(ProducerIdentity producer, bool commit, bool bumps = true,
                                       std::string_view id = "t") {
    auto ended = transactions().Prepare(id, producer, commit, bumps, writes_);
    if (!ended.ok()) return ended.status();
    Commit();
    if (ended->finish) {
      EXPECT_TRUE(transactions().Finish(id, *ended, writes_).ok());
    }
    Commit();
    return ended->producer;
  }

  // Offsets of the records that a reader of committed ones is given, markers left out.
  static std::vector<Offset> Committed(const StreamPtr& stream) {
    auto read = stream->ReadCommitted(stream->start_offset(), {});
    EXPECT_TRUE(read.ok()) << read.status();
    std::vector<Offset> offsets;
    for (const Batch& batch : read->read.batches) {
      const BatchHeader& header = batch.header();
      if (header.control()) continue;
      const bool aborted =
          std::any_of(read->aborted.begin(), read->aborted.end(), [&](const AbortedTransaction& a) {
            return header.transactional() && a.producer_id == header.producer_id &&
                   a.first_offset <= header.base_offset &&
                   EndsBehind(read->read.batches, a, header.base_offset);
          });
      if (!aborted) offsets.push_back(header.base_offset);
    }
    return offsets;
  }
  // As clients do: an aborted transaction lasts up to its producer's next marker.
  static bool EndsBehind(const std::vector<Batch>& batches, const AbortedTransaction& aborted,
                         Offset offset) {
    for (const Batch& batch : batches) {
      const BatchHeader& header = batch.header();
      if (!header.control() || header.producer_id != aborted.producer_id) continue;
      if (header.base_offset > aborted.first_offset) return header.base_offset > offset;
    }
    return false;
  }

  Errc CodeOfEnd(ProducerIdentity producer, bool commit, bool bumps) {
    return CodeOf(End(producer, commit, bumps).status());
  }
};

}  // namespace braid::engine

#endif  // BRAID_TESTS_ENGINE_TRANSACTIONS_FIXTURE_H_
