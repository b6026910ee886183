// Keys of the journal: one letter for the kind, then fixed fields. docs/format.md, "Journal
// entries".
#ifndef BRAID_ENGINE_KEYS_H_
#define BRAID_ENGINE_KEYS_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/encoding.h"

namespace braid::engine::keys {

// Kind letters. Values: engine/definitions.h and the owner of each.
inline constexpr char kCluster = 'A';      // cluster id
inline constexpr char kIds = 'U';          // next object id, next public id
inline constexpr char kSetting = 'X';      // name
inline constexpr char kTopic = 'T';        // canonical name
inline constexpr char kStart = 'S';        // stream id: first offset after an explicit trim
inline constexpr char kDeletedSet = 'D';   // stream id: all deleted offsets
inline constexpr char kDeleted = 'd';      // stream id: some more deleted offsets
inline constexpr char kEntryIds = 'I';     // stream id: last ID, entries added, max deleted ID, end
inline constexpr char kIdFloor = 'F';      // stream id, offset
inline constexpr char kCompaction = 'K';   // stream id: how far compaction has come
inline constexpr char kProducers = 'P';    // stream id: producers as of an offset
inline constexpr char kTransaction = 'Y';  // transactional id
inline constexpr char kIdempotence = 'Q';  // stream id: window of idempotent IDs, counts
inline constexpr char kNamedEntry = 'q';   // stream id, producer ID, idempotent ID
inline constexpr char kScheduled = 'H';    // stream id, offset of a schedule: when it is due
inline constexpr char kGroup = 'G';        // group id
inline constexpr char kCursor = 'C';       // group id
inline constexpr char kConsumer = 'N';     // group id, consumer number
inline constexpr char kPending = 'L';      // group id, offset
inline constexpr char kDelivered = 'l';    // group id: deliveries of one fetch
inline constexpr char kSettled = 'a';      // group id: deliveries that are no longer outstanding
inline constexpr char kSection = 'M';      // number of an atomic section, key of one of its entries
inline constexpr char kAppended = 'R';     // stream id, offset: in sections only

inline std::string Of(char kind) {
  return std::string(1, kind);
}
inline std::string Of(char kind, std::string_view name) {
  std::string key(1, kind);
  key.append(name);
  return key;
}
inline std::string Of(char kind, uint64_t id) {
  return Of(kind) + Encoder().U64(id).Take();
}
inline std::string Of(char kind, uint64_t id, uint64_t part) {
  return Of(kind) + Encoder().U64(id).U64(part).Take();
}

}  // namespace braid::engine::keys

#endif  // BRAID_ENGINE_KEYS_H_
