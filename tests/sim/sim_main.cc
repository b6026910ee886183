// The simulation by hand: braid_sim --seed N [--verbose], or --seeds FROM..TO (TO not included).
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "tests/sim/world.h"

namespace {

int Usage() {
  std::fprintf(stderr, "usage: braid_sim --seed N | --seeds FROM..TO [--steps N] [--verbose]\n");
  return 2;
}

bool Parse(std::string_view text, uint64_t& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

int main(int argc, char** argv) {
  uint64_t from = 0;
  uint64_t to = 0;
  uint64_t steps = 300;
  bool verbose = false;
  for (int i = 1; i < argc; ++i) {
    const std::string_view flag = argv[i];
    if (flag == "--verbose") {
      verbose = true;
      continue;
    }
    const std::string_view value = i + 1 < argc ? argv[++i] : "";
    if (flag == "--seed") {
      if (!Parse(value, from)) return Usage();
      to = from + 1;
    } else if (flag == "--seeds") {
      const size_t dots = value.find("..");
      if (dots == std::string_view::npos || !Parse(value.substr(0, dots), from) ||
          !Parse(value.substr(dots + 2), to)) {
        return Usage();
      }
    } else if (flag != "--steps" || !Parse(value, steps)) {
      return Usage();
    }
  }
  if (to <= from) return Usage();
  uint64_t failed = 0;
  for (uint64_t seed = from; seed < to; ++seed) {
    braid::sim::World world({.seed = seed, .steps = static_cast<int>(steps), .verbose = verbose});
    const std::string failure = world.Run();
    if (failure.empty()) continue;
    ++failed;
    std::printf("%s\n  replay: braid_sim --seed %llu --steps %llu --verbose\n", failure.c_str(),
                static_cast<unsigned long long>(seed), static_cast<unsigned long long>(steps));
    std::fflush(stdout);
  }
  std::printf("%llu seeds, %llu failed\n", static_cast<unsigned long long>(to - from),
              static_cast<unsigned long long>(failed));
  return failed == 0 ? 0 : 1;
}
