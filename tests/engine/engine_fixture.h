// An engine on a fault-injecting file system and a clock that stands still, spoken to in short
// words.
#ifndef BRAID_TESTS_ENGINE_ENGINE_FIXTURE_H_
#define BRAID_TESTS_ENGINE_ENGINE_FIXTURE_H_

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "braid/error.h"
#include "braid/testing.h"
#include "engine/catalog.h"
#include "engine/group.h"
#include "engine/stream.h"
#include "engine/views.h"
#include "storage/batch_builder.h"

namespace braid::engine {

class EngineTest : public ::testing::Test {
 protected:
  EngineTest() { Open(); }

  EngineOptions Options() {
    EngineOptions options;
    options.data_dir = "/data";
    options.filesystem = files_.get();
    options.clock = &clock_;
    options.seed = 1;
    options.segment_bytes = 3000;  // so that logs have several
    return options;
  }

  void Open() {
    auto catalog = Catalog::Open(Options());
    ASSERT_TRUE(catalog.ok()) << catalog.status();
    catalog_ = *std::move(catalog);
  }

  void Reopen() {
    catalog_.reset();
    Open();
  }

  StreamPtr Create(std::string_view name, StreamOptions options = {}, int partitions = 1) {
    auto topic = catalog_->CreateTopic(name, partitions, std::move(options), writes_);
    EXPECT_TRUE(topic.ok()) << topic.status();
    Commit();
    return topic.ok() ? (*topic)->partitions.front() : nullptr;
  }

  StreamPtr Find(std::string_view name) { return catalog_->FindRedis(name); }

  void Commit() {
    auto ticket = catalog_->Commit(writes_);
    ASSERT_TRUE(ticket.ok()) << ticket.status();
  }

  void Advance(absl::Duration by) {
    clock_.Advance(by);
    catalog_->Tick();
  }

  // A NATS message.
  absl::StatusOr<AppendResult> Publish(const StreamPtr& stream, std::string_view subject,
                                       std::string_view payload, AppendOptions options = {}) {
    options.origin = Origin::kNats;
    RecordView record;
    record.key = subject;
    record.value = payload;
    if (!options.msg_id.empty()) record.headers.push_back({"Nats-Msg-Id", options.msg_id});
    return stream->Append(record, options, writes_);
  }

  // A Redis entry with one field.
  absl::StatusOr<AppendResult> Add(const StreamPtr& stream, EntryIdSpec id,
                                   std::string_view value) {
    AppendOptions options;
    options.origin = Origin::kRedis;
    options.id = id;
    RecordView record;
    record.headers.push_back({"f", value});
    return stream->Append(record, options, writes_);
  }

  // A Kafka batch of `values`, all with the same time.
  absl::StatusOr<AppendResult> Produce(const StreamPtr& stream,
                                       const std::vector<std::string>& values,
                                       int64_t timestamp_ms) {
    storage::BatchBuilder builder;
    for (const std::string& value : values) {
      RecordView record;
      record.value = value;
      record.timestamp_ms = timestamp_ms;
      builder.Add(record);
    }
    return stream->AppendBatch(builder.Build(), writes_);
  }

  static std::vector<std::string> ValuesOf(const StreamPtr& stream, RecordRange range = {}) {
    auto records = stream->Read(range);
    EXPECT_TRUE(records.ok()) << records.status();
    std::vector<std::string> values;
    if (!records.ok()) return values;
    for (const StoredRecord& record : *records) {
      values.emplace_back(record.value.has_value() ? *record.value
                          : record.headers.empty() ? std::string_view()
                                                   : record.headers.front().value.value_or(""));
    }
    return values;
  }

  GroupPtr CreateGroup(const StreamPtr& stream, std::string_view name, GroupOptions options = {}) {
    auto group = stream->CreateGroup(name, std::move(options), writes_);
    EXPECT_TRUE(group.ok()) << group.status();
    return group.ok() ? *group : nullptr;
  }

  std::vector<DeliveredRecord> Fetch(const GroupPtr& group, int64_t max,
                                     std::string_view consumer = "me") {
    auto records = group->Fetch({.consumer = consumer, .max_records = max}, writes_);
    EXPECT_TRUE(records.ok()) << records.status();
    return records.ok() ? *std::move(records) : std::vector<DeliveredRecord>();
  }

  static std::vector<Offset> OffsetsOf(const std::vector<DeliveredRecord>& records) {
    std::vector<Offset> offsets;
    for (const DeliveredRecord& record : records) offsets.push_back(record.offset);
    return offsets;
  }

  std::unique_ptr<FaultFileSystem> files_ = FaultFileSystem::Create(1);
  ManualClock clock_;
  std::unique_ptr<Catalog> catalog_;
  Writes writes_;
};

}  // namespace braid::engine

#endif  // BRAID_TESTS_ENGINE_ENGINE_FIXTURE_H_
