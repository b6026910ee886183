#include "bench/report.h"

#include <cstdio>
#include <utility>

#include "fmt/format.h"
#include "nlohmann/json.hpp"

namespace braid::bench {
namespace {

std::string Text(const Aim& aim) {
  return fmt::format("{} {:.4g}", aim.kind == Aim::Kind::kAtLeast ? ">=" : "<=", aim.value);
}

void Print(const std::string& line) {
  std::printf("%s\n", line.c_str());
  std::fflush(stdout);
}

}  // namespace

Report::Report(std::string title, bool json, bool smoke)
    : title_(std::move(title)), json_(json), smoke_(smoke) {
  if (json_) return;
  Print(title_);
  if (smoke_) Print("smoke run: shows that it works; the figures mean nothing");
  Print(fmt::format("\n{:<58} {:>10} {:<14} {}", "figure", "value", "unit", "aim"));
}

void Report::Section(std::string name) {
  section_ = std::move(name);
  last_how_.clear();
  if (!json_) Print("--- " + section_);
}

void Report::Add(Figure figure) {
  if (smoke_) figure.aim.reset();
  if (!json_) {
    std::string aim;
    if (figure.aim) {
      aim = Text(*figure.aim) + (figure.aim->MetBy(figure.value) ? "  met" : "  MISSED");
    }
    Print(fmt::format("{:<58} {:>10.4g} {:<14} {}", figure.what, figure.value, figure.unit, aim));
    if (!figure.how.empty() && figure.how != last_how_) Print("    how: " + figure.how);
  }
  if (figure.how.empty()) figure.how = last_how_;
  last_how_ = figure.how;
  rows_.push_back({section_, std::move(figure)});
}

void Report::Note(std::string line) {
  if (!json_) Print("note: " + line);
  notes_.push_back(std::move(line));
}

void Report::Finish() const {
  if (!json_) return;
  nlohmann::ordered_json out = {{"title", title_}, {"smoke", smoke_}};
  out["figures"] = nlohmann::ordered_json::array();
  for (const Row& row : rows_) {
    nlohmann::ordered_json figure = {{"section", row.section},
                                     {"figure", row.figure.what},
                                     {"value", row.figure.value},
                                     {"unit", row.figure.unit}};
    if (row.figure.aim) {
      figure["aim"] = Text(*row.figure.aim);
      figure["met"] = row.figure.aim->MetBy(row.figure.value);
    }
    figure["how"] = row.figure.how;
    out["figures"].push_back(std::move(figure));
  }
  out["notes"] = notes_;
  Print(out.dump(2));
}

}  // namespace braid::bench
