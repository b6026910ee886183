// What a request has named already. Naming a thing costs a client a few bytes, and describing it
// costs the broker thousands: what is named again is not described again.
//
//   Mentions<std::string_view> mentions;
//   for (const std::string_view id : asked->groups) {
//     if (mentions.IsNew(id)) reply.groups.push_back(Describe(id));
//   }
#ifndef BRAID_PROTOCOL_KAFKA_MENTIONS_H_
#define BRAID_PROTOCOL_KAFKA_MENTIONS_H_

#include <utility>

#include "absl/container/flat_hash_set.h"

namespace braid::kafka {

template <class T>
class Mentions {
 public:
  // Notes it. False when it was noted before.
  bool IsNew(T thing) { return seen_.insert(std::move(thing)).second; }

 private:
  absl::flat_hash_set<T> seen_;
};

}  // namespace braid::kafka

#endif  // BRAID_PROTOCOL_KAFKA_MENTIONS_H_
