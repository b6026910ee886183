// Dead letters: what a group gives up, because it was delivered too often or rejected, is copied to
// another stream with headers that name where it lay (those of Kafka's KIP-1191).
//
// Written after the group has forgotten the record and before that is committed: at the end of a
// process the letter may be there without the other, never the other way round for what a client
// was told. Thread-safe; no stream's lock may be held.
#ifndef BRAID_ENGINE_DEAD_LETTERS_H_
#define BRAID_ENGINE_DEAD_LETTERS_H_

#include <string_view>

#include "engine/catalog.h"
#include "engine/group.h"
#include "engine/stream.h"

namespace braid::engine {

struct DeadLetter {
  std::string_view source;  // the stream's name, as the group's model spells it
  std::string_view group;
  const PendingEntry& entry;
  bool copy = true;  // with the record's key, value and headers
};

// Appends it as a record of `origin` and commits.
absl::Status WriteDeadLetter(Stream& from, const DeadLetter& letter, Stream& to, Origin origin);

// To the topic of that canonical name, made if there is none: what GroupOptions::dead_letter means.
absl::Status SendDeadLetter(Stream& from, const DeadLetter& letter, std::string_view topic,
                            Origin origin);

}  // namespace braid::engine

#endif  // BRAID_ENGINE_DEAD_LETTERS_H_
