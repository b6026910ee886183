#include "tools/load/redis_client.h"

#include <utility>

#include "braid/error.h"
#include "tools/load/text.h"

namespace braid::load {
namespace {

constexpr int kMaxDepth = 8;

void PutWord(std::string& out, std::string_view word) {
  AppendText(out, "$", word.size(), "\r\n", word, "\r\n");
}

void PutCommand(std::string& out, const std::vector<std::string>& words) {
  AppendText(out, "*", words.size(), "\r\n");
  for (const std::string& word : words) PutWord(out, word);
}

absl::Status Odd() {
  return MakeError(Errc::kIo, "a Redis reply of an unexpected form");
}

}  // namespace

absl::StatusOr<std::unique_ptr<Client>> RedisClient::Connect(std::string_view address) {
  auto socket = Socket::Connect(address);
  if (!socket.ok()) return socket.status();
  return std::unique_ptr<Client>(new RedisClient(*std::move(socket)));
}

// --- Replies ---

// The reply at `at`, which then stands behind it. False when it is not all there yet.
bool RedisClient::Parse(std::string_view bytes, size_t& at, Reply& reply, int depth) {
  const size_t end = bytes.find("\r\n", at);
  if (end == std::string_view::npos || depth > kMaxDepth) return false;
  const char type = bytes[at];
  const std::string_view line = bytes.substr(at + 1, end - at - 1);
  at = end + 2;
  if (type != '$' && type != '*') {
    reply.text = bytes.substr(end - line.size() - 1, line.size() + 1);  // with its type
    return true;
  }
  const int64_t size = ParseNumber(line).value_or(-1);
  if (size < 0) return true;  // null
  if (type == '$') {
    const auto length = static_cast<size_t>(size);
    if (bytes.size() - at < length + 2) return false;
    reply.text = bytes.substr(at, length);
    at += length + 2;
    return true;
  }
  for (int64_t i = 0; i < size; ++i) {
    if (at >= bytes.size() || !Parse(bytes, at, reply.elements.emplace_back(), depth + 1)) {
      return false;
    }
  }
  return true;
}

absl::StatusOr<RedisClient::Reply> RedisClient::TakeReply() {
  while (true) {
    const std::string_view bytes = socket_->unread();
    size_t at = 0;
    Reply reply;
    if (!bytes.empty() && Parse(bytes, at, reply, 0)) {
      socket_->Consume(at);
      if (bytes.front() == '-') return MakeError(Errc::kIo, Text("Redis: ", reply.text));
      return reply;
    }
    if (absl::Status s = socket_->ReadMore(); !s.ok()) return s;
  }
}

absl::StatusOr<RedisClient::Reply> RedisClient::Call(const std::vector<std::string>& words) {
  out_.clear();
  PutCommand(out_, words);
  if (absl::Status s = socket_->Send(out_); !s.ok()) return s;
  return TakeReply();
}

// [[ID, [field, value]], ...]
absl::StatusOr<std::vector<Message>> RedisClient::Entries(const Reply& entries) {
  std::vector<Message> messages;
  messages.reserve(entries.elements.size());
  for (const Reply& entry : entries.elements) {
    if (entry.elements.size() != 2 || entry.elements[1].elements.size() != 2) return Odd();
    Message& message = messages.emplace_back();
    message.ack = entry.elements[0].text;
    message.value = entry.elements[1].elements[1].text;
  }
  return messages;
}

// --- Streams ---

absl::Status RedisClient::CreateStream(std::string_view name) {
  UseStream(name);  // the first XADD makes it
  return absl::OkStatus();
}

absl::Status RedisClient::Send(absl::Span<const std::string> values) {
  out_.clear();
  for (const std::string& value : values) {
    out_.append("*5\r\n$4\r\nXADD\r\n");
    PutWord(out_, stream_);
    out_.append("$1\r\n*\r\n$1\r\nv\r\n");
    PutWord(out_, value);
  }
  return socket_->Send(out_);
}

absl::Status RedisClient::TakeAcks(int64_t records) {
  for (int64_t i = 0; i < records; ++i) {
    if (auto reply = TakeReply(); !reply.ok()) return reply.status();
  }
  return absl::OkStatus();
}

absl::Status RedisClient::Trim(int64_t keep) {
  return Call({"XTRIM", stream_, "MAXLEN", "=", Text(keep)}).status();
}

// --- Groups ---

absl::Status RedisClient::CreateGroup(std::string_view name, absl::Duration) {
  group_ = name;
  consumer_ = "first";
  return Call({"XGROUP", "CREATE", stream_, group_, "0", "MKSTREAM"}).status();
}

absl::Status RedisClient::JoinGroup(std::string_view name) {
  group_ = name;
  consumer_ = "second";
  return absl::OkStatus();
}

absl::Status RedisClient::Ask(int64_t max, absl::Duration wait) {
  std::vector<std::string> words = {"XREADGROUP", "GROUP", group_, consumer_, "COUNT", Text(max)};
  if (wait > absl::ZeroDuration()) {
    words.insert(words.end(), {"BLOCK", Text(absl::ToInt64Milliseconds(wait))});
  }
  words.insert(words.end(), {"STREAMS", stream_, ">"});
  out_.clear();
  PutCommand(out_, words);
  return socket_->Send(out_);
}

absl::StatusOr<std::vector<Message>> RedisClient::Take() {
  auto reply = TakeReply();
  if (!reply.ok()) return reply.status();
  if (reply->elements.empty()) return std::vector<Message>();
  const Reply& stream = reply->elements.front();
  if (stream.elements.size() != 2) return Odd();
  return Entries(stream.elements[1]);
}

absl::Status RedisClient::Ack(absl::Span<const Message> messages) {
  std::vector<std::string> words = {"XACK", stream_, group_};
  for (const Message& message : messages) words.push_back(message.ack);
  return Call(words).status();
}

absl::StatusOr<std::vector<Message>> RedisClient::TakeOver(int64_t max) {
  auto reply = Call({"XAUTOCLAIM", stream_, group_, consumer_, "0", "0", "COUNT", Text(max)});
  if (!reply.ok()) return reply.status();
  if (reply->elements.size() < 2) return Odd();
  return Entries(reply->elements[1]);
}

}  // namespace braid::load
