#include "tools/load/nats_client.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "braid/error.h"
#include "tools/load/text.h"

namespace braid::load {
namespace {

// Subscriptions: acknowledgements of what was published, answers of the API, pulled messages.
constexpr char kAcks = '1';
constexpr char kAnswers = '2';
constexpr char kPulled = '3';
constexpr std::string_view kHello =
    "CONNECT {\"verbose\":false,\"pedantic\":false,\"headers\":true,\"no_responders\":true,"
    "\"protocol\":1,\"lang\":\"c++\",\"version\":\"1\"}\r\n";

constexpr size_t kTooMuch = size_t{64} << 20;  // for one message

size_t SizeOf(std::string_view digits) {
  const int64_t size = ParseNumber(digits).value_or(-1);
  return size < 0 ? kTooMuch : static_cast<size_t>(size);
}

std::vector<std::string_view> Words(std::string_view line) {
  std::vector<std::string_view> words;
  for (size_t at = 0; at <= line.size();) {
    const size_t end = std::min(line.find(' ', at), line.size());
    words.push_back(line.substr(at, end - at));
    at = end + 1;
  }
  return words;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Client>> NatsClient::Connect(std::string_view address) {
  auto socket = Socket::Connect(address);
  if (!socket.ok()) return socket.status();
  std::unique_ptr<NatsClient> client(new NatsClient(*std::move(socket)));
  // Inboxes are the connection's own: two clients must not hear each other's answers.
  client->inbox_ = Text("_INBOX.", reinterpret_cast<uintptr_t>(client.get()), ".");
  std::string out(kHello);
  for (const char sid : {kAcks, kAnswers, kPulled}) {
    AppendText(out, "SUB ", client->Inbox(sid), ".* ", std::string_view(&sid, 1), "\r\n");
  }
  if (absl::Status s = client->socket_->Send(out); !s.ok()) return s;
  if (absl::Status s = client->Flush(); !s.ok()) return s;
  return client;
}

// --- Frames ---

std::string NatsClient::Inbox(char sid) const {
  return Text(inbox_, std::string_view(&sid, 1));
}

// A control line that is no message. Errors: what the broker complains about.
absl::Status NatsClient::Control(std::string_view line) {
  if (line.starts_with("-ERR")) return MakeError(Errc::kIo, Text("NATS: ", line));
  if (line == "PING") return socket_->Send("PONG\r\n");
  if (line == "PONG") ++pongs_;
  return absl::OkStatus();
}

// MSG <subject> <sid> [reply] <bytes>, HMSG <subject> <sid> [reply] <header bytes> <bytes>
absl::StatusOr<std::optional<NatsClient::Frame>> NatsClient::TakeLine() {
  auto line = socket_->Line();
  if (!line.ok()) return line.status();
  const bool has_headers = line->starts_with("HMSG ");
  if (!has_headers && !line->starts_with("MSG ")) {
    if (absl::Status s = Control(*line); !s.ok()) return s;
    return std::nullopt;
  }
  const std::vector<std::string_view> words = Words(*line);
  const size_t sizes = has_headers ? 2 : 1;
  const size_t total = words.size() < 3 + sizes ? kTooMuch : SizeOf(words.back());
  const size_t header = has_headers && total < kTooMuch ? SizeOf(words[words.size() - 2]) : 0;
  if (total >= kTooMuch || header > total) {
    return MakeError(Errc::kIo, Text("an odd NATS line: ", *line));
  }
  Frame frame;
  frame.sid = words[2].empty() ? '?' : words[2].front();
  if (words.size() > 3 + sizes) frame.reply = words[3];
  if (absl::Status s = socket_->Need(total + 2); !s.ok()) return s;
  const std::string_view bytes = socket_->unread();
  // "NATS/1.0 404 ..." is a status, "NATS/1.0\r\n" only begins headers.
  frame.is_status = has_headers && header > 9 && bytes[8] == ' ';
  frame.payload = bytes.substr(header, total - header);
  socket_->Consume(total + 2);
  return frame;
}

absl::StatusOr<NatsClient::Frame> NatsClient::TakeFrameOf(char sid) {
  while (true) {
    auto frame = TakeLine();
    if (!frame.ok()) return frame.status();
    if (frame->has_value() && (*frame)->sid == sid) return **std::move(frame);
  }
}

absl::Status NatsClient::Flush() {
  const int64_t before = pongs_;
  if (absl::Status s = socket_->Send("PING\r\n"); !s.ok()) return s;
  while (pongs_ == before) {
    if (auto frame = TakeLine(); !frame.ok()) return frame.status();
  }
  return absl::OkStatus();
}

absl::Status NatsClient::Call(std::string_view api, std::string_view body) {
  out_.clear();
  AppendText(out_, "PUB $JS.API.", api, " ", Inbox(kAnswers), ".1 ", body.size(), "\r\n", body,
             "\r\n");
  if (absl::Status s = socket_->Send(out_); !s.ok()) return s;
  auto answer = TakeFrameOf(kAnswers);
  if (!answer.ok()) return answer.status();
  if (answer->is_status || answer->payload.find("\"error\"") != std::string::npos) {
    return MakeError(Errc::kIo, Text("JetStream ", api, ": ", answer->payload));
  }
  return absl::OkStatus();
}

// --- Streams ---

absl::Status NatsClient::CreateStream(std::string_view name) {
  UseStream(name);
  return Call(Text("STREAM.CREATE.", stream_),
              Text("{\"name\":\"", stream_, "\",\"subjects\":[\"", subject_,
                   "\"],\"retention\":\"limits\",\"storage\":\"file\"}"));
}

void NatsClient::UseStream(std::string_view name) {
  stream_ = name;
  subject_ = Text(name, ".events");
}

absl::Status NatsClient::Send(absl::Span<const std::string> values) {
  out_.clear();
  const std::string line = Text("PUB ", subject_, " ", Inbox(kAcks), ".1 ");
  for (const std::string& value : values) {
    AppendText(out_, line, value.size(), "\r\n", value, "\r\n");
  }
  return socket_->Send(out_);
}

absl::Status NatsClient::TakeAcks(int64_t records) {
  for (int64_t i = 0; i < records; ++i) {
    auto ack = TakeFrameOf(kAcks);
    if (!ack.ok()) return ack.status();
    if (ack->is_status || ack->payload.find("\"error\"") != std::string::npos) {
      return MakeError(Errc::kIo, Text("JetStream publish: ", ack->payload));
    }
  }
  return absl::OkStatus();
}

absl::Status NatsClient::Trim(int64_t keep) {
  return Call(Text("STREAM.PURGE.", stream_), Text("{\"keep\":", keep, "}"));
}

// --- Consumers ---

absl::Status NatsClient::CreateGroup(std::string_view name, absl::Duration ack_wait) {
  group_ = name;
  return Call(Text("CONSUMER.DURABLE.CREATE.", stream_, ".", group_),
              Text("{\"stream_name\":\"", stream_, "\",\"config\":{\"durable_name\":\"", group_,
                   "\",\"ack_policy\":\"explicit\",\"deliver_policy\":\"all\",",
                   "\"replay_policy\":\"instant\",\"ack_wait\":",
                   absl::ToInt64Nanoseconds(ack_wait), ",\"max_ack_pending\":65536}}"));
}

absl::Status NatsClient::JoinGroup(std::string_view name) {
  group_ = name;
  return absl::OkStatus();
}

absl::Status NatsClient::Ask(int64_t max, absl::Duration wait) {
  asked_ = max;
  const std::string body =
      wait > absl::ZeroDuration()
          ? Text("{\"batch\":", max, ",\"expires\":", absl::ToInt64Nanoseconds(wait), "}")
          : Text("{\"batch\":", max, ",\"no_wait\":true}");
  out_.clear();
  AppendText(out_, "PUB $JS.API.CONSUMER.MSG.NEXT.", stream_, ".", group_, " ", Inbox(kPulled),
             ".1 ", body.size(), "\r\n", body, "\r\n");
  return socket_->Send(out_);
}

absl::StatusOr<std::vector<Message>> NatsClient::Take() {
  std::vector<Message> messages;
  messages.reserve(static_cast<size_t>(asked_));
  while (static_cast<int64_t>(messages.size()) < asked_) {
    auto frame = TakeFrameOf(kPulled);
    if (!frame.ok()) return frame.status();
    if (frame->is_status) break;
    messages.push_back({.value = std::move(frame->payload), .ack = std::move(frame->reply)});
  }
  return messages;
}

absl::Status NatsClient::Ack(absl::Span<const Message> messages) {
  out_.clear();
  for (const Message& message : messages) {
    AppendText(out_, "PUB ", message.ack, " 4\r\n+ACK\r\n");
  }
  if (absl::Status s = socket_->Send(out_); !s.ok()) return s;
  return Flush();
}

absl::StatusOr<std::vector<Message>> NatsClient::TakeOver(int64_t max) {
  // Nothing is due before the dead member's ack wait is over; then everything is, within moments.
  auto all = Fetch(1, absl::Seconds(10));
  while (all.ok() && !all->empty() && static_cast<int64_t>(all->size()) < max) {
    auto more = Fetch(1, absl::Milliseconds(300));
    if (!more.ok()) return more.status();
    if (more->empty()) break;
    std::move(more->begin(), more->end(), std::back_inserter(*all));
  }
  return all;
}

}  // namespace braid::load
