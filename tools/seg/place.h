// The directory that `braid seg` was given: one log or a whole data directory, kept from brokers
// while it is looked at.
#ifndef BRAID_TOOLS_SEG_PLACE_H_
#define BRAID_TOOLS_SEG_PLACE_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "braid/filesystem.h"

namespace braid::seg {

struct PlacedLog {
  std::string name;  // "journal", "streams/orders-0~7"; of a single log its directory as given
  std::string dir;
  std::optional<uint64_t> stream_id;  // what the directory's name says
};

class Place {
 public:
  // kLocked when a running broker has the directory, or the data directory around it;
  // kInvalidArgument when it is no directory of Braid's. Writes nothing: a directory that has no
  // LOCK file has no broker either. One that may not be locked, as on a read-only file system, is
  // taken as it is.
  static absl::StatusOr<Place> Open(FileSystem& filesystem, const std::string& dir);

  const std::string& dir() const { return dir_; }
  bool is_data_directory() const { return is_data_directory_; }
  // The journal first, then the streams by name.
  const std::vector<PlacedLog>& logs() const { return logs_; }

 private:
  std::string dir_;
  bool is_data_directory_ = false;
  std::vector<PlacedLog> logs_;
  std::unique_ptr<FileLock> lock_;  // null when there was nothing to lock
};

}  // namespace braid::seg

#endif  // BRAID_TOOLS_SEG_PLACE_H_
