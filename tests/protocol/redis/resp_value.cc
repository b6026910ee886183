#include "tests/protocol/redis/resp_value.h"

#include <cstdlib>

namespace braid::redis {
namespace {

std::optional<std::string_view> TakeLine(std::string_view& bytes) {
  const size_t end = bytes.find("\r\n");
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view line = bytes.substr(0, end);
  bytes.remove_prefix(end + 2);
  return line;
}

std::string Join(const std::vector<RespValue>& items) {
  std::string out;
  for (const RespValue& item : items) {
    if (!out.empty()) out += ' ';
    out += item.Print();
  }
  return out;
}

std::string JoinPairs(const std::vector<RespValue>& items) {
  std::string out;
  for (size_t i = 0; i + 1 < items.size(); i += 2) {
    if (i > 0) out += ' ';
    out += items[i].Print() + "=" + items[i + 1].Print();
  }
  return out;
}

}  // namespace

std::string RespValue::Print() const {
  switch (type) {
    case '$':
      return null ? "nil" : text;
    case '*':
      return null ? "nil[]" : "[" + Join(items) + "]";
    case '>':
      return ">[" + Join(items) + "]";
    case '~':
      return "~[" + Join(items) + "]";
    case '%':
      return "{" + JoinPairs(items) + "}";
    case '_':
      return "null";
    default:
      return type + text;
  }
}

RespValue* RespValue::Get(std::string_view key) {
  for (size_t i = 0; i + 1 < items.size(); i += 2) {
    if (items[i].text == key) return &items[i + 1];
  }
  return nullptr;
}

std::optional<RespValue> TakeReply(std::string_view& bytes) {
  std::string_view rest = bytes;
  const auto line = TakeLine(rest);
  if (!line || line->empty()) return std::nullopt;
  RespValue value;
  value.type = line->front();
  const std::string argument(line->substr(1));
  if (value.type == '$' || value.type == '=') {
    const long size = std::atol(argument.c_str());
    if (size < 0) {
      value.null = true;
    } else {
      if (rest.size() < static_cast<size_t>(size) + 2) return std::nullopt;
      value.text = rest.substr(0, static_cast<size_t>(size));
      rest.remove_prefix(static_cast<size_t>(size) + 2);
    }
  } else if (value.type == '*' || value.type == '%' || value.type == '~' || value.type == '>') {
    long size = std::atol(argument.c_str());
    value.null = size < 0;
    if (value.type == '%') size *= 2;
    for (long i = 0; i < size; ++i) {
      auto item = TakeReply(rest);
      if (!item) return std::nullopt;
      value.items.push_back(*std::move(item));
    }
  } else {
    value.text = argument;
  }
  bytes = rest;
  return value;
}

std::string EncodeRequest(const std::vector<std::string>& args) {
  std::string out = "*" + std::to_string(args.size()) + "\r\n";
  for (const std::string& arg : args) {
    out += "$" + std::to_string(arg.size()) + "\r\n" + arg + "\r\n";
  }
  return out;
}

std::vector<std::string> Words(std::string_view line) {
  std::vector<std::string> words;
  while (!line.empty()) {
    const size_t end = line.find(' ');
    if (end != 0) words.emplace_back(line.substr(0, end));
    if (end == std::string_view::npos) break;
    line.remove_prefix(end + 1);
  }
  return words;
}

}  // namespace braid::redis
