// The command table's rows of seeing what the server does: DEBUG, LATENCY, MONITOR, SLOWLOG.
#include <array>

#include "protocol/redis/command_rows.h"
#include "protocol/redis/handlers.h"

namespace braid::redis {
namespace {

constexpr uint32_t kLog = kAdmin | kLoading | kStale;

constexpr auto kRows = std::to_array<Command>({
    {"debug", -2, kServer, Debug, kNone, "server", "1.0.0", "subcommand [arg ...]",
     "For tests of the server; only where enable-debug-command allows it"},
    {"latency", -2, 0, nullptr, kNone, "server", "2.8.13", "", "What took how long"},
    {"latency|doctor", 2, kServer, LatencyDoctor, kNone, "server", "2.8.13", "",
     "What took long, in words"},
    {"latency|graph", 3, kServer, LatencyGraph, kNone, "server", "2.8.13", "event",
     "Refused: LATENCY HISTORY has the samples"},
    {"latency|help", 2, kHelp, Help, kNone, "server", "2.8.13", "", "This text"},
    {"latency|histogram", -2, kServer, LatencyHistogram, kNone, "server", "7.0.0",
     "[command [command ...]]", "How long commands took, each on its own"},
    {"latency|history", 3, kServer, LatencyHistory, kNone, "server", "2.8.13", "event",
     "The worst of every second with such an event"},
    {"latency|latest", 2, kServer, LatencyLatest, kNone, "server", "2.8.13", "",
     "All events, each with its newest sample"},
    {"latency|reset", -2, kServer, LatencyReset, kNone, "server", "2.8.13", "[event [event ...]]",
     "Forgets these events, or all"},
    {"monitor", 1, kServer, Monitor, kNone, "server", "1.0.0", "",
     "Shows every command that runs, from now on"},
    {"slowlog", -2, 0, nullptr, kNone, "server", "2.2.12", "", "Commands that took long"},
    {"slowlog|get", -2, kLog, SlowlogGet, kNone, "server", "2.2.12", "[count]",
     "The newest of them; -1, all"},
    {"slowlog|help", 2, kHelp, Help, kNone, "server", "6.2.0", "", "This text"},
    {"slowlog|len", 2, kLog, SlowlogLen, kNone, "server", "2.2.12", "", "How many there are"},
    {"slowlog|reset", 2, kLog, SlowlogReset, kNone, "server", "2.2.12", "", "Forgets them"},
});

}  // namespace

absl::Span<const Command> DiagnosisRows() {
  return kRows;
}

}  // namespace braid::redis
