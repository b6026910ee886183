#include "protocol/nats/headers.h"

#include "protocol/nats/text.h"

namespace braid::nats {
namespace {

void AppendClean(std::string_view text, bool key, std::string* out) {
  for (char c : text) {
    const bool bad = c == '\r' || c == '\n' || (key && c == ':');
    out->push_back(bad ? ' ' : c);
  }
}

// Where the value of the first line of `key` begins; npos: there is none.
size_t FindValue(std::string_view block, std::string_view key) {
  for (size_t at = block.find(key); at != std::string_view::npos; at = block.find(key, at + 1)) {
    const size_t end = at + key.size();
    if (at > 0 && block[at - 1] == '\n' && end < block.size() && block[end] == ':') return end + 1;
  }
  return std::string_view::npos;
}

}  // namespace

std::string_view HeaderIn(std::string_view block, std::string_view key) {
  const size_t begin = FindValue(block, key);
  if (begin == std::string_view::npos) return {};
  return Trimmed(block.substr(begin, block.find('\n', begin) - begin));
}

bool HasHeader(std::string_view block, std::string_view key) {
  return FindValue(block, key) != std::string_view::npos;
}

absl::InlinedVector<HeaderView, 2> ParseHeaders(std::string_view block) {
  absl::InlinedVector<HeaderView, 2> headers;
  size_t at = block.find('\n');
  if (at == std::string_view::npos) return headers;
  ++at;
  while (at < block.size()) {
    size_t end = block.find('\n', at);
    if (end == std::string_view::npos) end = block.size();
    std::string_view line = block.substr(at, end - at);
    at = end + 1;
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    if (line.empty()) continue;
    const size_t colon = line.find(':');
    if (colon == std::string_view::npos) {
      headers.push_back({.key = line, .value = std::nullopt});
      continue;
    }
    headers.push_back({.key = line.substr(0, colon), .value = Trimmed(line.substr(colon + 1))});
  }
  return headers;
}

std::optional<std::string_view> FindHeader(absl::Span<const HeaderView> headers,
                                           std::string_view key) {
  for (const HeaderView& header : headers) {
    if (header.key == key) return header.value.value_or("");
  }
  return std::nullopt;
}

void AppendHeaderLine(std::string_view key, std::string_view value, std::string* block) {
  AppendClean(key, true, block);
  block->append(": ");
  AppendClean(value, false, block);
  block->append("\r\n");
}

std::string HeaderBlock(absl::Span<const HeaderView> headers) {
  if (headers.empty()) return {};
  std::string block(kHeaderLine);
  for (const HeaderView& header : headers) {
    AppendHeaderLine(header.key, header.value.value_or(""), &block);
  }
  block.append("\r\n");
  return block;
}

std::string StatusBlock(int code, std::string_view text,
                        absl::Span<const std::pair<std::string_view, std::string>> lines) {
  std::string block = fmt::format("NATS/1.0 {}{}{}\r\n", code, text.empty() ? "" : " ", text);
  for (const auto& [key, value] : lines) AppendHeaderLine(key, value, &block);
  block.append("\r\n");
  return block;
}

}  // namespace braid::nats
