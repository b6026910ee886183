// What is noted of a client's commands, for others to see: MONITOR, the slow log, LATENCY; and when
// CLIENT PAUSE holds them back.
#include <algorithm>
#include <chrono>
#include <utility>

#include "protocol/redis/client.h"
#include "protocol/redis/handlers.h"
#include "protocol/redis/shown_args.h"

namespace braid::redis {

bool Client::IsPaused(absl::Span<const std::string_view> argv) const {
  const Pause::Scope scope = service_.pause().At(service_.catalog().Now());
  if (scope == Pause::Scope::kNothing || monitoring_) return false;
  // What will be refused is not held back.
  const Command* command = FindCommand(argv.front());
  if (command != nullptr && argv.size() > 1 && !SubcommandsOf(*command).empty()) {
    command = FindSubcommand(*command, argv[1]);
  }
  if (command == nullptr || !service_.Knows(*command) || !command->Takes(argv.size())) return false;
  if (!authenticated_ && (command->flags & kNoAuth) == 0) return false;
  if (in_subscriber_mode() && (command->flags & kWhileSubscribed) == 0) return false;
  if (scope == Pause::Scope::kEverything) return true;
  const auto writes = [](const Command& c) { return (c.flags & (kWrite | kMayReplicate)) != 0; };
  return writes(*command) ||
         (command->handler == Exec &&
          std::any_of(transaction_.queued.begin(), transaction_.queued.end(),
                      [&](const Transaction::Queued& queued) { return writes(*queued.command); }));
}

void Client::StartMonitoring() {
  if (std::exchange(monitoring_, true)) return;
  BeginListening();
  handle_->monitoring = true;
  service_.monitors().Add(handle_);
}

void Client::StopMonitoring() {
  if (!std::exchange(monitoring_, false)) return;
  service_.monitors().Remove(*handle_);
  handle_->monitoring = false;
  TakeMessages();  // what it has seen so far comes before the reply that ends it
}

void Client::ShowToMonitors(const Command& command, absl::Span<const std::string_view> argv) {
  if ((command.flags & kAdmin) != 0) return;
  service_.Show(MonitorLine(service_.catalog().Now(), database_, handle_->address(),
                            ShownArgs(command, argv)));
}

void Client::NoteTime(const Command& command, absl::Span<const std::string_view> argv) {
  const auto now = std::chrono::steady_clock::now();
  const int64_t nanoseconds =
      std::chrono::duration_cast<std::chrono::nanoseconds>(now - std::exchange(lap_, now)).count();
  if (command.handler == Exec) return;  // its commands were timed one by one
  const Settings& settings = service_.settings();
  if (settings.latency_tracking.load(std::memory_order_relaxed)) {
    if (counted_ == &command) {
      count_times_.Count(nanoseconds);
    } else {  // it ran others
      CommandTimes::Batch alone;
      alone.Count(nanoseconds);
      service_.times().Add(command, alone);
    }
  }
  const int64_t slower_than = settings.slowlog_slower_than.load(std::memory_order_relaxed);
  const int64_t micros = nanoseconds / 1000;
  if (slower_than >= 0 && micros >= slower_than) NoteSlow(command, argv, micros);
  const int64_t threshold_ms = settings.latency_threshold_ms.load(std::memory_order_relaxed);
  if (threshold_ms > 0 && micros / 1000 >= threshold_ms) {
    service_.latency_events().Add(
        (command.flags & kFast) != 0 ? "fast-command" : "command",
        {.unix_seconds = service_.catalog().NowMs() / 1000, .ms = micros / 1000});
  }
}

void Client::NoteSlow(const Command& command, absl::Span<const std::string_view> argv,
                      int64_t micros) {
  service_.slow_log().Add({.unix_seconds = service_.catalog().NowMs() / 1000,
                           .micros = micros,
                           .args = CutArgs(ShownArgs(command, argv)),
                           .address = handle_->address(),
                           .name = handle_->name()},
                          service_.settings().slowlog_max_len);
}

}  // namespace braid::redis
