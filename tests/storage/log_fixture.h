// A log under test: appends numbered records, closes, reopens, breaks files, and reads everything
// back.
#ifndef BRAID_TESTS_STORAGE_LOG_FIXTURE_H_
#define BRAID_TESTS_STORAGE_LOG_FIXTURE_H_

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "braid/error.h"
#include "braid/filesystem.h"
#include "storage/log.h"
#include "storage/segment_files.h"
#include "tests/storage/batches.h"

namespace braid::storage {

inline constexpr char kLogDir[] = "streams/log~1";

// Every value from `from` on, reading as a consumer does: from where the last read ended. A read
// that fails ends it with "<error name>".
inline std::vector<std::string> ReadValues(const LogView& view, Offset from,
                                           const ReadLimits& limits = {}) {
  std::vector<std::string> values;
  while (from < view.next_offset()) {
    const absl::StatusOr<LogRead> read = view.Read(from, limits);
    if (!read.ok()) {
      values.push_back("<" + std::string(ErrcName(CodeOf(read.status()))) + ">");
      return values;
    }
    if (read->batches.empty()) return values;
    for (const Batch& batch : read->batches) {
      EXPECT_TRUE(batch.VerifyCrc().ok());
      const absl::StatusOr<std::vector<Record>> records = batch.Records();
      EXPECT_TRUE(records.ok()) << records.status();
      for (const Record& record : *records) {
        if (record.offset >= from) values.emplace_back(record.value.value_or("<null>"));
      }
      from = batch.next_offset();
    }
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
