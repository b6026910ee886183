#include "engine/subject_transform.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "absl/random/random.h"
#include "absl/strings/str_cat.h"
#include "braid/error.h"
#include "engine/subjects.h"

namespace braid::engine {
namespace {

constexpr size_t kMaxNumber = INT32_MAX;

absl::Status Bad(std::string_view why, std::string_view token = {}) {
  std::string text =
      absl::StrCat("invalid mapping destination: ", absl::string_view(why.data(), why.size()));
  if (!token.empty()) text.append(" in ").append(token);
  return MakeError(Errc::kInvalidArgument, text);
}

absl::Status BadSubject() {
  return MakeError(Errc::kInvalidArgument, "invalid subject");
}

std::vector<std::string_view> TokensOf(std::string_view subject) {
  std::vector<std::string_view> tokens;
  for (const std::string_view token : SubjectTokens(subject)) tokens.push_back(token);
  return tokens;
}

// Tokens that are not empty, with `>` only at the end. Functions may hold blanks.
bool IsWellFormed(const std::vector<std::string_view>& tokens) {
  for (size_t i = 0; i < tokens.size(); ++i) {
    if (tokens[i].empty() || (tokens[i] == ">" && i + 1 < tokens.size())) return false;
  }
  return true;
}

std::string_view WithoutBlanks(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

std::optional<size_t> NumberOf(std::string_view text) {
  text = WithoutBlanks(text);
  size_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number > kMaxNumber) {
    return std::nullopt;
  }
  return number;
}

// Small letters where `name` has large ones are as good.
bool IsNamed(std::string_view written, std::string_view name) {
  return std::equal(written.begin(), written.end(), name.begin(), name.end(), [](char w, char n) {
    return w == n || (n >= 'A' && n <= 'Z' && w == n - 'A' + 'a');
  });
}

// FNV-1a, 32 bits: what other servers assign partitions by.
class Hash {
 public:
  void Add(std::string_view bytes) {
    for (const char c : bytes) value_ = (value_ ^ static_cast<uint8_t>(c)) * 16777619U;
  }
  uint32_t value() const { return value_; }

