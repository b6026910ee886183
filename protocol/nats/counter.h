// Counters: streams whose subjects are numbers of any size, and whose messages add to them.
//
// The newest message of a subject has the number in its body, {"val":"12"}; a message published
// with Nats-Incr: +3 and no body becomes {"val":"15"}. A counter that takes over others from
// sources remembers in Nats-Counter-Sources what it has seen of each: {"<stream>":{"<subject>":
// "<number>"}}, so that what is lost on the way is made up for by the next message.
//
// Sources: ADR-49 of NATS. Pure.
#ifndef BRAID_PROTOCOL_NATS_COUNTER_H_
#define BRAID_PROTOCOL_NATS_COUNTER_H_

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "braid/record.h"

namespace braid::nats {

inline constexpr std::string_view kIncrementHeader = "Nats-Incr";
inline constexpr std::string_view kCounterSourcesHeader = "Nats-Counter-Sources";

// Decimal digits, behind a sign if need be.
bool IsCount(std::string_view text);

class Counter {
 public:
  Counter() = default;  // zero, without sources
  // What the newest message of a subject says: kCounterBroken when it says no such thing.
  static absl::StatusOr<Counter> Of(const RecordView& newest);

  // Requires IsCount(increment).
  void Add(std::string_view increment);
  // A message of `subject` in `stream` has come, which says that the number is `body` there.
  // Returns what this counter went up by: the increment that the message is stored with.
  // kCounterBroken.
  absl::StatusOr<std::string> Take(std::string_view stream, std::string_view subject,
                                   std::string_view body);

  const std::string& value() const { return total_; }
  std::string body() const;     // {"val":"15"}
  std::string sources() const;  // empty: none

 private:
  std::string total_ = "0";  // in decimal
  std::map<std::string, std::map<std::string, std::string>> sources_;
};

}  // namespace braid::nats

#endif  // BRAID_PROTOCOL_NATS_COUNTER_H_
