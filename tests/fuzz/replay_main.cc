// Runs a fuzz target without a fuzzer: over its seeds, then over so many mutations of them, which
// are the same every time.
//
//   X_replay CORPUS-DIR MUTATIONS
//   X_replay FILE...                 runs just these inputs
//
// An input that ends the process is left in the working directory as "crash-<target>".
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace {

constexpr size_t kMaxInput = 16 << 10;

std::string current;     // the input being run
std::string crash_file;  // where to leave it

void KeepCurrent(int number) {
  const int fd = ::open(crash_file.c_str(), O_CREAT | O_TRUNC | O_WRONLY, 0644);
  bool kept = fd >= 0;
  kept = kept && ::write(fd, current.data(), current.size()) >= 0;
  constexpr char kText[] = "the input that did it is in the working directory: crash-<target>\n";
  kept = kept && ::write(2, kText, sizeof kText - 1) > 0;
  ::_exit(kept ? 128 + number : 1);
}

void Run(std::string input) {
  current = std::move(input);
  // A copy that ends where the input ends, for a sanitizer to watch over.
  const std::vector<uint8_t> exact(current.begin(), current.end());
  LLVMFuzzerTestOneInput(exact.data(), exact.size());
}

std::string Contents(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// The seeds, in an order that does not depend on the file system.
std::vector<std::string> Seeds(const char* dir) {
  std::vector<std::filesystem::path> paths;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(dir, error)) {
    paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  std::vector<std::string> seeds;
  for (const auto& path : paths) seeds.push_back(Contents(path));
  return seeds;
}

class Mutator {
 public:
  explicit Mutator(const std::vector<std::string>& seeds) : seeds_(seeds) {}

  // Mutation number `n`: one seed after some small accidents.
  std::string Make(uint64_t n) {
    random_.seed(n);
    std::string bytes = seeds_[Below(seeds_.size())];
    for (size_t accidents = 1 + Below(4); accidents > 0; --accidents) Mutate(bytes);
    bytes.resize(std::min(bytes.size(), kMaxInput));
    return bytes;
  }

 private:
  size_t Below(size_t bound) { return random_() % std::max<size_t>(bound, 1); }

  void Mutate(std::string& bytes) {
    const size_t at = Below(bytes.size());
    const std::string& other = seeds_[Below(seeds_.size())];
    switch (Below(7)) {
      case 0:
        if (!bytes.empty()) bytes[at] = static_cast<char>(random_());
        break;
      case 1:
        if (!bytes.empty()) bytes[at] = static_cast<char>(bytes[at] ^ 1 << Below(8));
        break;
      case 2:
        if (!bytes.empty()) bytes[at] = "\x00\x01\x7f\x80\xff 09.*>$\r\n"[Below(14)];
        break;
      case 3:
        bytes.erase(at, 1 + Below(8));
        break;
      case 4:
        bytes.insert(at, bytes.substr(Below(bytes.size()), Below(64)));
        break;
      case 5:
        bytes = bytes.substr(0, at) + other.substr(Below(other.size()));
        break;
      default:
        bytes.resize(at);
    }
  }

  const std::vector<std::string>& seeds_;
  std::mt19937_64 random_;
};

}  // namespace

int main(int argc, char** argv) {
  const std::filesystem::path program = argv[0];
  crash_file = "crash-" + program.stem().string();
  for (const int fatal : {SIGABRT, SIGSEGV, SIGILL, SIGFPE, SIGBUS, SIGTRAP}) {
    ::signal(fatal, KeepCurrent);
  }
  const bool has_dir = argc == 3 && std::filesystem::is_directory(argv[1]);
  if (!has_dir) {
    for (int i = 1; i < argc; ++i) Run(Contents(argv[i]));
    std::printf("%d inputs\n", argc - 1);
    return argc > 1 ? 0 : 2;
  }
  const std::vector<std::string> seeds = Seeds(argv[1]);
  if (seeds.empty()) {
    std::printf("no seeds in %s\n", argv[1]);
    return 1;
  }
  for (const std::string& seed : seeds) Run(seed);
  Mutator mutator(seeds);
  const uint64_t mutations = std::strtoull(argv[2], nullptr, 10);
  for (uint64_t n = 1; n <= mutations; ++n) Run(mutator.Make(n));
  std::printf("%zu seeds, %lu mutations\n", seeds.size(), static_cast<unsigned long>(mutations));
  return 0;
}
