// A log under test: appends numbered records, closes, reopens, breaks files, and reads everything
// back.
#ifndef BRAID_TESTS_STORAGE_LOG_FIXTURE_H_
#define BRAID_TESTS_STORAGE_LOG_FIXTURE_H_

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "braid/error.h"
#include "braid/filesystem.h"
#include "storage/log.h"
#include "storage/log_work.h"
#include "storage/segment_files.h"
#include "tests/storage/batches.h"

namespace braid::storage {

inline constexpr char kLogDir[] = "streams/log~1";

// Every value from `from` on, reading as a consumer does: from where the last read ended. Damage
// that is passed over is "<lost>"; a read that fails ends it with "<error name>".
inline std::vector<std::string> ReadValues(const LogView& view, Offset from,
                                           const ReadLimits& limits = {}) {
  std::vector<std::string> values;
  while (from < view.next_offset()) {
    const absl::StatusOr<LogRead> read = view.Read(from, limits);
    if (!read.ok()) {
      values.push_back("<" + std::string(ErrcName(CodeOf(read.status()))) + ">");
      return values;
    }
    if (read->next_offset == from) return values;
    std::multimap<Offset, std::string> found;
    for (const OffsetRange& lost : read->lost) found.emplace(lost.begin, "<lost>");
    for (const Batch& batch : read->batches) {
      EXPECT_TRUE(batch.VerifyCrc().ok());
      const absl::StatusOr<std::vector<Record>> records = batch.Records();
      EXPECT_TRUE(records.ok()) << records.status();
      for (const Record& record : *records) {
        if (record.offset < from) continue;
        found.emplace(record.offset, record.value.value_or("<null>"));
      }
    }
    for (auto& [offset, value] : found) values.push_back(std::move(value));
    from = read->next_offset;
  }
  return values;
}

class LogFixture {
 public:
  explicit LogFixture(FileSystem& filesystem, LogOptions options = {})
      : filesystem_(filesystem), options_(options) {
    Reopen();
  }

  // Opens anew; what recovery said is in report().
  absl::Status TryReopen() {
    log_.reset();
    report_ = RecoveryReport();
    absl::StatusOr<std::unique_ptr<Log>> log = Log::Open(filesystem_, kLogDir, options_, &report_);
    if (log.ok()) log_ = *std::move(log);
    return log.status();
  }
  void Reopen() {
    const absl::Status status = TryReopen();
    ASSERT_TRUE(status.ok()) << status;
  }
  void Close() { log_.reset(); }

  Log& log() { return *log_; }
  Log* operator->() { return log_.get(); }
  const RecoveryReport& report() const { return report_; }

  // One batch of these values.
  absl::StatusOr<LogAppend> TryAppend(const std::vector<std::string>& values,
                                      int64_t timestamp_ms = 1000) {
    return log_->Append(BatchOf(values, timestamp_ms));
  }
  Offset Append(const std::vector<std::string>& values, int64_t timestamp_ms = 1000) {
    const absl::StatusOr<LogAppend> append = TryAppend(values, timestamp_ms);
    EXPECT_TRUE(append.ok()) << append.status();
    return append.ok() ? append->base_offset : -1;
  }
  // `count` batches of one record each: "0", "1", ...
  void AppendNumbers(int count) {
    for (int i = 0; i < count; ++i) Append({std::to_string(log_->next_offset())});
  }

  // All upkeep there is to do; the first failure, if any.
  absl::Status Upkeep(const WorkOptions& options = {}) {
    absl::Status first;
    for (int i = 0; i < 1000; ++i) {
      std::optional<LogWork> work = log_->PrepareWork(options);
      if (!work) return first;
      const absl::Status status = log_->FinishWork(*std::move(work), work->Run());
      if (!status.ok()) return status;
    }
    ADD_FAILURE() << "upkeep never ends";
    return first;
  }

  std::vector<std::string> Values(Offset from = -1) {
    return ReadValues(log_->View(), from < 0 ? log_->start_offset() : from);
  }
  Errc ReadError(Offset from) { return CodeOf(log_->View().Read(from, {}).status()); }

  std::string Path(Offset base, std::string_view suffix = kLogSuffix) const {
    return SegmentPath(kLogDir, base, suffix);
  }
  std::vector<std::string> Files() const {
    const auto names = filesystem_.List(kLogDir);
    return names.ok() ? *names : std::vector<std::string>();
  }
  std::string Contents(const std::string& path) const {
    const auto file = filesystem_.OpenRead(path);
    if (!file.ok()) return "";
    return std::string((*file)->Read(0, size_t{1} << 30)->view());
  }
  void SetContents(const std::string& path, const std::string& bytes) const {
    auto file = filesystem_.OpenAppend(path);
    ASSERT_TRUE(file.ok()) << file.status();
    ASSERT_TRUE((*file)->Truncate(0).ok());
    ASSERT_TRUE((*file)->Append(Buffer::Copy(bytes)).ok());
  }
  // Changes one byte of a file.
  void Damage(const std::string& path, size_t at) const {
    std::string bytes = Contents(path);
    ASSERT_LT(at, bytes.size());
    bytes[at] = static_cast<char>(bytes[at] ^ 0x55);
    SetContents(path, bytes);
  }

 private:
  FileSystem& filesystem_;
  const LogOptions options_;
  RecoveryReport report_;
  std::unique_ptr<Log> log_;
};

// "from", ..., "to - 1".
inline std::vector<std::string> Numbers(int64_t from, int64_t to) {
  std::vector<std::string> numbers;
  for (int64_t i = from; i < to; ++i) numbers.push_back(std::to_string(i));
  return numbers;
}

}  // namespace braid::storage

#endif  // BRAID_TESTS_STORAGE_LOG_FIXTURE_H_
