// braid seg verify: every check there is, and what the first fault is.
#include <fmt/format.h>

#include <map>
#include <optional>
#include <string>
#include <utility>

#include "storage/audit.h"
#include "tools/cli/verbs.h"
#include "tools/seg/commands.h"
#include "tools/seg/place.h"
#include "tools/seg/printing.h"

namespace braid::seg {
namespace {

Json ToJson(const storage::Finding& finding) {
  return Json{{"fault", FaultName(finding.fault)},
              {"file", finding.file},
              {"position", finding.position},
              {"bytes", finding.bytes},
              {"base_offset", finding.offsets.begin},
              {"next_offset", finding.offsets.end},
              {"what", finding.what}};
}

Json ToJson(const PlacedLog& log, const storage::Audit& audit) {
  Json faults = Json::array();
  for (const storage::Finding& finding : audit.findings) faults.push_back(ToJson(finding));
  return Json{{"name", log.name},
              {"segments", audit.segments},
              {"batches", audit.batches},
              {"records", audit.records},
              {"bytes", audit.bytes},
              {"faults", std::move(faults)},
              {"leftovers", audit.leftovers}};
}

std::string Describe(const storage::Finding& finding) {
  std::string text = fmt::format("{}: {}", FaultName(finding.fault), finding.file);
  if (finding.bytes > 0) {
    text += fmt::format(": position {}, {} bytes", finding.position, finding.bytes);
  }
  return text + fmt::format(", offsets {}: {}",
                            OffsetsText(finding.offsets.begin, finding.offsets.end), finding.what);
}

void Print(const PlacedLog& log, const storage::Audit& audit) {
  const std::string verdict =
      audit.clean() ? "whole" : fmt::format("{} faults", audit.findings.size());
  fmt::print("{}: {} segments, {} batches, {} records, {} bytes: {}\n", log.name, audit.segments,
             audit.batches, audit.records, audit.bytes, verdict);
  for (const std::string& path : audit.leftovers) fmt::print("  not in use: {}\n", path);
}

}  // namespace

int Verify(const std::string& dir, bool json) {
  FileSystem& filesystem = FileSystem::Posix();
  const auto place = Place::Open(filesystem, dir);
  if (!place.ok()) return Complain(place.status(), cli::kUsage);
  std::optional<storage::Finding> first;
  std::map<std::string_view, int64_t> counts;
  Json logs = Json::array();
  for (const PlacedLog& log : place->logs()) {
    const auto audit = storage::AuditLog(filesystem, log.dir);
    if (!audit.ok()) return Complain(audit.status(), cli::kFailed);
    for (const storage::Finding& finding : audit->findings) ++counts[FaultName(finding.fault)];
    if (!first && !audit->clean()) first = audit->findings.front();
    if (json) {
      logs.push_back(ToJson(log, *audit));
    } else {
      Print(log, *audit);
    }
  }
  if (json) {
    PrintJson(Json{{"dir", place->dir()},
                   {"clean", !first.has_value()},
                   {"faults", counts},
                   {"first", first ? ToJson(*first) : Json(nullptr)},
                   {"logs", std::move(logs)}});
  } else if (first) {
    fmt::print("first {}\n", Describe(*first));
    for (const auto& [name, count] : counts) fmt::print("{} {}\n", name, count);
  }
  return first ? cli::kFailed : 0;
}

}  // namespace braid::seg
