// braid seg import: a partition of Kafka's becomes a stream, batch by batch, at the same offsets.
#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <memory>
#include <optional>
#include <utility>

#include "braid/error.h"
#include "engine/catalog.h"
#include "storage/batch_validate.h"
#include "tools/cli/verbs.h"
#include "tools/seg/commands.h"
#include "tools/seg/kafka_log.h"
#include "tools/seg/printing.h"

namespace braid::seg {
namespace {

// What the log holds; found before anything is written, so that a log that cannot be read to its
// end leaves nothing behind.
struct Contents {
  std::optional<Offset> first_offset;
  Offset next_offset = 0;
  int64_t batches = 0;
  int64_t records = 0;
  int64_t bytes = 0;
  int64_t control_batches = 0;
  int64_t transactional_batches = 0;
  int64_t holes = 0;  // offsets from the first to the last that have no record
  int64_t largest_producer_id = -1;

  void Add(const BatchHeader& header) {
    if (!first_offset) first_offset = next_offset = header.base_offset;
    holes += header.next_offset() - next_offset - header.record_count;
    next_offset = header.next_offset();
    ++batches;
    records += header.record_count;
    bytes += header.total_bytes();
    if (header.control()) ++control_batches;
    if (header.transactional()) ++transactional_batches;
    largest_producer_id = std::max(largest_producer_id, header.producer_id);
  }
};

absl::StatusOr<Contents> Survey(KafkaLog& log) {
  Contents contents;
  absl::Status status = log.ForEachBatch([&](const Batch& batch) {
    contents.Add(batch.header());
    return absl::OkStatus();
  });
  if (!status.ok()) return status;
  if (!contents.first_offset) contents.first_offset = log.newest_base_offset();
  const Offset end = std::max(contents.next_offset, log.newest_base_offset());
  if (contents.batches > 0) contents.holes += end - contents.next_offset;
  contents.next_offset = end;
  return contents;
}

absl::Status Fill(engine::Catalog& catalog, engine::Stream& stream, KafkaLog& log,
                  const Contents& contents) {
  engine::Writes writes;
  if (absl::Status s = stream.ContinueAt(*contents.first_offset, writes); !s.ok()) return s;
  absl::Status status = log.ForEachBatch([&](const Batch& batch) {
    // The stream writes into the first bytes; and no log from elsewhere says who wrote a batch.
    auto own = Batch::Parse(Buffer::Copy(batch.bytes().view()));
    if (!own.ok()) return own.status();
    auto imported = stream.ImportBatch(storage::StripPrivateAttributes(*std::move(own)), writes);
    if (!imported.ok()) return imported.status();
    return catalog.Commit(writes).status();
  });
  if (!status.ok()) return status;
  if (absl::Status s = stream.ContinueAt(contents.next_offset, writes); !s.ok()) return s;
  if (log.start_offset() > *contents.first_offset) {
    if (auto trimmed = stream.TrimTo(log.start_offset(), writes); !trimmed.ok()) {
      return trimmed.status();
    }
  }
  // Else a new producer could be given the number of one whose last batches the stream holds, and
  // its first ones would be taken for repeats.
  if (contents.largest_producer_id < std::numeric_limits<int64_t>::max() / 2) {
    catalog.SkipIds(contents.largest_producer_id + 1, writes);
  }
  if (auto ticket = catalog.Commit(writes); !ticket.ok()) return ticket.status();
  return catalog.Flush();
}

void Print(const ImportOptions& options, KafkaLog& log, const Contents& contents) {
  if (options.json) {
    PrintJson(Json{{"stream", options.stream},
                   {"base_offset", std::max(*contents.first_offset, log.start_offset())},
                   {"next_offset", contents.next_offset},
                   {"segments", log.segment_count()},
                   {"batches", contents.batches},
                   {"records", contents.records},
                   {"bytes", contents.bytes},
                   {"holes", contents.holes},
                   {"control_batches", contents.control_batches},
                   {"transactional_batches", contents.transactional_batches},
                   {"torn_bytes", log.torn_bytes()}});
    return;
  }
  fmt::print(
      "{}: {} records in {} batches, offsets {}, {} of them without a record\n",
      Quoted(options.stream), contents.records, contents.batches,
      OffsetsText(std::max(*contents.first_offset, log.start_offset()), contents.next_offset),
      contents.holes);
  if (contents.transactional_batches > 0) {
    fmt::print(
        "  {} batches are of transactions, {} are their markers: readers get aborted ones too\n",
        contents.transactional_batches, contents.control_batches);
  }
  if (log.torn_bytes() > 0) {
    fmt::print("  left out {} bytes without a whole batch at the end\n", log.torn_bytes());
  }
}

}  // namespace

int Import(const ImportOptions& options) {
  auto log = KafkaLog::Open(FileSystem::Posix(), options.kafka_dir);
  if (!log.ok()) return Complain(log.status(), cli::kUsage);
  const auto contents = Survey(*log);
  if (!contents.ok()) return Complain(contents.status(), cli::kFailed);
  auto catalog = engine::Catalog::Open({.data_dir = options.data});
  if (CodeOf(catalog.status()) == Errc::kLocked) {
    return Complain(fmt::format("{} is in use by a running broker: stop it first", options.data),
                    cli::kUsage);
  }
  if (!catalog.ok()) return Complain(catalog.status(), cli::kFailed);
  engine::Writes writes;
  auto topic = (*catalog)->CreateTopic(options.stream, 1, {}, writes);
  if (CodeOf(topic.status()) == Errc::kStreamExists) {
    return Complain(fmt::format("{} has a stream {} already", options.data, Quoted(options.stream)),
                    cli::kUsage);
  }
  if (!topic.ok()) return Complain(topic.status(), cli::kUsage);
  absl::Status status = Fill(**catalog, *(*topic)->partitions.front(), *log, *contents);
  if (!status.ok()) {
    (*catalog)->DeleteTopic(options.stream, writes).IgnoreError();
    return Complain(status, cli::kFailed);
  }
  Print(options, *log, *contents);
  return 0;
}

}  // namespace braid::seg
