// A partition's directory as Apache Kafka's broker leaves it: segments of batches, named like
// Braid's, with holes where compaction took records. Read only.
#ifndef BRAID_TOOLS_SEG_KAFKA_LOG_H_
#define BRAID_TOOLS_SEG_KAFKA_LOG_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "braid/batch.h"
#include "braid/filesystem.h"

namespace braid::seg {

class KafkaLog {
 public:
  // kInvalidArgument for a directory that is no partition's, or that Kafka must put in order first;
  // kUnsupported for the cluster's metadata. Kafka's other files (indexes, snapshots, checkpoints)
  // say nothing that the segments do not, but for the log's start (see start_offset()).
  static absl::StatusOr<KafkaLog> Open(FileSystem& filesystem, const std::string& dir);

  // Calls `batch` for each batch, in order, its CRC checked; ends at the first error. A torn end of
  // the last segment is passed over. kUnsupported for messages from before Kafka 0.11 (magic 0 and
  // 1); kCorrupt, with file and position, for anything else that is no batch, and for batches out
  // of order.
  absl::Status ForEachBatch(absl::FunctionRef<absl::Status(const Batch& batch)> batch);

  // By the broker's log-start-offset-checkpoint, one directory up: records below it were deleted.
  // 0 when that says nothing of the partition.
  Offset start_offset() const { return start_offset_; }
  // Base offset of the newest segment: the log goes on no lower, even when the records before it
  // are gone.
  Offset newest_base_offset() const { return segments_.back().base_offset; }
  size_t segment_count() const { return segments_.size(); }
  uint64_t torn_bytes() const { return torn_bytes_; }  // known after ForEachBatch

 private:
  struct SegmentFile {
    Offset base_offset;
    std::string path;
  };

  KafkaLog(FileSystem& filesystem, std::string dir)
      : filesystem_(&filesystem), dir_(std::move(dir)) {}
  void ReadStartOffset();
  absl::Status ReadSegment(const SegmentFile& segment, Offset& next_offset,
                           absl::FunctionRef<absl::Status(const Batch& batch)> batch);

  FileSystem* filesystem_;
  std::string dir_;
  std::vector<SegmentFile> segments_;  // by base offset
  Offset start_offset_ = 0;
  uint64_t torn_bytes_ = 0;
};

}  // namespace braid::seg

#endif  // BRAID_TOOLS_SEG_KAFKA_LOG_H_
