#include "tools/seg/place.h"

#include <fmt/format.h>

#include <charconv>
#include <filesystem>
#include <string_view>
#include <system_error>

#include "braid/error.h"
#include "engine/recovery.h"
#include "storage/inspect.h"

namespace braid::seg {
namespace {

constexpr char kJournal[] = "journal";
constexpr char kStreams[] = "streams";

std::string WithoutSlashes(std::string dir) {
  while (dir.size() > 1 && dir.back() == '/') dir.pop_back();
  return dir;
}

bool IsDataDirectory(FileSystem& filesystem, const std::string& dir) {
  return filesystem.List(dir + "/" + kStreams).ok() ||
         storage::IsLogDirectory(filesystem, dir + "/" + kJournal);
}

// The data directory that the log in `dir` belongs to; empty when it lies alone.
std::string DataDirectoryOf(FileSystem& filesystem, const std::string& dir) {
  std::error_code error;
  const std::filesystem::path real = std::filesystem::canonical(dir, error);
  if (error) return "";
  const std::filesystem::path parent = real.parent_path();
  const bool is_stream = parent.filename() == kStreams;
  const bool is_journal = real.filename() == kJournal;
  const std::string around = is_stream ? parent.parent_path() : is_journal ? parent : "";
  return !around.empty() && IsDataDirectory(filesystem, around) ? around : "";
}

std::optional<uint64_t> StreamIdOf(std::string_view name) {
  const size_t tilde = name.rfind('~');
  if (tilde == std::string_view::npos) return std::nullopt;
  uint64_t id = 0;
  const char* end = name.data() + name.size();
  const auto [read, error] = std::from_chars(name.data() + tilde + 1, end, id);
  return error == std::errc() && read == end ? std::optional(id) : std::nullopt;
}

}  // namespace

absl::StatusOr<Place> Place::Open(FileSystem& filesystem, const std::string& given) {
  Place place;
  place.dir_ = WithoutSlashes(given);
  const std::string& dir = place.dir_;
  if (auto names = filesystem.List(dir); !names.ok()) return names.status();
  place.is_data_directory_ = IsDataDirectory(filesystem, dir);
  if (!place.is_data_directory_ && !storage::IsLogDirectory(filesystem, dir)) {
    return MakeError(Errc::kInvalidArgument,
                     fmt::format("{} is neither a log nor a data directory", dir));
  }
  const std::string locked = place.is_data_directory_ ? dir : DataDirectoryOf(filesystem, dir);
  const std::string lock_path = locked + "/LOCK";
  if (!locked.empty() && filesystem.Exists(lock_path)) {
    auto lock = filesystem.Lock(lock_path);
    if (lock.ok()) place.lock_ = *std::move(lock);
    if (CodeOf(lock.status()) == Errc::kLocked) {
      return MakeError(Errc::kLocked,
                       fmt::format("{} is in use by a running broker: stop it first", locked));
    }
  }
  if (!place.is_data_directory_) {
    place.logs_.push_back({dir, dir, StreamIdOf(std::filesystem::path(dir).filename().string())});
    return place;
  }
  if (storage::IsLogDirectory(filesystem, dir + "/" + kJournal)) {
    place.logs_.push_back({kJournal, dir + "/" + kJournal, std::nullopt});
  }
  const auto streams = filesystem.List(dir + "/" + kStreams);
  if (!streams.ok()) return place;
  for (const std::string& name : *streams) {
    const std::string path = fmt::format("{}/{}/{}", dir, kStreams, name);
    // Those that are being removed are no one's any more.
    if (name.ends_with(engine::kDeletedSuffix) || !filesystem.List(path).ok()) continue;
    place.logs_.push_back({fmt::format("{}/{}", kStreams, name), path, StreamIdOf(name)});
  }
  return place;
}

}  // namespace braid::seg
