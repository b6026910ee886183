#include "protocol/redis/request_parser.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "fmt/format.h"
#include "protocol/redis/numbers.h"

namespace braid::redis {
namespace {

constexpr size_t kMaxLine = 64 * 1024;  // an inline request, or a line that states a number

bool IsSpace(char c) {
  return absl::ascii_isspace(static_cast<unsigned char>(c));
}
bool IsHex(char c) {
  return absl::ascii_isxdigit(static_cast<unsigned char>(c));
}

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  return absl::ascii_tolower(static_cast<unsigned char>(c)) - 'a' + 10;
}

char Unescape(char c) {
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

// Reads words off a line, one at a time.
class WordReader {
 public:
  explicit WordReader(std::string_view line) : rest_(line) {}

  bool AtEnd() {
    while (!rest_.empty() && IsSpace(rest_.front())) rest_.remove_prefix(1);
    return rest_.empty();
  }

  // False when a quote is left open or something sticks to its end.
  bool Next(std::string& word) {
    while (!rest_.empty() && !IsSpace(rest_.front())) {
      const char c = Take();
      if (c == '"' || c == '\'') {
        return (c == '"' ? DoubleQuoted(word) : SingleQuoted(word)) &&
               (rest_.empty() || IsSpace(rest_.front()));
      }
      word.push_back(c);
    }
    return true;
  }

 private:
  char Take() {
    const char c = rest_.front();
    rest_.remove_prefix(1);
    return c;
  }

  bool DoubleQuoted(std::string& word) {
    while (!rest_.empty()) {
      const char c = Take();
      if (c == '"') return true;
      if (c != '\\' || rest_.empty()) {
        word.push_back(c);
      } else if (rest_.size() >= 3 && rest_[0] == 'x' && IsHex(rest_[1]) && IsHex(rest_[2])) {
        word.push_back(static_cast<char>(HexDigit(rest_[1]) * 16 + HexDigit(rest_[2])));
        rest_.remove_prefix(3);
      } else {
        word.push_back(Unescape(Take()));
      }
    }
    return false;
  }

  bool SingleQuoted(std::string& word) {
    while (!rest_.empty()) {
      char c = Take();
      if (c == '\'') return true;
      if (c == '\\' && !rest_.empty() && rest_.front() == '\'') c = Take();
      word.push_back(c);
    }
    return false;
  }

  std::string_view rest_;
};

}  // namespace

bool SplitWords(std::string_view line, std::deque<std::string>& words) {
  WordReader reader(line);
  while (!reader.AtEnd()) {
    if (!reader.Next(words.emplace_back())) return false;
  }
  return true;
}

RequestParser::Result RequestParser::Fail(std::string_view what) {
  error_ = fmt::format("ERR Protocol error: {}", what);
  return Result::kError;
}

RequestParser::Result RequestParser::Parse(std::string_view input, const RequestLimits& limits) {
  if (args_left_ < 0) {  // nothing under way
    args_.clear();
    spans_.clear();
    unquoted_.clear();
    position_ = 0;
    if (input.empty()) return Result::kMore;
    if (input.front() != '*') return ParseInline(input);
    const Result count = ParseCount(input, limits);
    if (count != Result::kRequest) return count;
  }
  const Result result = ParseArray(input, limits);
  if (result != Result::kMore) args_left_ = -1;
  return result;
}

RequestParser::Result RequestParser::ParseCount(std::string_view input,
                                                const RequestLimits& limits) {
  const size_t end = input.substr(0, kMaxLine).find('\r');
  if (end == std::string_view::npos) {
    return input.size() >= kMaxLine ? Fail("too big mbulk count string") : Result::kMore;
  }
  if (end + 2 > input.size()) return Result::kMore;
  const auto count = ParseInt64(input.substr(1, end - 1));
  if (!count || *count > RequestLimits{}.max_args) return Fail("invalid multibulk length");
  if (*count > limits.max_args) return Fail("unauthenticated multibulk length");
  position_ = end + 2;
  if (*count <= 0) return Result::kNothing;
  args_left_ = *count;
  bulk_bytes_ = -1;
  return Result::kRequest;
}

RequestParser::Result RequestParser::ParseArray(std::string_view input,
                                                const RequestLimits& limits) {
  while (args_left_ > 0) {
    if (bulk_bytes_ < 0) {
      const Result length = ParseBulkLength(input, limits);
      if (length != Result::kRequest) return length;
    }
    const auto size = static_cast<size_t>(bulk_bytes_);
    if (input.size() - position_ < size + 2) return Result::kMore;
    spans_.emplace_back(position_, size);
    position_ += size + 2;
    bulk_bytes_ = -1;
    --args_left_;
  }
  args_.reserve(spans_.size());
  for (const auto& [begin, size] : spans_) args_.push_back(input.substr(begin, size));
  return Result::kRequest;
}

RequestParser::Result RequestParser::ParseBulkLength(std::string_view input,
                                                     const RequestLimits& limits) {
  if (position_ >= input.size()) return Result::kMore;
  const std::string_view rest = input.substr(position_);
  const size_t end = rest.substr(0, kMaxLine).find('\r');
  if (end == std::string_view::npos) {
    return rest.size() >= kMaxLine ? Fail("too big bulk count string") : Result::kMore;
  }
  if (end + 2 > rest.size()) return Result::kMore;
  if (rest.front() != '$') {
    return Fail(fmt::format("expected '$', got '{}'", rest.front()));
  }
  const auto size = ParseInt64(rest.substr(1, end - 1));
  if (!size || *size < 0 ||
      *size > std::max(limits.max_bulk_bytes, limits.max_authenticated_bulk_bytes)) {
    return Fail("invalid bulk length");
  }
  if (*size > limits.max_bulk_bytes) return Fail("unauthenticated bulk length");
  position_ += end + 2;
  if (static_cast<int64_t>(position_) + *size > limits.max_request_bytes) {
    return Fail("request too large");
  }
  bulk_bytes_ = *size;
  return Result::kRequest;
}

RequestParser::Result RequestParser::ParseInline(std::string_view input) {
  const size_t end = input.substr(0, kMaxLine).find('\n');
  if (end == std::string_view::npos) {
    return input.size() >= kMaxLine ? Fail("too big inline request") : Result::kMore;
  }
  std::string_view line = input.substr(0, end);
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  if (!SplitWords(line, unquoted_)) return Fail("unbalanced quotes in request");
  position_ = end + 1;
  if (unquoted_.empty()) return Result::kNothing;
  args_.assign(unquoted_.begin(), unquoted_.end());
  return Result::kRequest;
}

}  // namespace braid::redis