 private:
  uint32_t value_ = 2166136261U;
};

// The pieces of `text` with dots between them; empty ones leave no token.
void AppendSplit(std::string_view text, std::string_view at, std::string& out) {
  bool first = true;
  while (true) {
    const size_t end = at.empty() ? std::string_view::npos : text.find(at);
    const std::string_view part = text.substr(0, end);
    if (!part.empty()) {
      if (!first) out.push_back('.');
      out.append(part);
      first = false;
    }
    if (end == std::string_view::npos) return;
    text.remove_prefix(end + at.size());
  }
}

// Cut after the first `head` bytes and then every `step`.
void AppendSlices(std::string_view text, size_t head, size_t step, std::string& out) {
  if (head > 0) out.append(text.substr(0, head)).push_back('.');
  for (size_t at = head; at < text.size(); at += step) {
    if (at > head) out.push_back('.');
    out.append(text.substr(at, step));
  }
}

}  // namespace

absl::StatusOr<SubjectTransform> SubjectTransform::Make(std::string_view source,
                                                        std::string_view destination) {
  SubjectTransform transform;
  transform.source_ = source.empty() ? ">" : std::string(source);
  transform.destination_ = std::string(destination);
  const std::vector<std::string_view> from = TokensOf(transform.source_);
  const std::vector<std::string_view> to = TokensOf(transform.destination_);
  if (!IsWellFormed(from) || !IsWellFormed(to)) return BadSubject();
  if ((from.back() == ">") != (to.back() == ">")) return BadSubject();
  std::vector<size_t> stars;
  for (size_t i = 0; i < from.size(); ++i) {
    if (from[i] == "*") stars.push_back(i);
  }
  for (const std::string_view token : to) {
    if (token == "*") return BadSubject();
    if (token == ">") {
      transform.takes_rest_ = true;
      transform.rest_from_ = from.size() - 1;
      break;
    }
    auto piece = ReadPiece(token, stars);
    if (!piece.ok()) return piece.status();
    transform.pieces_.push_back(*std::move(piece));
  }
  return transform;
}

absl::StatusOr<SubjectTransform::Piece> SubjectTransform::ReadPiece(
    std::string_view token, const std::vector<size_t>& stars) {
  if (token.size() > 4 && token.starts_with("{{") && token.ends_with("}}")) {
    return ReadFunction(token, stars);
  }
  if (token.find_first_of(" \t\n\f\r") != std::string_view::npos) {
    return Bad("invalid transform");
  }
  Piece piece;
  const auto number = token.front() == '$' ? NumberOf(token.substr(1)) : std::nullopt;
  if (!number.has_value() || token.size() == 1) {
    piece.text = std::string(token);
    return piece;
  }
  piece.function = Function::kWildcard;
  if (*number < 1 || *number > stars.size()) return Bad("wildcard index out of range", token);
  piece.tokens.push_back(stars[*number - 1]);
  return piece;
}

absl::StatusOr<SubjectTransform::Piece> SubjectTransform::ReadFunction(
    std::string_view token, const std::vector<size_t>& stars) {
  static constexpr FunctionName kNames[] = {
      {Function::kWildcard, "Wildcard"},
      {Function::kPartition, "Partition"},
      {Function::kSplit, "Split"},
      {Function::kSplitFromLeft, "SplitFromLeft"},
      {Function::kSplitFromRight, "SplitFromRight"},
      {Function::kSliceFromLeft, "SliceFromLeft"},
      {Function::kSliceFromRight, "SliceFromRight"},
      {Function::kLeft, "Left"},
      {Function::kRight, "Right"},
      {Function::kRandom, "Random"},
  };
  const std::string_view call = WithoutBlanks(token.substr(2, token.size() - 4));
  const size_t open = call.find('(');
  if (open == std::string_view::npos || !call.ends_with(")")) return Bad("unknown function", token);
  const std::string_view name = WithoutBlanks(call.substr(0, open));
  for (const FunctionName& row : kNames) {
    if (!IsNamed(name, row.name)) continue;
    Piece piece;
    piece.function = row.function;
    absl::Status read =
        ReadArguments(token, call.substr(open + 1, call.size() - open - 2), stars, piece);
    if (!read.ok()) return read;
    return piece;
  }
  return Bad("unknown function", token);
}

absl::Status SubjectTransform::ReadArguments(std::string_view token, std::string_view arguments,
                                             const std::vector<size_t>& stars, Piece& piece) {
  std::vector<std::string_view> given;
  for (size_t comma = arguments.find(','); comma != std::string_view::npos;
       comma = arguments.find(',')) {
    given.push_back(arguments.substr(0, comma));
    arguments.remove_prefix(comma + 1);
  }
  given.push_back(arguments);
  const bool counts = piece.function == Function::kPartition || piece.function == Function::kRandom;
  const bool one = piece.function == Function::kWildcard || piece.function == Function::kRandom;
  if (WithoutBlanks(given[0]).empty())
    return Bad("not enough arguments passed to the function", token);
  if (piece.function != Function::kPartition) {
    const size_t wanted = one ? 1 : 2;
    if (given.size() < wanted) return Bad("not enough arguments passed to the function", token);
    if (given.size() > wanted) return Bad("too many arguments passed to the function", token);
  }
  constexpr std::string_view kBadArgument = "function argument is invalid or in the wrong format";
  // The numbers of wildcards are the first argument, or all but a count before them.
  const size_t first = counts ? 1 : 0;
  const size_t last = piece.function == Function::kPartition ? given.size() : 1;
  for (size_t i = first; i < last; ++i) {
    const auto number = NumberOf(given[i]);
    if (!number.has_value()) return Bad(kBadArgument, token);
    if (*number < 1 || *number > stars.size()) return Bad("wildcard index out of range", token);
    piece.tokens.push_back(stars[*number - 1]);
  }
  if (piece.function == Function::kSplit) {
    if (given[1].empty() || given[1].find(' ') != std::string_view::npos) {
      return Bad(kBadArgument, token);
    }
    piece.text = std::string(given[1]);
    return absl::OkStatus();
  }
  if (piece.function == Function::kWildcard) return absl::OkStatus();
  const auto number = NumberOf(given[counts ? 0 : 1]);
  if (!number.has_value()) return Bad(kBadArgument, token);
  piece.number = *number;
  return absl::OkStatus();
}

std::optional<std::string> SubjectTransform::Apply(std::string_view subject) const {
  if (!Matches(source_, subject)) return std::nullopt;
  const std::vector<std::string_view> tokens = TokensOf(subject);
  std::string out;
  for (const Piece& piece : pieces_) {
    if (&piece != &pieces_.front()) out.push_back('.');
    Append(piece, subject, tokens, out);
  }
  for (size_t i = takes_rest_ ? rest_from_ : tokens.size(); i < tokens.size(); ++i) {
    if (!out.empty()) out.push_back('.');
    out.append(tokens[i]);
  }
  if (!IsValidPublishSubject(out)) return std::nullopt;
  return out;
}

void SubjectTransform::Append(const Piece& piece, std::string_view subject,
                              const std::vector<std::string_view>& tokens, std::string& out) const {
  const std::string_view token =
      piece.tokens.empty() ? std::string_view() : tokens[piece.tokens[0]];
  const size_t n = piece.number;
  const bool cuts = n > 0 && n < token.size();  // else there is nothing to cut off
  switch (piece.function) {
    case Function::kLiteral:
      out.append(piece.text);
      return;
    case Function::kPartition: {
      Hash hash;
      for (const size_t index : piece.tokens) hash.Add(tokens[index]);
      if (piece.tokens.empty()) hash.Add(subject);
      absl::StrAppend(&out, n == 0 ? 0 : hash.value() % n);
      return;
    }
    case Function::kRandom: {
      thread_local absl::InsecureBitGen random;
      absl::StrAppend(&out, n == 0 ? 0 : absl::Uniform<size_t>(random, 0, n));
      return;
    }
    case Function::kSplit:
      return AppendSplit(token, piece.text, out);
    default:
      break;
  }
  if (piece.function == Function::kWildcard || !cuts) {
    out.append(token);
    return;
  }
  switch (piece.function) {
    case Function::kSplitFromLeft:
      out.append(token.substr(0, n)).append(".").append(token.substr(n));
      return;
    case Function::kSplitFromRight:
      out.append(token.substr(0, token.size() - n)).append(".");
      out.append(token.substr(token.size() - n));
      return;
    case Function::kSliceFromLeft:
      return AppendSlices(token, 0, n, out);
    case Function::kSliceFromRight:
      return AppendSlices(token, token.size() % n, n, out);
    case Function::kLeft:
      out.append(token.substr(0, n));
      return;
    default:  // kRight
      out.append(token.substr(token.size() - n));
      return;
  }
}

}  // namespace braid::engine
