// braid seg ls: segments, one line each.
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "storage/inspect.h"
#include "tools/cli/verbs.h"
#include "tools/seg/commands.h"
#include "tools/seg/place.h"
#include "tools/seg/printing.h"

namespace braid::seg {
namespace {

struct Line {
  std::string file;
  std::string generation;
  std::string_view state;
  Offset base_offset = 0;
  Offset next_offset = 0;
  uint64_t bytes = 0;
  int64_t records = 0;
  int64_t first_ms = -1;
  int64_t last_ms = -1;
};

struct Listing {
  std::string name;
  std::vector<Line> lines;
  Line total{.file = {}, .generation = {}, .state = "total"};  // of what is part of the log
};

// Headers only: what a segment says of itself, unchecked.
absl::StatusOr<Line> Look(FileSystem& filesystem, const storage::SegmentFile& segment) {
  Line line{.file = segment.path,
            .generation = std::to_string(segment.name.generation),
            .state = SegmentStateName(segment.state),
            .base_offset = segment.name.base_offset,
            .next_offset = segment.summary.next_offset,
            .bytes = segment.file_bytes};
  if (!segment.has_batches()) return line;
  const auto walk = storage::WalkSegment(
      filesystem, segment, storage::WalkDepth::kHeaders, [&](const storage::WalkedBatch& next) {
        const BatchHeader& header = next.header;
        line.records += header.record_count;
        if (header.record_count == 0) return absl::OkStatus();
        if (line.first_ms < 0) line.first_ms = header.base_timestamp_ms;
        line.last_ms = std::max(line.last_ms, header.max_timestamp_ms);
        return absl::OkStatus();
      });
  if (!walk.ok()) return walk.status();
  line.next_offset = walk->next_offset;
  return line;
}

absl::StatusOr<Listing> List(FileSystem& filesystem, const PlacedLog& log) {
  const auto files = storage::ListLog(filesystem, log.dir);
  if (!files.ok()) return files.status();
  Listing listing{.name = log.name, .lines = {}};
  Line& total = listing.total;
  total.base_offset = total.next_offset =
      files->segments.empty() ? files->manifest.tail_base : files->segments[0].name.base_offset;
  for (const storage::SegmentFile& segment : files->segments) {
    auto line = Look(filesystem, segment);
    if (!line.ok()) return line.status();
    listing.lines.push_back(*line);
    if (!segment.has_batches()) continue;
    total.next_offset = line->next_offset;
    total.bytes += line->bytes;
    total.records += line->records;
    if (total.first_ms < 0) total.first_ms = line->first_ms;
    total.last_ms = std::max(total.last_ms, line->last_ms);
  }
  return listing;
}

Json ToJson(const Line& line) {
  Json json{{"base_offset", line.base_offset},
            {"next_offset", line.next_offset},
            {"bytes", line.bytes},
            {"records", line.records},
            {"first_timestamp_ms", line.first_ms},
            {"last_timestamp_ms", line.last_ms}};
  if (line.file.empty()) return json;
  json["file"] = line.file;
  json["generation"] = std::stoul(line.generation);
  json["state"] = line.state;
  return json;
}

Json ToJson(const Listing& listing) {
  Json segments = Json::array();
  for (const Line& line : listing.lines) segments.push_back(ToJson(line));
  return Json{
      {"name", listing.name}, {"segments", std::move(segments)}, {"total", ToJson(listing.total)}};
}

void Print(const Line& line) {
  fmt::print("  {:<24}{:>14}{:>5}  {:<9}{:>12}  {:<26}{}\n",
             OffsetsText(line.base_offset, line.next_offset), line.bytes, line.generation,
             line.state, line.records, TimeText(line.first_ms), TimeText(line.last_ms));
}

void Print(const Listing& listing) {
  fmt::print("{}\n  {:<24}{:>14}{:>5}  {:<9}{:>12}  {:<26}{}\n", listing.name, "OFFSETS", "BYTES",
             "GEN", "STATE", "RECORDS", "FIRST TIME", "LAST TIME");
  for (const Line& line : listing.lines) Print(line);
  Print(listing.total);
}

}  // namespace

int Ls(const std::string& dir, bool json) {
  FileSystem& filesystem = FileSystem::Posix();
  const auto place = Place::Open(filesystem, dir);
  if (!place.ok()) return Complain(place.status(), cli::kUsage);
  Json logs = Json::array();
  for (const PlacedLog& log : place->logs()) {
    const auto listing = List(filesystem, log);
    if (!listing.ok()) return Complain(listing.status(), cli::kFailed);
    if (json) {
      logs.push_back(ToJson(*listing));
    } else {
      Print(*listing);
    }
  }
  if (json) PrintJson(Json{{"dir", place->dir()}, {"logs", std::move(logs)}});
  return 0;
}

}  // namespace braid::seg
