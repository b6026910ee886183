#include "protocol/redis/notify.h"

#include <algorithm>
#include <array>
#include <utility>

#include "fmt/format.h"
#include "protocol/redis/client.h"

namespace braid::redis {
namespace {

struct Letter {
  char letter;
  KeyEvent kind;
};

// In the order in which Redis writes them.
constexpr auto kLetters = std::to_array<Letter>({
    {'g', KeyEvent::kGeneric},
    {'$', KeyEvent::kString},
    {'l', KeyEvent::kList},
    {'s', KeyEvent::kSet},
    {'h', KeyEvent::kHash},
    {'z', KeyEvent::kSortedSet},
    {'x', KeyEvent::kExpired},
    {'e', KeyEvent::kEvicted},
    {'t', KeyEvent::kStream},
    {'d', KeyEvent::kModule},
    {'n', KeyEvent::kNew},
    {'K', KeyEvent::kKeyspace},
    {'E', KeyEvent::kKeyevent},
    {'m', KeyEvent::kMiss},
});

constexpr uint32_t Bit(KeyEvent kind) {
  return static_cast<uint32_t>(kind);
}

// What "A" stands for: every kind of event that a write makes.
constexpr uint32_t kAll = [] {
  uint32_t all = 0;
  for (const Letter& letter : kLetters) all |= Bit(letter.kind);
  return all & ~(Bit(KeyEvent::kNew) | Bit(KeyEvent::kMiss) | Bit(KeyEvent::kKeyspace) |
                 Bit(KeyEvent::kKeyevent));
}();

// The messages that tell of the event, given to `send`; none when nobody asked.
template <typename Send>
void Tell(Service& service, int database, KeyEvent kind, std::string_view event,
          std::string_view key, Send send) {
  service.watches().Touch(database, key);
  const uint32_t events = service.settings().key_events.load(std::memory_order_relaxed);
  if ((events & Bit(kind)) == 0 || service.channels().empty()) return;
  if ((events & Bit(KeyEvent::kKeyspace)) != 0) {
    Message message;
    message.channel = fmt::format("__keyspace@{}__:{}", database, key);
    message.text = event;
    send(std::move(message));
  }
  if ((events & Bit(KeyEvent::kKeyevent)) != 0) {
    Message message;
    message.channel = fmt::format("__keyevent@{}__:{}", database, event);
    message.text = key;
    send(std::move(message));
  }
}

}  // namespace

void Notify(Call& call, KeyEvent kind, std::string_view event, std::string_view key) {
  Notify(call, call.client.database(), kind, event, key);
}

void Notify(Call& call, int database, KeyEvent kind, std::string_view event, std::string_view key) {
  Tell(call.service, database, kind, event, key,
       [&call](Message message) { call.client.Publish(std::move(message)); });
}

void Notify(Service& service, int database, KeyEvent kind, std::string_view event,
            std::string_view key) {
  Tell(service, database, kind, event, key,
       [&service](const Message& message) { service.Deliver(message); });
}

std::optional<uint32_t> ParseKeyEvents(std::string_view letters) {
  uint32_t events = 0;
  for (const char c : letters) {
    if (c == 'A') {
      events |= kAll;
      continue;
    }
    const auto* letter = std::find_if(kLetters.begin(), kLetters.end(),
                                      [c](const Letter& l) { return l.letter == c; });
    if (letter == kLetters.end()) return std::nullopt;
    events |= Bit(letter->kind);
  }
  return events;
}

std::string KeyEventLetters(uint32_t events) {
  std::string letters;
  if ((events & kAll) == kAll) {
    letters += 'A';
    events &= ~kAll;
  }
  for (const Letter& letter : kLetters) {
    if ((events & Bit(letter.kind)) != 0) letters += letter.letter;
  }
  return letters;
}

}  // namespace braid::redis
