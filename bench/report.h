// One table of figures: each with its unit, how it was taken and, where there is one, its aim.
// Printed as it grows, or as JSON at the end.
#ifndef BRAID_BENCH_REPORT_H_
#define BRAID_BENCH_REPORT_H_

#include <optional>
#include <string>
#include <vector>

namespace braid::bench {

struct Aim {
  enum class Kind { kAtLeast, kAtMost };
  Kind kind;
  double value;
  bool MetBy(double figure) const {
    return kind == Kind::kAtLeast ? figure >= value : figure <= value;
  }
};
inline Aim AtLeast(double value) {
  return {Aim::Kind::kAtLeast, value};
}
inline Aim AtMost(double value) {
  return {Aim::Kind::kAtMost, value};
}

struct Figure {
  std::string what;
  double value = 0;
  std::string unit;
  std::optional<Aim> aim = {};
  std::string how = {};  // empty: as the figure above it
};

class Report {
 public:
  // With `json` nothing is printed before Finish(). Aims are those of a full run on a quiet
  // machine: with `smoke` they are left out.
  Report(std::string title, bool json, bool smoke);

  void Section(std::string name);
  void Add(Figure figure);
  // A line that is no figure: a peer that is missing, say.
  void Note(std::string line);
  void Finish() const;

 private:
  struct Row {
    std::string section;
    Figure figure;
  };
  const std::string title_;
  const bool json_;
  const bool smoke_;
  std::string section_;
  std::string last_how_;
  std::vector<Row> rows_;
  std::vector<std::string> notes_;
};

}  // namespace braid::bench

#endif  // BRAID_BENCH_REPORT_H_
