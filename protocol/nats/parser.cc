#include "protocol/nats/parser.h"

#include <algorithm>
#include <array>

#include "protocol/nats/text.h"

namespace braid::nats {
namespace {

// What follows the name of an operation on its line.
enum class Shape : uint8_t { kIgnored, kJson, kPub, kHpub, kSub, kUnsub };

struct OpName {
  std::string_view name;
  OpKind kind;
  Shape shape;
};

constexpr OpName kOps[] = {
    {"PUB", OpKind::kPub, Shape::kPub},          {"HPUB", OpKind::kHpub, Shape::kHpub},
    {"SUB", OpKind::kSub, Shape::kSub},          {"UNSUB", OpKind::kUnsub, Shape::kUnsub},
    {"PING", OpKind::kPing, Shape::kIgnored},    {"PONG", OpKind::kPong, Shape::kIgnored},
    {"CONNECT", OpKind::kConnect, Shape::kJson}, {"INFO", OpKind::kInfo, Shape::kIgnored},
    {"+OK", OpKind::kOk, Shape::kIgnored},       {"-ERR", OpKind::kErr, Shape::kIgnored},
};
constexpr size_t kLongestName = 7;
constexpr size_t kMaxArguments = 4;

ParseResult More(size_t size) {
  return {.state = ParseResult::State::kMore, .size = size};
}
ParseResult Error(ParseError error) {
  return {.state = ParseResult::State::kError, .error = error};
}

bool IsBlank(char c) {
  return c == ' ' || c == '\t';
}

// Whether a blank has to follow its name. What follows CONNECT has a brace of its own.
bool Takes(Shape shape) {
  return shape != Shape::kIgnored && shape != Shape::kJson;
}

// The operation `line` begins with; nullptr when none. An operation with arguments is followed by a
// blank, one without by anything.
const OpName* FindOp(std::string_view line) {
  for (const OpName& op : kOps) {
    if (line.size() < op.name.size() ||
        !EqualsIgnoringCase(line.substr(0, op.name.size()), op.name)) {
      continue;
    }
    if (!Takes(op.shape)) return &op;
    if (line.size() > op.name.size() && IsBlank(line[op.name.size()])) return &op;
  }
  return nullptr;
}

// Whether more bytes could make an operation of `start`, a line without its end.
bool CouldBeOp(std::string_view start) {
  for (const OpName& op : kOps) {
    const size_t n = std::min(start.size(), op.name.size());
    if (!EqualsIgnoringCase(start.substr(0, n), op.name.substr(0, n))) continue;
    if (start.size() <= op.name.size() || !Takes(op.shape) || IsBlank(start[op.name.size()])) {
      return true;
    }
  }
  return false;
}

struct Arguments {
  std::array<std::string_view, kMaxArguments> values;
  size_t count = 0;  // kMaxArguments + 1 when there are too many
};

Arguments Split(std::string_view text) {
  Arguments args;
  size_t at = 0;
  while (true) {
    while (at < text.size() && IsBlank(text[at])) ++at;
    if (at == text.size()) return args;
    size_t end = at;
    while (end < text.size() && !IsBlank(text[end])) ++end;
    if (args.count == kMaxArguments) {
      ++args.count;
      return args;
    }
    args.values[args.count++] = text.substr(at, end - at);
    at = end;
  }
}

// Decimal digits only, at most nine of them.
std::optional<int64_t> ParseSize(std::string_view text) {
  if (text.empty() || text.size() > 9) return std::nullopt;
  int64_t value = 0;
  for (char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  return value;
}

// Cuts headers and payload of a publish out of what follows its line.
ParseResult TakePayload(std::string_view input, size_t begin, size_t header_bytes, size_t total,
                        const ParseLimits& limits, Op op) {
  if (total > limits.max_payload) return Error(ParseError::kPayloadTooLarge);
  const size_t size = begin + total + 2;
  if (input.size() < size) return More(size);
  if (input[size - 2] != '\r' || input[size - 1] != '\n') {
    return Error(ParseError::kUnknownOperation);
  }
  op.headers = input.substr(begin, header_bytes);
  op.payload = input.substr(begin + header_bytes, total - header_bytes);
  return {.state = ParseResult::State::kOp, .op = op, .size = size};
}

ParseResult ParsePub(std::string_view input, size_t line_size, const Arguments& args,
                     const ParseLimits& limits, Op op) {
  if (args.count != 2 && args.count != 3) return Error(ParseError::kBadArguments);
  const auto total = ParseSize(args.values[args.count - 1]);
  if (!total) return Error(ParseError::kBadArguments);
  op.subject = args.values[0];
  if (args.count == 3) op.reply = args.values[1];
  return TakePayload(input, line_size, 0, static_cast<size_t>(*total), limits, op);
}

ParseResult ParseHpub(std::string_view input, size_t line_size, const Arguments& args,
                      const ParseLimits& limits, Op op) {
  if (args.count != 3 && args.count != 4) return Error(ParseError::kBadArguments);
  const auto header_bytes = ParseSize(args.values[args.count - 2]);
  const auto total = ParseSize(args.values[args.count - 1]);
  if (!header_bytes || !total || *header_bytes > *total) return Error(ParseError::kBadArguments);
  op.subject = args.values[0];
  if (args.count == 4) op.reply = args.values[1];
  return TakePayload(input, line_size, static_cast<size_t>(*header_bytes),
                     static_cast<size_t>(*total), limits, op);
}

ParseResult ParseSub(size_t line_size, const Arguments& args, Op op) {
  if (args.count != 2 && args.count != 3) return Error(ParseError::kBadArguments);
  op.subject = args.values[0];
  if (args.count == 3) op.queue = args.values[1];
  op.sid = args.values[args.count - 1];
  return {.state = ParseResult::State::kOp, .op = op, .size = line_size};
}

ParseResult ParseUnsub(size_t line_size, const Arguments& args, Op op) {
  if (args.count != 1 && args.count != 2) return Error(ParseError::kBadArguments);
  op.sid = args.values[0];
  // A maximum that is no number is one that has been reached.
  if (args.count == 2) op.max = ParseSize(args.values[1]).value_or(0);
  return {.state = ParseResult::State::kOp, .op = op, .size = line_size};
}

}  // namespace

ParseResult ParseOp(std::string_view input, const ParseLimits& limits) {
  const size_t longest = kLongestName + 1 + limits.max_control_line + 2;
  const size_t newline = input.substr(0, longest).find('\n');
  if (newline == std::string_view::npos) {
    if (!CouldBeOp(input)) return Error(ParseError::kUnknownOperation);
    if (input.size() >= longest) return Error(ParseError::kControlLineTooLong);
    return More(input.size() + 1);
  }
  std::string_view line = input.substr(0, newline);
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  const OpName* name = FindOp(line);
  if (name == nullptr) return Error(ParseError::kUnknownOperation);

  const std::string_view rest = line.substr(name->name.size());
  if (rest.size() > limits.max_control_line + 1) return Error(ParseError::kControlLineTooLong);
  const size_t line_size = newline + 1;
  Op op;
  op.kind = name->kind;
  switch (name->shape) {
    case Shape::kPub:
      return ParsePub(input, line_size, Split(rest), limits, op);
    case Shape::kHpub:
      return ParseHpub(input, line_size, Split(rest), limits, op);
    case Shape::kSub:
      return ParseSub(line_size, Split(rest), op);
    case Shape::kUnsub:
      return ParseUnsub(line_size, Split(rest), op);
    case Shape::kJson:
      op.json = Trimmed(rest);
      break;
    case Shape::kIgnored:
      break;
  }
  return {.state = ParseResult::State::kOp, .op = op, .size = line_size};
}

}  // namespace braid::nats
