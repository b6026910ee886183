#include "protocol/redis/monitors.h"

#include <algorithm>
#include <iterator>

#include "absl/strings/ascii.h"
#include "braid/buffer.h"
#include "fmt/format.h"

namespace braid::redis {
namespace {

char LetterFor(char c) {
  switch (c) {
    case '\n':
      return 'n';
    case '\r':
      return 'r';
    case '\t':
      return 't';
    case '\a':
      return 'a';
    case '\b':
      return 'b';
    case '\\':
    case '"':
      return c;
    default:
      return 0;
  }
}

void AppendQuoted(std::string& out, std::string_view arg) {
  out += '"';
  for (const char c : arg) {
    const auto byte = static_cast<unsigned char>(c);
    if (const char letter = LetterFor(c); letter != 0) {
      out += '\\';
      out += letter;
    } else if (absl::ascii_isprint(byte)) {
      out += c;
    } else {
      fmt::format_to(std::back_inserter(out), "\\x{:02x}", byte);
    }
  }
  out += '"';
}

}  // namespace

std::string MonitorLine(absl::Time when, int database, std::string_view address,
                        absl::Span<const std::string_view> args) {
  const int64_t micros = absl::ToUnixMicros(when);
  std::string line =
      fmt::format("+{}.{:06} [{} {}]", micros / 1000000, micros % 1000000, database, address);
  for (const std::string_view arg : args) {
    line += ' ';
    AppendQuoted(line, arg);
  }
  line += "\r\n";
  return line;
}

void Monitors::Add(const ClientHandlePtr& client) {
  absl::MutexLock lock(&mu_);
  clients_.push_back(client);
  ++count_;
}

void Monitors::Remove(const ClientHandle& client) {
  absl::MutexLock lock(&mu_);
  count_ -= static_cast<int64_t>(std::erase_if(
      clients_, [&](const ClientHandlePtr& other) { return other.get() == &client; }));
}

int64_t Monitors::Show(const std::string& line, const OutputLimit& limit, absl::Time now) {
  const Buffer bytes = Buffer::Copy(line);
  absl::MutexLock lock(&mu_);
  return std::count_if(clients_.begin(), clients_.end(), [&](const ClientHandlePtr& client) {
    return !client->pushes().Push(bytes, limit, now);
  });
}

}  // namespace braid::redis
