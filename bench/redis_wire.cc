#include "bench/redis_wire.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include <charconv>
#include <cstdint>
#include <cstring>

namespace braid::bench {
namespace {

constexpr size_t kRoom = 256 << 10;
constexpr size_t kNotWhole = std::string_view::npos;

void AppendHeader(std::string& out, char type, size_t n) {
  out += type;
  out += std::to_string(n);
  out += "\r\n";
}

// Reads replies piece by piece.
class ReplyReader {
 public:
  explicit ReplyReader(std::string_view bytes) : rest_(bytes) {}

  size_t left() const { return rest_.size(); }

  // "*N" or "$N" and so on; false when the line is not whole.
  bool Line(char& type, int64_t& n) {
    const size_t end = rest_.find('\n');
    if (end == kNotWhole || end < 2) return false;
    type = rest_.front();
    const std::string_view line = rest_.substr(1, end - 2);
    if (type == '-') Fail("the server answers " + std::string(line));
    if (std::from_chars(line.data(), line.data() + line.size(), n).ec != std::errc()) n = 0;
    rest_.remove_prefix(end + 1);
    return true;
  }
  // The size of an array, -1 of a null one; of a whole reply.
  int64_t Array() { return Expect('*'); }
  std::string_view Bulk() {
    const auto size = static_cast<size_t>(Expect('$'));
    const std::string_view bulk = rest_.substr(0, size);
    rest_.remove_prefix(size + 2);
    return bulk;
  }
  // Over one reply; false when it is not whole.
  bool Skip() {
    char type = 0;
    int64_t n = 0;
    for (int64_t replies = 1; replies > 0; --replies) {
      if (!Line(type, n)) return false;
      if (type == '*' && n > 0) replies += n;
      if (type != '$' || n < 0) continue;
      if (rest_.size() < static_cast<size_t>(n) + 2) return false;
      rest_.remove_prefix(static_cast<size_t>(n) + 2);
    }
    return true;
  }

 private:
  int64_t Expect(char wanted) {
    char type = 0;
    int64_t n = 0;
    if (!Line(type, n) || type != wanted) Fail("a reply of another shape");
    return n;
  }

  std::string_view rest_;
};

}  // namespace

void AppendWordCount(std::string& out, size_t words) {
  AppendHeader(out, '*', words);
}

void AppendWord(std::string& out, std::string_view word) {
  AppendHeader(out, '$', word.size());
  out += word;
  out += "\r\n";
}

void AppendRequest(std::string& out, std::initializer_list<std::string_view> words) {
  AppendWordCount(out, words.size());
  for (const std::string_view word : words) AppendWord(out, word);
}

bool ForEachEntry(std::string_view reply, absl::FunctionRef<void(std::string_view id)> entry) {
  ReplyReader reader(reply);
  if (reader.Array() < 0) return false;  // of streams
  reader.Array();                        // its key and its entries
  reader.Bulk();
  const int64_t entries = reader.Array();
  for (int64_t i = 0; i < entries; ++i) {
    reader.Array();
    entry(reader.Bulk());
    reader.Skip();
  }
  return true;
}

RedisWire::RedisWire(int port) : fd_(ConnectTo(port)), bytes_(kRoom) {}

RedisWire::~RedisWire() {
  ::close(fd_);
}

void RedisWire::Receive() {
  if (begin_ > 0) {
    std::memmove(bytes_.data(), bytes_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  if (end_ > bytes_.size() / 2) bytes_.resize(2 * bytes_.size());
  for (;;) {
    const ssize_t n = ::recv(fd_, bytes_.data() + end_, bytes_.size() - end_, 0);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) Fail("the server closed the connection");
    end_ += static_cast<size_t>(n);
    return;
  }
}

std::string_view RedisWire::NextReply() {
  const std::string_view received(bytes_.data() + begin_, end_ - begin_);
  ReplyReader reader(received);
  if (!reader.Skip()) return {};
  const std::string_view reply = received.substr(0, received.size() - reader.left());
  begin_ += reply.size();
  return reply;
}

std::string_view RedisWire::Call(std::initializer_list<std::string_view> words) {
  std::string request;
  AppendRequest(request, words);
  Send(request);
  for (;;) {
    const std::string_view reply = NextReply();
    if (!reply.empty()) return reply;
    Receive();
  }
}

}  // namespace braid::bench
