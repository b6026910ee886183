#include "protocol/nats/acks.h"

#include <array>

#include "protocol/nats/json.h"
#include "protocol/nats/text.h"

namespace braid::nats {
namespace {

constexpr size_t kFields = 7;
constexpr size_t kMaxTokens = 12;

struct NakOptions {
  absl::Duration delay = absl::ZeroDuration();
  template <class V, class Self>
  static void Visit(V& v, Self& m) {
    v("delay", m.delay);
  }
};

absl::Duration ParseDelay(std::string_view text) {
  NakOptions options;
  if (text.empty()) return options.delay;
  if (text[0] == '{') {
    JsonFaults faults;
    ReadJson(text, Strict::kNo, &options, &faults);
    if (!faults.invalid.empty()) return absl::ZeroDuration();
  } else if (!absl::ParseDuration(std::string(text), &options.delay)) {
    return absl::ZeroDuration();
  }
  return std::max(options.delay, absl::ZeroDuration());
}

// What follows `word` in `body`: nullopt unless it ends there or a blank follows.
std::optional<std::string_view> After(std::string_view body, std::string_view word) {
  if (body.substr(0, word.size()) != word) return std::nullopt;
  const std::string_view rest = body.substr(word.size());
  if (!rest.empty() && rest[0] != ' ' && rest[0] != '\t' && rest[0] != '{') return std::nullopt;
  return Trimmed(rest);
}

}  // namespace

void AppendAckSubject(const AckSubject& ack, std::string* out) {
  out->append(kAckPrefix).append(ack.stream).append(".").append(ack.consumer);
  for (const int64_t number :
       {ack.delivery, ack.stream_seq, ack.consumer_seq, ack.timestamp_ns, ack.pending}) {
    out->push_back('.');
    AppendNumber(number, out);
  }
}

std::optional<AckSubject> ParseAckSubject(std::string_view subject) {
  if (subject.substr(0, kAckPrefix.size()) != kAckPrefix) return std::nullopt;
  subject.remove_prefix(kAckPrefix.size());
  std::array<std::string_view, kMaxTokens> tokens;
  size_t count = 0;
  while (true) {
    if (count == kMaxTokens) return std::nullopt;
    const size_t dot = subject.find('.');
    tokens[count++] = subject.substr(0, dot);
    if (dot == std::string_view::npos) break;
    subject.remove_prefix(dot + 1);
  }
  if (count != kFields && count < kFields + 2) return std::nullopt;
  const size_t first = count == kFields ? 0 : 2;
  AckSubject ack;
  ack.stream = tokens[first];
  ack.consumer = tokens[first + 1];
  int64_t* const numbers[] = {&ack.delivery, &ack.stream_seq, &ack.consumer_seq, &ack.timestamp_ns,
                              &ack.pending};
  for (size_t i = 0; i < 5; ++i) {
    const auto number = ParseNumber(tokens[first + 2 + i]);
    if (!number || *number < 0) return std::nullopt;
    *numbers[i] = *number;
  }
  if (ack.stream_seq == 0) return std::nullopt;
  return ack;
}

std::optional<Ack> ParseAck(std::string_view body) {
  struct Word {
    std::string_view text;
    AckKind kind;
  };
  static constexpr Word kWords[] = {{"+ACK", AckKind::kAck},   {"+OK", AckKind::kAck},
                                    {"-NAK", AckKind::kNak},   {"+WPI", AckKind::kProgress},
                                    {"+TERM", AckKind::kTerm}, {"+NXT", AckKind::kNext}};
  if (body.empty()) return Ack();
  for (const Word& word : kWords) {
    const auto rest = After(body, word.text);
    if (!rest) continue;
    Ack ack;
    ack.kind = word.kind;
    ack.rest = *rest;
    if (ack.kind == AckKind::kNak) ack.delay = ParseDelay(*rest);
    return ack;
  }
  return std::nullopt;
}

}  // namespace braid::nats
