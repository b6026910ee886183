#include "tools/cli/conf.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>

#include "braid/error.h"

namespace braid::cli {
namespace {

constexpr int kMaxDepth = 64;     // of maps and arrays in each other
constexpr int kMaxIncludes = 16;  // of files in each other

class Parser {
 public:
  Parser(std::string_view text, std::string_view source, int includes)
      : rest_(text), source_(source), includes_(includes) {}

  absl::StatusOr<ConfValue> Parse() {
    SkipBlank();
    const bool braces = Take('{');
    ConfValue root = Here();
    if (absl::Status s = Entries(braces, root); !s.ok()) return s;
    SkipBlank();
    if (!rest_.empty()) return Bad("there is something behind the end");
    return root;
  }

 private:
  absl::Status Bad(std::string_view what) const {
    return MakeError(Errc::kInvalidArgument, fmt::format("{}:{}: {}", source_, line_, what));
  }
  ConfValue Here() const {
    ConfValue value;
    value.place = fmt::format("{}:{}", source_, line_);
    return value;
  }
  char Peek() const { return rest_.empty() ? '\0' : rest_.front(); }
  void Advance(size_t n) {
    line_ +=
        static_cast<int>(std::count(rest_.begin(), rest_.begin() + static_cast<long>(n), '\n'));
    rest_.remove_prefix(n);
  }
  bool Take(char c) {
    if (Peek() != c || rest_.empty()) return false;
    Advance(1);
    return true;
  }
  static bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }
  // Past white space, ends of values, and comments.
  void SkipBlank(std::string_view more = "") {
    while (!rest_.empty()) {
      if (IsBlank(Peek()) || more.find(Peek()) != std::string_view::npos) {
        Advance(1);
      } else if (Peek() == '#' || rest_.starts_with("//")) {
        Advance(std::min(rest_.find('\n'), rest_.size()));
      } else {
        return;
      }
    }
  }

  absl::Status Entries(bool braces, ConfValue& map);
  absl::Status Include(ConfValue& map);
  absl::StatusOr<std::string> Key();
  absl::StatusOr<ConfValue> Value();
  absl::StatusOr<ConfValue> Map();
  absl::StatusOr<ConfValue> Array();
  absl::StatusOr<std::string> Quoted();
  absl::StatusOr<ConfValue> Block();
  absl::StatusOr<ConfValue> Variable(std::string_view name);
  std::string_view Word(std::string_view stops);

