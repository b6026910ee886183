// Dialogs with the server, each held in RESP2 and in RESP3: dialogs/*.txt, one for each thing that
// users expect of Redis (tests/rows/redis.toml).
//
//   # For people.
//   redis 7.0                    the release that the server is; the newest when not said
//   a> XADD s 1-1 f v            client a says
//   = 1-1                        and hears, in either version;
//   2 [[s [[1-1 [f v]]]]]        where they differ, in RESP2
//   3 {s=[[1-1 [f v]]]}          and in RESP3
//   = (waits)                    it hears nothing yet
//   a<                           what client a hears without having said anything
//   pass 500                     so many milliseconds later
//
// BRAID_UPDATE_GOLDEN=1 writes down what is heard; read it before you believe it.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "tests/protocol/redis/redis_fixture.h"

namespace braid::redis {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kSilence = "(waits)";

std::vector<std::string> ReadLines(const fs::path& path) {
  std::ifstream file(path);
  const std::string text(std::istreambuf_iterator<char>(file), {});
  return absl::StrSplit(text, '\n');
}

std::vector<std::string> DialogNames() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(BRAID_REDIS_DIALOGS_DIR)) {
    names.push_back(entry.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

fs::path PathOf(const std::string& name) {
  return fs::path(BRAID_REDIS_DIALOGS_DIR) / (name + ".txt");
}

ServiceOptions OptionsOf(const std::string& name) {
  ServiceOptions options;
  for (const std::string& line : ReadLines(PathOf(name))) {
    if (line.starts_with("redis ")) options.version = line.substr(6);
  }
  return options;
}

bool IsSaid(std::string_view line) {
  return line.size() >= 2 && line[1] == '>';
}
bool IsHeard(std::string_view line) {
  return line.size() >= 2 && line[1] == '<';
}
bool IsExpected(std::string_view line) {
  return line.size() >= 2 && line[1] == ' ' && std::string_view("=23").find(line[0]) != line.npos;
}

// "\r\n" in a reply takes one line here, too.
std::string OnOneLine(std::string text) {
  std::string out;
  for (const char c : text) {
    if (c == '\r') continue;
    if (c == '\n') {
      out += "\\n";
    } else {
      out += c;
    }
  }
  return out;
}

using DialogParam = std::tuple<std::string, int>;  // name, version of the protocol

class DialogTest : public RedisTest, public ::testing::WithParamInterface<DialogParam> {
 protected:
  DialogTest() : RedisTest(OptionsOf(std::get<0>(GetParam()))) {}

  Talker& ClientOf(char letter) {
    auto& client = clients_[letter];
    if (client == nullptr) client = Connect(std::get<1>(GetParam()));
    return *client;
  }
  std::string HearFrom(char letter) {
    Talker& client = ClientOf(letter);
    SettleAll();
    return client.HearsNothing() ? std::string(kSilence) : OnOneLine(client.Hear());
  }

  std::map<char, std::unique_ptr<Talker>> clients_;
};

// What the lines from `at` on expect in that version.
std::string ExpectedAt(const std::vector<std::string>& lines, size_t at, int version) {
  for (; at < lines.size() && IsExpected(lines[at]); ++at) {
    const char whose = lines[at][0];
    if (whose == '=' || whose - '0' == version) return lines[at].substr(2);
  }
  return "(nothing is written down)";
}

// The dialog with what was heard in one version, beside what the other had.
std::vector<std::string> Rewritten(const std::vector<std::string>& lines, int version,
                                   const std::vector<std::string>& heard) {
  std::vector<std::string> out;
  size_t next = 0;
  for (size_t i = 0; i < lines.size(); ++i) {
    if (IsExpected(lines[i])) continue;
    out.push_back(lines[i]);
    if (!IsSaid(lines[i]) && !IsHeard(lines[i])) continue;
    const std::string other = ExpectedAt(lines, i + 1, version == 2 ? 3 : 2);
    const std::string& mine = heard[next++];
    if (mine == other || other.starts_with("(nothing")) {
      out.push_back("= " + mine);
    } else {
      out.push_back("2 " + (version == 2 ? mine : other));
      out.push_back("3 " + (version == 3 ? mine : other));
    }
  }
  return out;
}

TEST_P(DialogTest, IsHeld) {
  const auto& [name, version] = GetParam();
  const std::vector<std::string> lines = ReadLines(PathOf(name));
  std::vector<std::string> heard;
  const bool update = std::getenv("BRAID_UPDATE_GOLDEN") != nullptr;
  for (size_t i = 0; i < lines.size(); ++i) {
    const std::string& line = lines[i];
    if (line.starts_with("pass ")) {
      Pass(absl::Milliseconds(std::atoi(line.c_str() + 5)));
      continue;
    }
    if (IsSaid(line)) ClientOf(line[0]).Say(std::string_view(line).substr(3));
    if (!IsSaid(line) && !IsHeard(line)) continue;
    heard.push_back(HearFrom(line[0]));
    if (!update) {
      EXPECT_EQ(heard.back(), ExpectedAt(lines, i + 1, version))
          << name << ":" << i + 1 << ": " << line;
    }
  }
  EXPECT_FALSE(heard.empty());
  if (update) {
    std::ofstream(PathOf(name)) << absl::StrJoin(Rewritten(lines, version, heard), "\n");
  }
}

INSTANTIATE_TEST_SUITE_P(Redis, DialogTest,
                         ::testing::Combine(::testing::ValuesIn(DialogNames()),
                                            ::testing::Values(2, 3)),
                         [](const ::testing::TestParamInfo<DialogParam>& info) {
                           return std::get<0>(info.param) + "_Resp" +
                                  std::to_string(std::get<1>(info.param));
                         });

}  // namespace
}  // namespace braid::redis
