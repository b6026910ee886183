// The layout of every message, as golden files: a change of the protocol shows as a change of one
// of them. BRAID_UPDATE_GOLDEN=1 writes them anew.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

#include "protocol/kafka/printer.h"
#include "tests/protocol/kafka/messages.h"

namespace braid::kafka {
namespace {

std::string FileOf(const std::string& name) {
  return std::string(BRAID_KAFKA_GOLDEN_DIR) + "/" + name + ".txt";
}

std::string ReadFile(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

// "v0-2", "v3 flexible" and so on, each before the layout that these versions share.
template <class M>
std::string Describe() {
  std::string text = std::string(M::kApi.name) + ", key " +
                     std::to_string(static_cast<int16_t>(M::kApi.key)) + "\n";
  const int16_t max = M::kApi.max_version;
  for (int first = M::kApi.min_version, last; first <= max; first = last + 1) {
    const auto flexible = [](int v) { return v >= M::kApi.flexible_from; };
    const auto layout = [](int v) { return Printer::Layout<M>(static_cast<int16_t>(v)); };
    last = first;
    while (last < max && flexible(last + 1) == flexible(first) &&
           layout(last + 1) == layout(first)) {
      ++last;
    }
    text += "\nv" + std::to_string(first);
    if (last > first) text += "-" + std::to_string(last);
    text += (flexible(first) ? " flexible\n" : "\n") + layout(first);
  }
  return text;
}

struct Compare {
  template <class M>
  void operator()(const char* name) const {
    const std::string path = FileOf(name);
    const std::string text = Describe<M>();
    if (std::getenv("BRAID_UPDATE_GOLDEN") != nullptr) std::ofstream(path) << text;
    EXPECT_EQ(ReadFile(path), text) << path;
  }
};

TEST(LayoutTest, MessagesAreAsTheGoldenFilesSay) {
  ForEachMessage(Compare());
}

}  // namespace
}  // namespace braid::kafka
