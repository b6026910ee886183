// The configuration of a JetStream stream: its JSON, its defaults and rules, and the engine options
// it becomes.
#ifndef BRAID_PROTOCOL_NATS_STREAM_CONFIG_H_
#define BRAID_PROTOCOL_NATS_STREAM_CONFIG_H_

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "braid/options.h"
#include "engine/stream.h"
#include "protocol/nats/json.h"
#include "protocol/nats/publish_config.h"

namespace braid::nats {

enum class Retention : uint8_t { kLimits, kInterest, kWorkQueue };
enum class Storage : uint8_t { kFile, kMemory };
enum class DiscardPolicy : uint8_t { kOld, kNew };

absl::Span<const EnumName<Retention>> EnumNames(Retention);
absl::Span<const EnumName<Storage>> EnumNames(Storage);
absl::Span<const EnumName<DiscardPolicy>> EnumNames(DiscardPolicy);

struct StreamConfig : PublishConfig {
  std::string name;
  std::string description;            // at most 4 KiB
  std::vector<std::string> subjects;  // default: the name
  Retention retention = Retention::kLimits;
  int64_t max_consumers = -1;
  int64_t max_msgs = -1;
  int64_t max_bytes = -1;
  absl::Duration max_age = absl::ZeroDuration();  // zero: none; else at least 100 ms
  int64_t max_msgs_per_subject = -1;
  int64_t max_msg_size = -1;  // headers and payload
  DiscardPolicy discard = DiscardPolicy::kOld;
  // What the engine stores is the same in both; a memory stream of a broker with a data directory
  // survives a restart.
  Storage storage = Storage::kFile;
  int64_t num_replicas = 1;
  bool no_ack = false;
  absl::Duration duplicate_window = absl::ZeroDuration();  // zero: two minutes, or max_age if less
  bool sealed = false;
  bool deny_delete = false;
  bool deny_purge = false;
  bool allow_rollup_hdrs = false;
  bool allow_direct = false;
  bool mirror_direct = false;
  std::map<std::string, std::string> metadata;

  friend bool operator==(const StreamConfig&, const StreamConfig&) = default;

  template <class V, class Self>
  static void Visit(V& v, Self& m) {
    v("name", m.name);
    v("description", m.description, Show::kIfSet);
    v("subjects", m.subjects, Show::kIfSet);
    v("retention", m.retention);
    v("max_consumers", m.max_consumers);
    v("max_msgs", m.max_msgs);
    v("max_bytes", m.max_bytes);
    v("max_age", m.max_age);
    v("max_msgs_per_subject", m.max_msgs_per_subject);
    v("max_msg_size", m.max_msg_size);
    v("discard", m.discard);
    v("storage", m.storage);
    v("num_replicas", m.num_replicas);
    v("no_ack", m.no_ack, Show::kIfSet);
    v("duplicate_window", m.duplicate_window);
    v("sealed", m.sealed);
    v("deny_delete", m.deny_delete);
    v("deny_purge", m.deny_purge);
    v("allow_rollup_hdrs", m.allow_rollup_hdrs);
    v("allow_direct", m.allow_direct);
    v("mirror_direct", m.mirror_direct);
    v("metadata", m.metadata, Show::kIfSet);
    // Placement means something in a cluster only.
    v.Ignored("placement");
    v.Ignored("template_owner");
    v.OnlyDefault("discard_new_per_subject", {"false"});
    v.OnlyDefault("compression", {"\"none\"", "\"\""});
    v.OnlyDefault("first_seq", {"0", "1"});
    v.OnlyDefault("mirror", {});
    v.OnlyDefault("sources", {"[]"});
    v.OnlyDefault("consumer_limits", {"{}"});
    PublishConfig::Visit(v, m);
    v.OnlyDefault("persist_mode", {"\"\"", "\"default\""});
  }
};

// A name a stream or a consumer may have: not empty, no blanks, no '.', '*', '>', '/', '\'.
bool IsValidAssetName(std::string_view name);

// Fills defaults in and checks every rule that needs no other stream. Errors: ApiErrc.
absl::StatusOr<StreamConfig> Complete(StreamConfig config);

// What `update` may change of `current`, both complete. Errors: ApiErrc.
absl::Status CheckUpdate(const StreamConfig& current, const StreamConfig& update);

// Requires a complete config. The config's own JSON goes with it, in `extra`.
StreamOptions ToStreamOptions(const StreamConfig& config);

// The config of any stream, also of one that another model created.
StreamConfig ConfigOf(const engine::StreamIdentity& identity, const StreamOptions& options);

}  // namespace braid::nats

#endif  // BRAID_PROTOCOL_NATS_STREAM_CONFIG_H_
