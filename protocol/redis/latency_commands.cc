// LATENCY: events that took long, and how long every command takes.
#include <string>
#include <vector>

#include "fmt/format.h"
#include "protocol/redis/handlers.h"

namespace braid::redis {
namespace {

bool HasCalls(const CommandTimes::Counts& counts) {
  for (const int64_t count : counts) {
    if (count > 0) return true;
  }
  return false;
}

void WriteHistogram(Reply& reply, const Command& command, const CommandTimes::Counts& counts) {
  int64_t calls = 0;
  size_t used = 0;
  for (const int64_t count : counts) {
    calls += count;
    used += count > 0 ? 1 : 0;
  }
  reply.Bulk(command.name);
  reply.Map(2);
  reply.Field("calls", calls);
  reply.Bulk("histogram_usec");
  reply.Map(used);
  int64_t so_far = 0;
  for (size_t bucket = 0; bucket < counts.size(); ++bucket) {
    if (counts[bucket] == 0) continue;
    so_far += counts[bucket];
    reply.Integer(CommandTimes::BoundMicros(bucket));
    reply.Integer(so_far);
  }
}

// Those named, containers for all that is in them; without names, all.
std::vector<const Command*> NextCommands(Call& call) {
  std::vector<const Command*> commands;
  if (call.args.empty()) {
    for (const Command& command : Commands()) commands.push_back(&command);
  }
  while (!call.args.empty()) {
    const std::string_view name = call.args.Next();
    const size_t bar = name.find('|');
    const Command* command = FindCommand(name.substr(0, bar));
    if (command == nullptr) continue;
    if (bar != std::string_view::npos) {
      command = FindSubcommand(*command, name.substr(bar + 1));
      if (command != nullptr) commands.push_back(command);
      continue;
    }
    commands.push_back(command);
    for (const Command& subcommand : SubcommandsOf(*command)) commands.push_back(&subcommand);
  }
  return commands;
}

std::string Diagnosis(const std::vector<LatencyEvents::Event>& events, int64_t threshold_ms) {
  if (threshold_ms == 0 && events.empty()) {
    return "Latency is not monitored here: CONFIG SET latency-monitor-threshold <milliseconds> "
           "starts it.";
  }
  if (events.empty()) return "Nothing has taken as long as latency-monitor-threshold so far.";
  std::string report = "What has taken longest:\n";
  for (const LatencyEvents::Event& event : events) {
    int64_t sum_ms = 0;
    for (const LatencyEvents::Sample& sample : event.samples) sum_ms += sample.ms;
    const auto count = static_cast<int64_t>(event.samples.size());
    report += fmt::format("- {}: {} seconds with samples, {} ms on average, {} ms at worst\n",
                          event.name, count, sum_ms / count, event.max_ms);
  }
  report += "SLOWLOG GET shows which commands these were.\n";
  return report;
}

}  // namespace

void LatencyDoctor(Call& call) {
  call.reply.Verbatim(
      Diagnosis(call.service.latency_events().All(), call.service.settings().latency_threshold_ms));
}

void LatencyGraph(Call& call) {
  const std::string_view event = call.args.Next();
  if (call.service.latency_events().Samples(event).empty()) {
    return call.reply.Error(fmt::format("ERR No samples available for event '{:.128}'", event));
  }
  call.reply.Error("ERR this server draws no graphs: LATENCY HISTORY has the samples");
}

void LatencyHistogram(Call& call) {
  const size_t begin = call.reply.BeginArray();
  size_t shown = 0;
  for (const Command* command : NextCommands(call)) {
    const CommandTimes::Counts counts = call.service.times().counts(*command);
    if (!HasCalls(counts)) continue;
    WriteHistogram(call.reply, *command, counts);
    ++shown;
  }
  if (call.reply.version() == 3) return call.reply.EndMap(begin, shown);
  call.reply.EndArray(begin, 2 * shown);
}

void LatencyHistory(Call& call) {
  const std::vector<LatencyEvents::Sample> samples =
      call.service.latency_events().Samples(call.args.Next());
  call.reply.Array(samples.size());
  for (const LatencyEvents::Sample& sample : samples) {
    call.reply.Array(2);
    call.reply.Integer(sample.unix_seconds);
    call.reply.Integer(sample.ms);
  }
}

void LatencyLatest(Call& call) {
  const std::vector<LatencyEvents::Event> events = call.service.latency_events().All();
  call.reply.Array(events.size());
  for (const LatencyEvents::Event& event : events) {
    call.reply.Array(4);
    call.reply.Bulk(event.name);
    call.reply.Integer(event.samples.back().unix_seconds);
    call.reply.Integer(event.samples.back().ms);
    call.reply.Integer(event.max_ms);
  }
}

void LatencyReset(Call& call) {
  LatencyEvents& events = call.service.latency_events();
  if (call.args.empty()) return call.reply.Integer(static_cast<int64_t>(events.ResetAll()));
  int64_t forgotten = 0;
  while (!call.args.empty()) forgotten += events.Reset(call.args.Next()) ? 1 : 0;
  call.reply.Integer(forgotten);
}

}  // namespace braid::redis
