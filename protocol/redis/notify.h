// Keyspace events: what happened to a key, told to whoever subscribed to
// __keyspace@<db>__:<key> or __keyevent@<db>__:<event> (setting notify-keyspace-events).
#ifndef BRAID_PROTOCOL_REDIS_NOTIFY_H_
#define BRAID_PROTOCOL_REDIS_NOTIFY_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace braid::redis {

struct Call;
class Service;

// The letters of notify-keyspace-events.
enum class KeyEvent : uint32_t {
  kGeneric = 1 << 0,    // g: del, expire, rename_from, ...
  kString = 1 << 1,     // $
  kList = 1 << 2,       // l
  kSet = 1 << 3,        // s
  kStream = 1 << 4,     // t: xadd, xtrim, xgroup-create, ...
  kExpired = 1 << 5,    // x
  kNew = 1 << 6,        // n: a key that was not there
  kHash = 1 << 7,       // h
  kSortedSet = 1 << 8,  // z
  kEvicted = 1 << 9,    // e
  kModule = 1 << 10,    // d
  kMiss = 1 << 11,      // m: a key that was looked for and is not there
  kKeyspace = 1 << 12,  // K: not a kind of event but one of the two ways to be told of it
  kKeyevent = 1 << 13,  // E: the other
};

// `event` happened to `key` of the database that the call works in: whoever watches the key knows
// it now, and whoever listens is told when the call's writes are committed. Costs two relaxed loads
// while nobody does either.
void Notify(Call& call, KeyEvent kind, std::string_view event, std::string_view key);
// The same of another database.
void Notify(Call& call, int database, KeyEvent kind, std::string_view event, std::string_view key);
// The same where no client's command is the cause (expiry): told at once.
void Notify(Service& service, int database, KeyEvent kind, std::string_view event,
            std::string_view key);

// The setting's letters as KeyEvent bits, "A" standing for all kinds but n and m; nullopt when
// there is one that means nothing.
std::optional<uint32_t> ParseKeyEvents(std::string_view letters);
// The bits as letters again, in Redis's order.
std::string KeyEventLetters(uint32_t events);

}  // namespace braid::redis

#endif  // BRAID_PROTOCOL_REDIS_NOTIFY_H_
