#include "protocol/redis/notify.h"

#include <algorithm>
#include <array>

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

}  // namespace

void Notify(Call& call, KeyEvent kind, std::string_view event, std::string_view key) {
  const uint32_t events = call.service.settings().key_events.load(std::memory_order_relaxed);
  if ((events & Bit(kind)) == 0 || call.service.channels().empty()) return;
  constexpr int kDatabase = 0;  // the one there is
  if ((events & Bit(KeyEvent::kKeyspace)) != 0) {
    call.client.Publish(
        {.channel = fmt::format("__keyspace@{}__:{}", kDatabase, key), .text = std::string(event)});
  }
  if ((events & Bit(KeyEvent::kKeyevent)) != 0) {
    call.client.Publish(
        {.channel = fmt::format("__keyevent@{}__:{}", kDatabase, event), .text = std::string(key)});
  }
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
