// A command: its name, shape and handler. All of them stand in one table (command_table.cc), from
// which dispatch, COMMAND and the HELP texts are made.
#ifndef BRAID_PROTOCOL_REDIS_COMMAND_H_
#define BRAID_PROTOCOL_REDIS_COMMAND_H_

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "absl/types/span.h"

namespace braid::redis {

struct Call;
using Handler = void (*)(Call&);

// What COMMAND INFO calls a command's flags; some of them dispatch obeys.
enum CommandFlag : uint32_t {
  kWrite = 1 << 0,
  kReadOnly = 1 << 1,
  kDenyOom = 1 << 2,
  kAdmin = 1 << 3,
  kNoScript = 1 << 4,
  kBlocking = 1 << 5,  // may wait: inside MULTI it does not
  kLoading = 1 << 6,
  kStale = 1 << 7,
  kFast = 1 << 8,
  kNoAuth = 1 << 9,    // allowed before the password was given
  kNoMulti = 1 << 10,  // refused between MULTI and EXEC
  kMovableKeys = 1 << 11,
  kControl = 1 << 12,  // never queued by MULTI: it ends or watches the transaction, or the client
  kPubSub = 1 << 13,
  kMayReplicate = 1 << 14,     // no write, and yet held back while writes are paused
  kWhileSubscribed = 1 << 15,  // allowed in the subscriber mode of RESP2
};

// Where a command's keys are among its arguments (the name is argument 0). first 0: it has none.
struct KeyRange {
  int first = 0;
  int last = 0;  // negative: counted from the end
  int step = 0;
};

struct Command {
  std::string_view name;  // lower case; a subcommand is "container|name"
  int arity;              // arguments with the name; negative: at least so many
  uint32_t flags;
  Handler handler;  // null: a container, which always needs a subcommand
  KeyRange keys;
  std::string_view group;
  std::string_view since;  // the Redis release it came with
  std::string_view syntax;
  std::string_view summary;

  bool Takes(size_t args) const {
    return arity < 0 ? args >= static_cast<size_t>(-arity) : args == static_cast<size_t>(arity);
  }
  // "create" of "xgroup|create"; "" of a command that is no subcommand.
  std::string_view subcommand() const {
    const size_t bar = name.find('|');
    return bar == std::string_view::npos ? std::string_view() : name.substr(bar + 1);
  }
};

// The rows of command_table.cc's companions.
absl::Span<const Command> AdminRows();
absl::Span<const Command> ClusterRows();
absl::Span<const Command> DiagnosisRows();
absl::Span<const Command> PubsubRows();

// All commands, subcommands right behind their container.
absl::Span<const Command> Commands();
// Its row in Commands().
size_t IndexOf(const Command& command);
// nullptr when there is none. Any case.
const Command* FindCommand(std::string_view name);
const Command* FindSubcommand(const Command& container, std::string_view name);
absl::Span<const Command> SubcommandsOf(const Command& container);

// The positions in `argv` of the keys of a call that the command Takes().
std::vector<size_t> KeyPositions(const Command& command, absl::Span<const std::string_view> argv);

}  // namespace braid::redis

#endif  // BRAID_PROTOCOL_REDIS_COMMAND_H_
