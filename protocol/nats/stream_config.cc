#include "protocol/nats/stream_config.h"

#include <algorithm>
#include <utility>

#include "engine/subjects.h"
#include "engine/views.h"
#include "protocol/nats/errors.h"

namespace braid::nats {
namespace {

constexpr EnumName<Retention> kRetentions[] = {{Retention::kLimits, "limits"},
                                               {Retention::kInterest, "interest"},
                                               {Retention::kWorkQueue, "workqueue"}};
constexpr EnumName<Storage> kStorages[] = {{Storage::kFile, "file"}, {Storage::kMemory, "memory"}};
constexpr EnumName<DiscardPolicy> kDiscards[] = {{DiscardPolicy::kOld, "old"},
                                                 {DiscardPolicy::kNew, "new"}};

constexpr absl::Duration kDefaultDuplicateWindow = absl::Minutes(2);
constexpr absl::Duration kShortest = absl::Milliseconds(100);
constexpr size_t kMaxName = 255;
constexpr size_t kMaxDescription = 4096;
constexpr size_t kMaxMetadata = size_t{128} << 10;
constexpr int64_t kMaxReplicas = 5;
constexpr int64_t kMaxSubject = 4096;

absl::Status Invalid(std::string_view why) {
  return MakeApiError(ApiErrc::kStreamInvalidConfig, why);
}

void NoneBelowOne(int64_t* limit) {
  if (*limit <= 0) *limit = -1;
}

absl::Status CheckTexts(const StreamConfig& config) {
  if (config.name.empty()) return Invalid("stream name is required");
  if (config.name.find_first_of("/\\") != std::string::npos) {
    return MakeApiError(ApiErrc::kStreamNameSeparators);
  }
  if (!IsValidAssetName(config.name)) {
    return Invalid("invalid stream name: can not contain '.', '*', '>' or white space");
  }
  if (config.name.size() > kMaxName) {
    return Invalid("stream name is too long, maximum allowed is 255");
  }
  if (config.description.size() > kMaxDescription) {
    return Invalid("stream description is too long, maximum allowed is 4096");
  }
  size_t metadata = 0;
  for (const auto& [key, value] : config.metadata) metadata += key.size() + value.size();
  if (metadata > kMaxMetadata)
    return Invalid("stream metadata exceeds maximum size of 131072 bytes");
  return absl::OkStatus();
}

absl::Status CheckSubjects(const StreamConfig& config) {
  for (auto it = config.subjects.begin(); it != config.subjects.end(); ++it) {
    if (!engine::IsValidSubject(*it)) return Invalid("invalid subject");
    for (auto other = config.subjects.begin(); other != it; ++other) {
      if (*other == *it) return Invalid("duplicate subjects detected");
      if (engine::Overlaps(*other, *it)) {
        return Invalid(fmt::format("subject \"{}\" overlaps with \"{}\"", *it, *other));
      }
    }
    if (*it == ">" && !config.no_ack) {
      return Invalid("capturing all subjects requires no-ack to be true");
    }
    for (const std::string_view reserved : {"$JS.>", "$SYS.>"}) {
      if (engine::Overlaps(*it, reserved) && !config.no_ack) {
        return Invalid("subjects that overlap with jetstream api require no-ack to be true");
      }
    }
  }
  return absl::OkStatus();
}

absl::Status CheckPolicies(const StreamConfig& config) {
  if (config.retention != Retention::kLimits) {
    return Invalid("only limits retention is supported");
  }
  if (config.num_replicas > kMaxReplicas) return Invalid("maximum replicas is 5");
  if (config.num_replicas < 0) return Invalid("replicas count cannot be negative");
  if (config.num_replicas > 1) return MakeApiError(ApiErrc::kReplicas);
  if (config.sealed) return Invalid("a stream can not be created sealed");
  if (config.allow_rollup_hdrs && config.deny_purge) {
    return Invalid("roll-ups require the purge permission");
  }
  if (config.mirror_direct && !config.allow_direct) {
    // Clients set both for a key-value bucket; alone it speaks of a mirror.
    return Invalid("stream has no mirror but does have mirror direct");
  }
  return absl::OkStatus();
}

absl::Status CheckTimes(const StreamConfig& config) {
  if (config.max_age < absl::ZeroDuration() ||
      (config.max_age > absl::ZeroDuration() && config.max_age < kShortest)) {
    return Invalid("max age needs to be >= 100ms");
  }
  if (config.duplicate_window < absl::ZeroDuration()) {
    return Invalid("duplicates window can not be negative");
  }
  if (config.duplicate_window < kShortest) return Invalid("duplicates window needs to be >= 100ms");
  if (config.max_age > absl::ZeroDuration() && config.duplicate_window > config.max_age) {
    return Invalid("duplicates window can not be larger then max age");
  }
  return absl::OkStatus();
}

}  // namespace

absl::Span<const EnumName<Retention>> EnumNames(Retention) {
  return kRetentions;
}
absl::Span<const EnumName<Storage>> EnumNames(Storage) {
  return kStorages;
}
absl::Span<const EnumName<DiscardPolicy>> EnumNames(DiscardPolicy) {
  return kDiscards;
}

bool IsValidAssetName(std::string_view name) {
  return !name.empty() && std::none_of(name.begin(), name.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte <= 0x20 || byte == 0x7F || c == '.' || c == '*' || c == '>' || c == '/' ||
           c == '\\';
  });
}

