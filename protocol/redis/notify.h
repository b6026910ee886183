// Keyspace events: what happened to a key, told to whoever subscribed to
// __keyspace@<db>__:<key> or __keyevent@<db>__:<event> (setting notify-keyspace-events).
#ifndef BRAID_PROTOCOL_REDIS_NOTIFY_H_
#define BRAID_PROTOCOL_REDIS_NOTIFY_H_

#include <cstdint>
#include <string_view>

namespace braid::redis {

struct Call;
class Service;

// The letters of notify-keyspace-events.
enum class KeyEvent : uint32_t {
  kGeneric = 1 << 0,  // g: del, expire, rename_from, ...
  kString = 1 << 1,   // $
  kList = 1 << 2,     // l
  kSet = 1 << 3,      // s
  kStream = 1 << 4,   // t: xadd, xtrim, xgroup-create, ...
  kExpired = 1 << 5,  // x
  kNew = 1 << 6,      // n: a key that was not there
  kHash = 1 << 7,     // h
};

// `event` happened to `key` of the database that the call works in; whoever watches the key has to
// know it, too.
void Notify(Call& call, KeyEvent kind, std::string_view event, std::string_view key);
// The same of any database, also where no client asked for it (expiry).
void Notify(Service& service, int database, KeyEvent kind, std::string_view event,
            std::string_view key);

}  // namespace braid::redis

#endif  // BRAID_PROTOCOL_REDIS_NOTIFY_H_
