// All that a Redis client can see of a stream, as one value: to copy it, or to carry it elsewhere.
#ifndef BRAID_ENGINE_STREAM_IMAGE_H_
#define BRAID_ENGINE_STREAM_IMAGE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "engine/entry_id.h"
#include "engine/stream.h"
#include "engine/writes.h"

namespace braid::engine {

struct StreamImage {
  struct Entry {
    EntryId id;
    std::vector<std::pair<std::string, std::string>> fields;
  };
  struct Consumer {
    std::string name;
    absl::Time seen;
    std::optional<absl::Time> active;
  };
  struct Pending {
    EntryId id;                        // its entry may be gone
    std::optional<uint64_t> consumer;  // nullopt: it was given back, and nobody has it
    absl::Time delivered_at;
    int64_t delivery_count = 0;
  };
  struct Group {
    std::string name;
    EntryId last_delivered;
    std::optional<int64_t> entries_read;
    std::vector<Consumer> consumers;
    std::vector<Pending> pending;
  };
  EntryId last_id;
  EntryId max_deleted_id;
  int64_t entries_added = 0;
  std::vector<Entry> entries;
  std::vector<Group> groups;  // of Redis clients
  IdempotenceImage idempotence;
};

// As it is now, but for what others write meanwhile.
absl::StatusOr<StreamImage> ImageOf(Stream& stream);
// Makes `stream`, which is new and empty, what the image shows.
absl::Status Restore(const StreamImage& image, Stream& stream, Writes& writes);

std::string Encode(const StreamImage& image);
absl::StatusOr<StreamImage> DecodeStreamImage(std::string_view bytes);  // kCorrupt

}  // namespace braid::engine

#endif  // BRAID_ENGINE_STREAM_IMAGE_H_