  std::string_view rest_;
  const std::string source_;
  const int includes_;
  int line_ = 1;
  int depth_ = 0;
  std::vector<const ConfValue*> scopes_;
};

absl::Status Parser::Entries(bool braces, ConfValue& map) {
  scopes_.push_back(&map);
  while (true) {
    SkipBlank(",;");
    if (rest_.empty() || Peek() == '}') break;
    auto key = Key();
    if (!key.ok()) return key.status();
    if (*key == "include" && (Peek() == ' ' || Peek() == '\t')) {
      SkipBlank();
      if (Peek() != ':' && Peek() != '=') {
        if (absl::Status s = Include(map); !s.ok()) return s;
        continue;
      }
    }
    SkipBlank();
    if (!Take(':')) Take('=');
    SkipBlank();
    auto value = Value();
    if (!value.ok()) return value.status();
    map.map.push_back({*std::move(key), *std::move(value)});
  }
  scopes_.pop_back();
  if (braces != (Peek() == '}' && !rest_.empty())) {
    return Bad(braces ? "a map has no end" : "a brace closes nothing");
  }
  if (braces) Advance(1);
  return absl::OkStatus();
}

absl::Status Parser::Include(ConfValue& map) {
  if (includes_ >= kMaxIncludes) return Bad("files include each other too deeply");
  const char quote = Peek();
  std::string name;
  if (quote == '"' || quote == '\'') {
    auto text = Quoted();
    if (!text.ok()) return text.status();
    name = *std::move(text);
  } else {
    name = std::string(Word("\n;,}"));
  }
  const size_t slash = source_.rfind('/');
  if (!name.starts_with('/') && slash != std::string::npos) {
    name = source_.substr(0, slash + 1) + name;
  }
  std::ifstream file(name);
  if (!file) return Bad(fmt::format("cannot read {}: {}", name, std::strerror(errno)));
  const std::string text(std::istreambuf_iterator<char>(file), {});
  auto included = Parser(text, name, includes_ + 1).Parse();
  if (!included.ok()) return included.status();
  for (ConfEntry& entry : included->map) map.map.push_back(std::move(entry));
  return absl::OkStatus();
}

absl::StatusOr<std::string> Parser::Key() {
  if (Peek() == '"' || Peek() == '\'') return Quoted();
  const std::string_view key = Word(":={[,;}\n");
  if (key.empty()) return Bad(fmt::format("a key was expected, not '{}'", Peek()));
  return std::string(key);
}

// Up to a blank or one of `stops`.
std::string_view Parser::Word(std::string_view stops) {
  size_t end = 0;
  while (end < rest_.size() && !IsBlank(rest_[end]) &&
         stops.find(rest_[end]) == std::string_view::npos) {
    ++end;
  }
  const std::string_view word = rest_.substr(0, end);
  Advance(end);
  return word;
}

absl::StatusOr<ConfValue> Parser::Value() {
  ConfValue value = Here();
  switch (Peek()) {
    case '{':
      return Map();
    case '[':
      return Array();
    case '(':
      return Block();
    case '"':
    case '\'': {
      auto text = Quoted();
      if (!text.ok()) return text.status();
      value.kind = ConfValue::Kind::kText;
      value.text = *std::move(text);
      return value;
    }
    default:
      break;
  }
  const std::string_view word = Word(",;}]\n");
  if (word.empty()) return Bad("a value was expected");
  // Hashes of passwords begin with a dollar, too.
  if (word.front() == '$' && !word.starts_with("$2")) return Variable(word.substr(1));
  std::string place = std::move(value.place);
  value = ConfWord(word);
  value.place = std::move(place);
  return value;
}

absl::StatusOr<ConfValue> Parser::Map() {
  ConfValue map = Here();
  if (++depth_ > kMaxDepth) return Bad("too many maps in each other");
  Advance(1);
  if (absl::Status s = Entries(/*braces=*/true, map); !s.ok()) return s;
  --depth_;
  return map;
}

absl::StatusOr<ConfValue> Parser::Array() {
  ConfValue array = Here();
  array.kind = ConfValue::Kind::kArray;
  if (++depth_ > kMaxDepth) return Bad("too many arrays in each other");
  Advance(1);
  for (SkipBlank(",;"); !Take(']'); SkipBlank(",;")) {
    if (rest_.empty()) return Bad("an array has no end");
    auto value = Value();
    if (!value.ok()) return value.status();
    array.array.push_back(*std::move(value));
  }
  --depth_;
  return array;
}

absl::StatusOr<std::string> Parser::Quoted() {
  const char quote = Peek();
  std::string text;
  size_t at = 1;
  for (; at < rest_.size() && rest_[at] != quote; ++at) {
    if (rest_[at] != '\\' || quote == '\'' || at + 1 == rest_.size()) {
      text.push_back(rest_[at]);
      continue;
    }
    const char escaped = rest_[++at];
    unsigned byte = 0;
    if (escaped == 'x' && at + 2 < rest_.size() &&
        std::from_chars(&rest_[at + 1], &rest_[at + 3], byte, 16).ptr == &rest_[at + 3]) {
      text.push_back(static_cast<char>(byte));
      at += 2;
    } else {
      const size_t known = std::string_view("ntr").find(escaped);
      text.push_back(known == std::string_view::npos ? escaped : "\n\t\r"[known]);
    }
  }
  if (at >= rest_.size()) return Bad("a quotation has no end");
  Advance(at + 1);
  return text;
}

// ( lines ): everything between, as it is.
absl::StatusOr<ConfValue> Parser::Block() {
  ConfValue value = Here();
  value.kind = ConfValue::Kind::kText;
  const size_t end = rest_.find("\n)");
  if (end == std::string_view::npos) return Bad("a block has no end");
  value.text = std::string(rest_.substr(1, end - 1));
  Advance(end + 2);
  return value;
}

absl::StatusOr<ConfValue> Parser::Variable(std::string_view name) {
  for (auto scope = scopes_.rbegin(); scope != scopes_.rend(); ++scope) {
    for (const ConfEntry& entry : (*scope)->map) {
      if (entry.key == name) return entry.value;
    }
  }
  const char* const text = std::getenv(std::string(name).c_str());
  if (text == nullptr) {
    return Bad(fmt::format("variable reference for '{}' can not be found", name));
  }
  ConfValue value = ConfWord(text);
  value.place = fmt::format("{}:{}", source_, line_);
  return value;
}

}  // namespace

absl::StatusOr<ConfValue> ParseConf(std::string_view text, std::string_view source) {
  return Parser(text, source, 0).Parse();
}

absl::StatusOr<ConfValue> ReadConf(const std::string& path) {
  std::ifstream file(path);
  if (!file) {
    return MakeError(Errc::kIo, fmt::format("open {}: {}", path, std::strerror(errno)));
  }
  const std::string text(std::istreambuf_iterator<char>(file), {});
  return ParseConf(text, path);
}

}  // namespace braid::cli
