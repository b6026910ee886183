// braid seg repair: a copy of what is whole, beside the original.
#include <fmt/format.h>

#include <filesystem>
#include <string>
#include <utility>

#include "braid/error.h"
#include "storage/salvage.h"
#include "tools/cli/verbs.h"
#include "tools/seg/commands.h"
#include "tools/seg/place.h"
#include "tools/seg/printing.h"

namespace braid::seg {
namespace {

// True when `to` would lie in `dir`, of which nothing may change.
bool LiesIn(const std::string& dir, const std::string& to) {
  std::error_code error;
  const auto outer = std::filesystem::weakly_canonical(dir, error);
  const auto inner = std::filesystem::weakly_canonical(to, error);
  const auto [end, unused] = std::mismatch(outer.begin(), outer.end(), inner.begin(), inner.end());
  return end == outer.end();
}

Json ToJson(const PlacedLog& log, const storage::Salvage& salvage) {
  Json lost = Json::array();
  for (const storage::LostRange& range : salvage.lost) {
    lost.push_back(Json{{"base_offset", range.offsets.begin},
                        {"next_offset", range.offsets.end},
                        {"file", range.file},
                        {"position", range.position},
                        {"bytes", range.bytes}});
  }
  return Json{{"name", log.name},
              {"base_offset", salvage.start_offset},
              {"next_offset", salvage.next_offset},
              {"batches", salvage.batches},
              {"records", salvage.records},
              {"bytes", salvage.bytes},
              {"lost", std::move(lost)},
              {"torn_bytes", salvage.torn_bytes}};
}

void Print(const PlacedLog& log, const storage::Salvage& salvage) {
  fmt::print("{}: kept {} batches, {} records, offsets {}\n", log.name, salvage.batches,
             salvage.records, OffsetsText(salvage.start_offset, salvage.next_offset));
  for (const storage::LostRange& range : salvage.lost) {
    fmt::print("  lost offsets {}: {} bytes at {} of {}\n",
               OffsetsText(range.offsets.begin, range.offsets.end), range.bytes, range.position,
               range.file);
  }
  if (salvage.torn_bytes > 0) {
    fmt::print("  lost {} bytes without a whole batch at the end\n", salvage.torn_bytes);
  }
}

}  // namespace

int Repair(const std::string& dir, const std::string& to, bool json) {
  FileSystem& filesystem = FileSystem::Posix();
  const auto place = Place::Open(filesystem, dir);
  if (!place.ok()) return Complain(place.status(), cli::kUsage);
  if (filesystem.Exists(to)) return Complain(to + " exists already", cli::kUsage);
  if (LiesIn(place->dir(), to)) {
    return Complain(fmt::format("{} lies in {}, where nothing may change", to, place->dir()),
                    cli::kUsage);
  }
  Json logs = Json::array();
  for (const PlacedLog& log : place->logs()) {
    const std::string out = place->is_data_directory() ? to + "/" + log.name : to;
    const auto salvage = storage::SalvageLog(filesystem, log.dir, out);
    if (!salvage.ok()) return Complain(salvage.status(), cli::kFailed);
    if (json) {
      logs.push_back(ToJson(log, *salvage));
    } else {
      Print(log, *salvage);
    }
  }
  if (json) PrintJson(Json{{"dir", place->dir()}, {"to", to}, {"logs", std::move(logs)}});
  return 0;
}

}  // namespace braid::seg
