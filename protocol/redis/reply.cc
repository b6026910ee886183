#include "protocol/redis/reply.h"

#include <algorithm>

#include "fmt/format.h"

namespace braid::redis {

void Reply::Line(char type, std::string_view text) {
  out_.push_back(type);
  out_.append(text);
  out_ += "\r\n";
}

void Reply::Number(char type, int64_t value) {
  char line[24] = {type};  // 20 digits and a sign at most
  char* end = std::to_chars(line + 1, line + sizeof line - 2, value).ptr;
  *end++ = '\r';
  *end++ = '\n';
  out_.append(line, end);
}

void Reply::Error(std::string_view text) {
  const size_t begin = out_.size();
  Line('-', text);
  std::replace_if(
      out_.begin() + static_cast<ptrdiff_t>(begin), out_.end() - 2,
      [](char c) { return c == '\r' || c == '\n'; }, ' ');
}

void Reply::Bulk(std::string_view bytes) {
  Number('$', static_cast<int64_t>(bytes.size()));
  out_.append(bytes);
  out_ += "\r\n";
}

void Reply::Double(double value) {
  const std::string text = fmt::format("{}", value);
  if (version_ == 3) {
    Line(',', text);
  } else {
    Bulk(text);
  }
}

void Reply::BulkInteger(int64_t value) {
  std::string digits;
  AppendNumber(digits, value);
  Bulk(digits);
}

void Reply::Id(engine::EntryId id) {
  // Two 20-digit numbers and a dash; each part is written where there is room for it.
  char text[48];
  size_t size = static_cast<size_t>(std::to_chars(text, text + 20, id.ms).ptr - text);
  text[size++] = '-';
  size = static_cast<size_t>(std::to_chars(text + size, text + size + 20, id.seq).ptr - text);
  Bulk({text, size});
}

void Reply::Boolean(bool value) {
  if (version_ == 3) {
    out_ += value ? "#t\r\n" : "#f\r\n";
  } else {
    Integer(value ? 1 : 0);
  }
}

void Reply::Verbatim(std::string_view text) {
  if (version_ != 3) return Bulk(text);
  Number('=', static_cast<int64_t>(text.size() + 4));
  out_ += "txt:";
  out_.append(text);
  out_ += "\r\n";
}

void Reply::Map(size_t pairs) {
  if (version_ == 3) {
    Number('%', static_cast<int64_t>(pairs));
  } else {
    Array(2 * pairs);
  }
}

void Reply::Insert(size_t begin, char type, size_t size) {
  std::string header(1, type);
  AppendNumber(header, size);
  header += "\r\n";
  out_.insert(begin, header);
}

}  // namespace braid::redis
