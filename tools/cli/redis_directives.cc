#include "tools/cli/redis_directives.h"

#include <fmt/format.h>
#include <glob.h>

#include <algorithm>
#include <cctype>
#include <fstream>
#include <optional>
#include <sstream>
#include <utility>

#include "braid/error.h"

namespace braid::cli {
namespace {

constexpr int kMaxIncludes = 16;  // deep

std::string Lowered(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

std::optional<int> HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const int letter = std::tolower(static_cast<unsigned char>(c)) - 'a';
  if (letter >= 0 && letter < 6) return 10 + letter;
  return std::nullopt;
}

// What stands behind a backslash in double quotes; takes it off `rest`.
char TakeEscaped(std::string_view& rest) {
  if (rest.size() >= 3 && rest[0] == 'x' && HexDigit(rest[1]) && HexDigit(rest[2])) {
    const int byte = *HexDigit(rest[1]) * 16 + *HexDigit(rest[2]);
    rest.remove_prefix(3);
    return static_cast<char>(byte);
  }
  const char c = rest.front();
  rest.remove_prefix(1);
  switch (c) {
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    case 'b':
      return '\b';
    case 'a':
      return '\a';
    default:
      return c;
  }
}

// A quoted word whose opening `quote` was taken; nullopt when it does not end where a word may.
std::optional<std::string> TakeQuoted(std::string_view& rest, char quote) {
  std::string word;
  while (!rest.empty()) {
    const char c = rest.front();
    rest.remove_prefix(1);
    if (c == quote) {
      if (!rest.empty() && std::isspace(static_cast<unsigned char>(rest.front())) == 0) break;
      return word;
    }
    if (c == '\\' && !rest.empty() && (quote == '"' || rest.front() == '\'')) {
      word += TakeEscaped(rest);
    } else {
      word += c;
    }
  }
  return std::nullopt;
}

absl::Status BadLine(std::string_view source, int number, std::string_view line,
                     std::string_view why) {
  return MakeError(Errc::kInvalidArgument,
                   fmt::format("{}:{}: {}\n>>> '{}'", source, number, why, line));
}

absl::StatusOr<std::vector<Directive>> Read(const std::string& path, int depth);

// Those of the files that an include names, by a pattern.
absl::Status Include(const std::string& pattern, int depth, std::vector<Directive>& out) {
  if (depth >= kMaxIncludes) {
    return MakeError(Errc::kInvalidArgument, "files include each other without end");
  }
  glob_t found{};
  const int failed = ::glob(pattern.c_str(), GLOB_NOCHECK, nullptr, &found);
  std::vector<std::string> paths;
  for (size_t i = 0; failed == 0 && i < found.gl_pathc; ++i) paths.push_back(found.gl_pathv[i]);
  ::globfree(&found);
  for (const std::string& path : paths) {
    auto included = Read(path, depth + 1);
    if (!included.ok()) return included.status();
    out.insert(out.end(), included->begin(), included->end());
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<Directive>> Parse(std::string_view text, std::string_view source,
                                             int depth) {
  std::vector<Directive> directives;
  int number = 0;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    ++number;
    auto words = SplitWords(line);
    if (!words.ok()) return BadLine(source, number, line, std::string(words.status().message()));
    if (words->empty() || words->front().starts_with('#')) continue;
    Directive directive{Lowered(words->front()), {}, std::string(line)};
    directive.values.assign(words->begin() + 1, words->end());
    if (directive.name != "include") {
      directives.push_back(std::move(directive));
      continue;
    }
    if (absl::Status s = Include(directive.joined(), depth, directives); !s.ok()) {
      return BadLine(source, number, line, std::string(s.message()));
    }
  }
  return directives;
}

absl::StatusOr<std::vector<Directive>> Read(const std::string& path, int depth) {
  std::ifstream file(path);
  if (!file) return MakeError(Errc::kIo, fmt::format("can't open config file '{}'", path));
  std::ostringstream text;
  text << file.rdbuf();
  return Parse(text.str(), path, depth);
}

}  // namespace

std::string Directive::joined() const {
  return fmt::format("{}", fmt::join(values, " "));
}

absl::StatusOr<std::vector<std::string>> SplitWords(std::string_view line) {
  std::vector<std::string> words;
  while (true) {
    while (!line.empty() && std::isspace(static_cast<unsigned char>(line.front())) != 0) {
      line.remove_prefix(1);
    }
    if (line.empty()) return words;
    if (line.front() == '"' || line.front() == '\'') {
      const char quote = line.front();
      line.remove_prefix(1);
      auto word = TakeQuoted(line, quote);
      if (!word)
        return MakeError(Errc::kInvalidArgument, "Unbalanced quotes in configuration line");
      words.push_back(*std::move(word));
      continue;
    }
    const auto* const end = std::find_if(line.begin(), line.end(),
                                         [](unsigned char c) { return std::isspace(c) != 0; });
    const auto size = static_cast<size_t>(end - line.begin());
    words.emplace_back(line.substr(0, size));
    line.remove_prefix(size);
  }
}

absl::StatusOr<std::vector<Directive>> ReadDirectives(const std::string& path) {
  return Read(path, 0);
}

absl::StatusOr<std::vector<Directive>> ParseDirectives(std::string_view text,
                                                       std::string_view source) {
  return Parse(text, source, 0);
}

std::vector<Directive> DirectivesOf(const std::vector<std::string>& arguments) {
  std::vector<Directive> directives;
  for (const std::string& argument : arguments) {
    if (argument.starts_with("--")) {
      directives.push_back({Lowered(argument.substr(2)), {}, argument.substr(2)});
    } else if (!directives.empty()) {
      directives.back().values.push_back(argument);
      directives.back().line += " \"" + argument + "\"";
    }
  }
  return directives;
}

}  // namespace braid::cli