absl::StatusOr<StreamConfig> Complete(StreamConfig config) {
  if (config.subjects.empty()) config.subjects = {config.name};
  for (int64_t* limit : {&config.max_consumers, &config.max_msgs, &config.max_bytes,
                         &config.max_msgs_per_subject, &config.max_msg_size}) {
    NoneBelowOne(limit);
  }
  if (config.num_replicas == 0) config.num_replicas = 1;
  if (config.duplicate_window == absl::ZeroDuration()) {
    config.duplicate_window = kDefaultDuplicateWindow;
    if (config.max_age > absl::ZeroDuration()) {
      config.duplicate_window = std::min(config.duplicate_window, config.max_age);
    }
  }
  if (absl::Status s = CompletePublishing(config, /*pedantic=*/false); !s.ok()) return s;
  using Check = absl::Status (*)(const StreamConfig&);
  for (const Check check : {&CheckTexts, &CheckSubjects, &CheckPolicies, &CheckTimes}) {
    if (absl::Status status = check(config); !status.ok()) return status;
  }
  return config;
}

absl::Status CheckUpdate(const StreamConfig& current, const StreamConfig& update) {
  if (update.storage != current.storage) {
    return Invalid("stream configuration update can not change storage type");
  }
  if (update.max_consumers != current.max_consumers) {
    return Invalid("stream configuration update can not change MaxConsumers");
  }
  if (current.deny_delete && !update.deny_delete) {
    return Invalid("stream configuration update can not cancel deny message deletes");
  }
  if (current.deny_purge && !update.deny_purge) {
    return Invalid("stream configuration update can not cancel deny purge");
  }
  return CheckPublishingUpdate(current, update);
}

StreamOptions ToStreamOptions(const StreamConfig& config) {
  StreamOptions options;
  options.owner = Origin::kNats;
  options.subjects = config.subjects;
  options.max_age = config.max_age;
  options.max_bytes = config.max_bytes;
  options.max_records = config.max_msgs;
  options.max_records_per_key = config.max_msgs_per_subject;
  // The exact limit does not count the subject and is checked where messages are published; this
  // one holds for the other models.
  if (config.max_msg_size > 0) options.max_record_bytes = config.max_msg_size + kMaxSubject;
  options.discard = config.discard == DiscardPolicy::kNew ? Discard::kNew : Discard::kOld;
  options.dedup_window = config.duplicate_window;
  AddPublishingOptions(config, options);
  options.extra = WriteJson(config);
  return options;
}

StreamConfig ConfigOf(const engine::StreamIdentity& identity, const StreamOptions& options) {
  StreamConfig config;
  if (options.owner == Origin::kNats) {
    JsonFaults faults;
    ReadJson(options.extra, Strict::kNo, &config, &faults);
    if (faults.invalid.empty() && !config.name.empty()) return config;
  }
  config.name = engine::JetStreamNameOf(identity);
  config.subjects =
      options.subjects.empty() ? engine::ImplicitSubjects(identity) : options.subjects;
  config.max_msgs = options.max_records;
  config.max_bytes = options.max_bytes;
  config.max_age = options.max_age;
  config.max_msgs_per_subject = options.max_records_per_key;
  config.max_msg_size = options.max_record_bytes;
  config.discard = options.discard == Discard::kNew ? DiscardPolicy::kNew : DiscardPolicy::kOld;
  config.duplicate_window = options.dedup_window;
  config.allow_direct = true;
  return config;
}

}  // namespace braid::nats
