#include "protocol/redis/inert_settings.h"

#include <algorithm>
#include <array>

#include "protocol/redis/numbers.h"
#include "protocol/redis/settings.h"
#include "protocol/redis/words.h"

namespace braid::redis {
namespace {

using Kind = InertSetting::Kind;

// By name.
constexpr auto kSettings = std::to_array<InertSetting>({
    {"acl-pubsub-default", Kind::kText, "resetchannels"},
    {"aclfile", Kind::kText, "", true},
    {"acllog-max-len", Kind::kNumber, "128"},
    {"active-defrag-cycle-max", Kind::kNumber, "25"},
    {"active-defrag-cycle-min", Kind::kNumber, "1"},
    {"active-defrag-ignore-bytes", Kind::kBytes, "104857600"},
    {"active-defrag-max-scan-fields", Kind::kNumber, "1000"},
    {"active-defrag-threshold-lower", Kind::kNumber, "10"},
    {"active-defrag-threshold-upper", Kind::kNumber, "100"},
    {"active-expire-effort", Kind::kNumber, "1"},
    {"activedefrag", Kind::kYesNo, "no"},
    {"activerehashing", Kind::kYesNo, "yes"},
    {"always-show-logo", Kind::kYesNo, "no", true},
    {"aof-disable-auto-gc", Kind::kYesNo, "no"},
    {"aof-load-truncated", Kind::kYesNo, "yes"},
    {"aof-rewrite-incremental-fsync", Kind::kYesNo, "yes"},
    {"aof-timestamp-enabled", Kind::kYesNo, "no"},
    {"aof-use-rdb-preamble", Kind::kYesNo, "yes"},
    {"appenddirname", Kind::kText, "appendonlydir", true},
    {"appendfilename", Kind::kText, "appendonly.aof", true},
    {"auto-aof-rewrite-min-size", Kind::kBytes, "67108864"},
    {"auto-aof-rewrite-percentage", Kind::kNumber, "100"},
    {"bind-source-addr", Kind::kText, ""},
    {"busy-reply-threshold", Kind::kNumber, "5000"},
    {"close-on-oom-score", Kind::kYesNo, "no"},
    {"cluster-announce-bus-port", Kind::kNumber, "0"},
    {"cluster-announce-hostname", Kind::kText, ""},
    {"cluster-announce-ip", Kind::kText, ""},
    {"cluster-announce-port", Kind::kNumber, "0"},
    {"cluster-config-file", Kind::kText, "nodes.conf", true},
    {"cluster-node-timeout", Kind::kNumber, "15000"},
    {"cluster-port", Kind::kNumber, "0", true},
    {"cluster-require-full-coverage", Kind::kYesNo, "yes"},
    {"crash-log-enabled", Kind::kYesNo, "yes"},
    {"crash-memcheck-enabled", Kind::kYesNo, "yes"},
    {"daemonize", Kind::kYesNo, "no", true},
    {"dbfilename", Kind::kText, "dump.rdb"},
    {"disable-thp", Kind::kYesNo, "yes", true},
    {"dynamic-hz", Kind::kYesNo, "yes"},
    {"enable-module-command", Kind::kText, "no", true},
    {"enable-protected-configs", Kind::kText, "no", true},
    {"hash-max-listpack-entries", Kind::kNumber, "512"},
    {"hash-max-listpack-value", Kind::kNumber, "64"},
    {"hash-max-ziplist-entries", Kind::kNumber, "512"},
    {"hash-max-ziplist-value", Kind::kNumber, "64"},
    {"hide-user-data-from-log", Kind::kYesNo, "no"},
    {"hll-sparse-max-bytes", Kind::kBytes, "3000"},
    {"hz", Kind::kNumber, "10"},
    {"ignore-warnings", Kind::kText, ""},
    {"io-threads", Kind::kNumber, "1", true},
    {"io-threads-do-reads", Kind::kYesNo, "no", true},
    {"jemalloc-bg-thread", Kind::kYesNo, "yes"},
    {"key-load-delay", Kind::kNumber, "0"},
    {"latency-tracking-info-percentiles", Kind::kText, "50 99 99.9"},
    {"lazyfree-lazy-eviction", Kind::kYesNo, "no"},
    {"lazyfree-lazy-expire", Kind::kYesNo, "no"},
    {"lazyfree-lazy-server-del", Kind::kYesNo, "no"},
    {"lazyfree-lazy-user-del", Kind::kYesNo, "no"},
    {"lazyfree-lazy-user-flush", Kind::kYesNo, "no"},
    {"lfu-decay-time", Kind::kNumber, "1"},
    {"lfu-log-factor", Kind::kNumber, "10"},
    {"list-compress-depth", Kind::kNumber, "0"},
    {"list-max-listpack-size", Kind::kNumber, "-2"},
    {"list-max-ziplist-size", Kind::kNumber, "-2"},
    {"locale-collate", Kind::kText, ""},
    {"logfile", Kind::kText, "", true},
    {"loglevel", Kind::kText, "notice"},
    {"lookahead", Kind::kNumber, "16"},
    {"lua-enable-deprecated-api", Kind::kYesNo, "no", true},
    {"lua-time-limit", Kind::kNumber, "5000"},
    {"masterauth", Kind::kText, ""},
    {"masteruser", Kind::kText, ""},
    {"max-new-connections-per-cycle", Kind::kNumber, "10"},
    {"max-new-tls-connections-per-cycle", Kind::kNumber, "1"},
    {"maxclients", Kind::kNumber, "10000"},
    {"maxmemory", Kind::kBytes, "0"},
    {"maxmemory-clients", Kind::kText, "0"},
    {"maxmemory-eviction-tenacity", Kind::kNumber, "10"},
    {"maxmemory-policy", Kind::kText, "noeviction"},
    {"maxmemory-samples", Kind::kNumber, "5"},
    {"min-replicas-max-lag", Kind::kNumber, "10"},
    {"min-replicas-to-write", Kind::kNumber, "0"},
    {"min-slaves-max-lag", Kind::kNumber, "10"},
    {"min-slaves-to-write", Kind::kNumber, "0"},
    {"no-appendfsync-on-rewrite", Kind::kYesNo, "no"},
    {"oom-score-adj", Kind::kText, "no"},
    {"oom-score-adj-values", Kind::kText, "0 200 800"},
    {"pidfile", Kind::kText, "", true},
    {"proc-title-template", Kind::kText, "{title} {listen-addr} {server-mode}"},
    {"propagation-error-behavior", Kind::kText, "ignore"},
    {"protected-mode", Kind::kYesNo, "yes"},
    {"rdb-del-sync-files", Kind::kYesNo, "no"},
    {"rdb-key-save-delay", Kind::kNumber, "0"},
    {"rdb-save-incremental-fsync", Kind::kYesNo, "yes"},
    {"rdbchecksum", Kind::kYesNo, "yes", true},
    {"rdbcompression", Kind::kYesNo, "yes"},
    {"repl-backlog-size", Kind::kBytes, "1048576"},
    {"repl-backlog-ttl", Kind::kNumber, "3600"},
    {"repl-disable-tcp-nodelay", Kind::kYesNo, "no"},
    {"repl-diskless-load", Kind::kText, "disabled"},
    {"repl-diskless-sync", Kind::kYesNo, "yes"},
    {"repl-diskless-sync-delay", Kind::kNumber, "5"},
    {"repl-diskless-sync-max-replicas", Kind::kNumber, "0"},
    {"repl-diskless-sync-period", Kind::kNumber, "0"},
    {"repl-ping-replica-period", Kind::kNumber, "10"},
    {"repl-ping-slave-period", Kind::kNumber, "10"},
    {"repl-timeout", Kind::kNumber, "60"},
    {"replica-announce-ip", Kind::kText, ""},
    {"replica-announce-port", Kind::kNumber, "0"},
    {"replica-announced", Kind::kYesNo, "yes"},
    {"replica-full-sync-buffer-limit", Kind::kBytes, "268435456"},
    {"replica-ignore-disk-write-errors", Kind::kYesNo, "no"},
    {"replica-ignore-maxmemory", Kind::kYesNo, "yes"},
    {"replica-lazy-flush", Kind::kYesNo, "no"},
    {"replica-priority", Kind::kNumber, "100"},
    {"replica-read-only", Kind::kYesNo, "yes"},
    {"replica-serve-stale-data", Kind::kYesNo, "yes"},
    {"sanitize-dump-payload", Kind::kText, "no"},
    {"save", Kind::kText, ""},
    {"set-max-intset-entries", Kind::kNumber, "512"},
    {"set-max-listpack-entries", Kind::kNumber, "128"},
    {"set-max-listpack-value", Kind::kNumber, "64"},
    {"set-proc-title", Kind::kYesNo, "yes", true},
    {"shutdown-on-sigint", Kind::kText, "default"},
    {"shutdown-on-sigterm", Kind::kText, "default"},
    {"shutdown-timeout", Kind::kNumber, "10"},
    {"slave-announce-ip", Kind::kText, ""},
    {"slave-announce-port", Kind::kNumber, "0"},
    {"slave-ignore-maxmemory", Kind::kYesNo, "yes"},
    {"slave-lazy-flush", Kind::kYesNo, "no"},
    {"slave-priority", Kind::kNumber, "100"},
    {"slave-read-only", Kind::kYesNo, "yes"},
    {"slave-serve-stale-data", Kind::kYesNo, "yes"},
    {"socket-mark-id", Kind::kNumber, "0"},
    {"stop-writes-on-bgsave-error", Kind::kYesNo, "yes"},
    {"supervised", Kind::kText, "no", true},
    {"syslog-enabled", Kind::kYesNo, "no", true},
    {"syslog-facility", Kind::kText, "local0", true},
    {"syslog-ident", Kind::kText, "redis", true},
    {"tcp-backlog", Kind::kNumber, "511", true},
    {"tcp-keepalive", Kind::kNumber, "300"},
    {"tls-port", Kind::kNumber, "0"},
    {"tracking-table-max-keys", Kind::kNumber, "1000000"},
    {"unixsocket", Kind::kText, "", true},
    {"unixsocketperm", Kind::kNumber, "0", true},
    {"zset-max-listpack-entries", Kind::kNumber, "128"},
    {"zset-max-listpack-value", Kind::kNumber, "64"},
    {"zset-max-ziplist-entries", Kind::kNumber, "128"},
    {"zset-max-ziplist-value", Kind::kNumber, "64"},
});

}  // namespace

absl::Span<const InertSetting> AllInertSettings() {
  return kSettings;
}

const InertSetting* FindInertSetting(std::string_view name) {
  const auto* found =
      std::find_if(kSettings.begin(), kSettings.end(),
                   [&](const InertSetting& setting) { return SameWord(setting.name, name); });
  return found == kSettings.end() ? nullptr : found;
}

std::string_view CheckValue(Kind kind, std::string_view value) {
  switch (kind) {
    case Kind::kYesNo:
      return SameWord(value, "yes") || SameWord(value, "no") ? ""
                                                             : "argument must be 'yes' or 'no'";
    case Kind::kNumber:
      return ParseInt64(value) ? "" : "argument couldn't be parsed into an integer";
    case Kind::kBytes:
      return ParseBytes(value) ? "" : "argument must be a memory value";
    case Kind::kText:
      return "";
  }
  return "";
}

std::string ShownValue(Kind kind, std::string_view value) {
  if (kind == Kind::kYesNo) return Lowered(value);
  if (kind == Kind::kBytes) return std::to_string(ParseBytes(value).value_or(0));
  return std::string(value);
}

std::string InertSettings::Get(const InertSetting& setting) const {
  absl::MutexLock lock(&mu_);
  const auto it = changed_.find(setting.name);
  return it == changed_.end() ? std::string(setting.initial) : it->second;
}

void InertSettings::Set(const InertSetting& setting, std::string_view value) {
  absl::MutexLock lock(&mu_);
  changed_[setting.name] = ShownValue(setting.kind, value);
}

}  // namespace braid::redis
