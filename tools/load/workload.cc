#include "tools/load/workload.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

#include "absl/time/clock.h"
#include "braid/error.h"
#include "tools/load/text.h"

namespace braid::load {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(10);
// Long enough for a request to reach the broker and be parked there.
constexpr absl::Duration kSettle = absl::Microseconds(200);

// A record whose first 20 bytes are its number; the rest is text that is not all alike.
std::string MakeValue(int64_t number, int64_t size_bytes) {
  std::string value = Text(number);
  value.insert(0, 20 - value.size(), '0');
  for (int64_t part = number; static_cast<int64_t>(value.size()) < size_bytes; ++part) {
    AppendText(value, ",\"field", part % 10, "\":", part * 7919 % 100'003);
  }
  value.resize(static_cast<size_t>(size_bytes));
  return value;
}

std::vector<std::string> MakeValues(int64_t begin, int64_t end, int64_t size_bytes) {
  std::vector<std::string> values;
  values.reserve(static_cast<size_t>(end - begin));
  for (int64_t i = begin; i < end; ++i) values.push_back(MakeValue(i, size_bytes));
  return values;
}

std::string NumberOf(const Message& message) {
  return message.value.substr(0, 20);
}

double PerSecond(int64_t records, absl::Duration took) {
  return static_cast<double>(records) / std::max(1e-9, absl::ToDoubleSeconds(took));
}

Latency Summarize(std::vector<absl::Duration> samples) {
  if (samples.empty()) return {};
  std::sort(samples.begin(), samples.end());
  const auto at = [&](size_t percent) {
    return absl::ToDoubleMicroseconds(samples[(samples.size() - 1) * percent / 100]);
  };
  return {.p50_us = at(50), .p99_us = at(99), .samples = static_cast<int64_t>(samples.size())};
}

absl::Status Short(std::string_view what, int64_t got, int64_t wanted) {
  return MakeError(Errc::kIo, Text(what, ": ", got, " of ", wanted, " records came"));
}

// Keeps kUnackedSends in flight; everything is acknowledged on return.
absl::Status Publish(Client& client, absl::Span<const std::string> values) {
  std::vector<int64_t> sends;
  size_t acked = 0;
  while (!values.empty()) {
    const auto chunk = values.subspan(0, static_cast<size_t>(kSendRecords));
    values.remove_prefix(chunk.size());
    if (absl::Status s = client.Send(chunk); !s.ok()) return s;
    sends.push_back(static_cast<int64_t>(chunk.size()));
    if (static_cast<int64_t>(sends.size() - acked) < kUnackedSends) continue;
    if (absl::Status s = client.TakeAcks(sends[acked++]); !s.ok()) return s;
  }
  for (; acked < sends.size(); ++acked) {
    if (absl::Status s = client.TakeAcks(sends[acked]); !s.ok()) return s;
  }
  return absl::OkStatus();
}

// Reads until nothing is left, acknowledging every fetch; returns how many came.
absl::StatusOr<int64_t> Drain(Client& client) {
  int64_t total = 0;
  while (true) {
    auto messages = client.Fetch(kSendRecords, absl::ZeroDuration());
    if (!messages.ok()) return messages.status();
    if (messages->empty()) return total;
    total += static_cast<int64_t>(messages->size());
    if (absl::Status s = client.Ack(*messages); !s.ok()) return s;
  }
}

// One run over one target; each part works on a stream of its own.
class Run {
 public:
  Run(const Target& target, const WorkloadOptions& options) : target_(target), options_(options) {}

  absl::StatusOr<Figures> All() {
    for (const auto part : {&Run::Warm, &Run::Throughput, &Run::AckLatency, &Run::EndToEnd,
                            &Run::Crash, &Run::Trim}) {
      if (absl::Status s = (this->*part)(); !s.ok()) return s;
    }
    return figures_;
  }

 private:
  absl::StatusOr<std::unique_ptr<Client>> NewStream(std::string_view name) {
    auto client = target_.connect();
    if (!client.ok()) return client;
    if (absl::Status s = (*client)->CreateStream(options_.stream_prefix + std::string(name));
        !s.ok())
      return s;
    return client;
  }

  absl::StatusOr<std::unique_ptr<Client>> OnStream(std::string_view name) {
    auto client = target_.connect();
    if (client.ok()) (*client)->UseStream(options_.stream_prefix + std::string(name));
    return client;
  }

  // First touches of memory and code belong to no figure.
  absl::Status Warm() {
    auto client = NewStream("warm");
    if (!client.ok()) return client.status();
    if (absl::Status s = Publish(**client, MakeValues(0, 1000, options_.size_bytes)); !s.ok()) {
      return s;
    }
    if (absl::Status s = (*client)->CreateGroup("warm", kPatience); !s.ok()) return s;
    return Drain(**client).status();
  }

  absl::Status Throughput() {
    const std::vector<std::string> values = MakeValues(0, options_.records, options_.size_bytes);
    auto client = NewStream("throughput");
    if (!client.ok()) return client.status();
    const absl::Time published_from = absl::Now();
    if (absl::Status s = Publish(**client, values); !s.ok()) return s;
    figures_.publish_per_s = PerSecond(options_.records, absl::Now() - published_from);

    auto bytes = target_.disk_bytes(options_.stream_prefix + "throughput");
    if (!bytes.ok()) return bytes.status();
    figures_.disk_bytes_per_record =
        static_cast<double>(*bytes) / static_cast<double>(options_.records);

    if (absl::Status s = (*client)->CreateGroup("readers", kPatience); !s.ok()) return s;
    const absl::Time read_from = absl::Now();
    auto read = Drain(**client);
    if (!read.ok()) return read.status();
    figures_.consume_per_s = PerSecond(*read, absl::Now() - read_from);
    if (*read != options_.records) return Short("consuming", *read, options_.records);
    return absl::OkStatus();
  }

  absl::Status AckLatency() {
    auto client = NewStream("latency");
    if (!client.ok()) return client.status();
    std::vector<absl::Duration> samples;
    for (int64_t i = 0; i < std::min(options_.records, kAckSamples); ++i) {
      const std::vector<std::string> one = {MakeValue(i, options_.size_bytes)};
      const absl::Time from = absl::Now();
      if (absl::Status s = (*client)->Send(one); !s.ok()) return s;
      if (absl::Status s = (*client)->TakeAcks(1); !s.ok()) return s;
      samples.push_back(absl::Now() - from);
    }
    figures_.ack = Summarize(std::move(samples));
    return absl::OkStatus();
  }

  absl::Status EndToEnd() {
    auto publisher = NewStream("delivery");
    if (!publisher.ok()) return publisher.status();
    auto reader = OnStream("delivery");
    if (!reader.ok()) return reader.status();
    // Some models have no stream before its first record.
    if (absl::Status s = Publish(**publisher, {{MakeValue(0, options_.size_bytes)}}); !s.ok()) {
      return s;
    }
    if (absl::Status s = (*reader)->CreateGroup("readers", kPatience); !s.ok()) return s;
    if (auto first = Drain(**reader); !first.ok()) return first.status();
    std::vector<absl::Duration> samples;
    for (int64_t i = 1; i <= std::min(options_.records, kDeliverySamples); ++i) {
      const std::vector<std::string> one = {MakeValue(i, options_.size_bytes)};
      if (absl::Status s = (*reader)->Ask(1, kPatience); !s.ok()) return s;
      absl::SleepFor(kSettle);
      const absl::Time from = absl::Now();
      if (absl::Status s = (*publisher)->Send(one); !s.ok()) return s;
      auto messages = (*reader)->Take();
      const absl::Duration took = absl::Now() - from;
      if (!messages.ok()) return messages.status();
      if (messages->size() != 1 || messages->front().value != one.front()) {
        return Short("end to end", static_cast<int64_t>(messages->size()), 1);
      }
      samples.push_back(took);
      if (absl::Status s = (*publisher)->TakeAcks(1); !s.ok()) return s;
      if (absl::Status s = (*reader)->Ack(*messages); !s.ok()) return s;
    }
    figures_.end_to_end = Summarize(std::move(samples));
    return absl::OkStatus();
  }

  // A reader takes everything, acknowledges half and dies; a second one of its group takes over.
  absl::Status Crash() {
    const int64_t count = std::min(options_.records, kCrashRecords);
    auto publisher = NewStream("crash");
    if (!publisher.ok()) return publisher.status();
    const std::vector<std::string> values = MakeValues(0, count, options_.size_bytes);
    if (absl::Status s = Publish(**publisher, values); !s.ok()) return s;
    std::set<std::string> seen;
    {
      auto dying = OnStream("crash");
      if (!dying.ok()) return dying.status();
      if (absl::Status s = (*dying)->CreateGroup("readers", kCrashAckWait); !s.ok()) return s;
      std::vector<Message> taken;
      while (static_cast<int64_t>(taken.size()) < count) {
        auto more =
            (*dying)->Fetch(count - static_cast<int64_t>(taken.size()), absl::ZeroDuration());
        if (!more.ok()) return more.status();
        if (more->empty()) return Short("crash", static_cast<int64_t>(taken.size()), count);
        std::move(more->begin(), more->end(), std::back_inserter(taken));
      }
      for (const Message& message : taken) seen.insert(NumberOf(message));
      figures_.crash_read = static_cast<int64_t>(taken.size());
      figures_.crash_acked = count / 2;
      const auto half = absl::MakeConstSpan(taken).first(static_cast<size_t>(count / 2));
      if (absl::Status s = (*dying)->Ack(half); !s.ok()) return s;
    }  // its connection closes here
    auto second = OnStream("crash");
    if (!second.ok()) return second.status();
    if (absl::Status s = (*second)->JoinGroup("readers"); !s.ok()) return s;
    auto again = (*second)->TakeOver(count);
    if (!again.ok()) return again.status();
    for (const Message& message : *again) {
      if (!seen.insert(NumberOf(message)).second) ++figures_.crash_duplicates;
    }
    figures_.crash_missing = count - static_cast<int64_t>(seen.size());
    return absl::OkStatus();
  }

  absl::Status Trim() {
    auto client = NewStream("trim");
    if (!client.ok()) return client.status();
    const std::vector<std::string> values = MakeValues(0, options_.records, options_.size_bytes);
    if (absl::Status s = Publish(**client, values); !s.ok()) return s;
    figures_.trim_published = options_.records;
    figures_.trim_kept = options_.records / 2;
    if (absl::Status s = (*client)->Trim(figures_.trim_kept); !s.ok()) return s;
    auto late = OnStream("trim");
    if (!late.ok()) return late.status();
    if (absl::Status s = (*late)->CreateGroup("late", kPatience); !s.ok()) return s;
    auto read = Drain(**late);
    if (!read.ok()) return read.status();
    figures_.late_reader_reads = *read;
    return absl::OkStatus();
  }

  const Target& target_;
  const WorkloadOptions options_;
  Figures figures_;
};

}  // namespace

absl::StatusOr<Figures> Measure(const Target& target, const WorkloadOptions& options) {
  return Run(target, options).All();
}

}  // namespace braid::load
