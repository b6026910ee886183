#include "tools/cli/config.h"

#include <fmt/format.h>

#include <toml++/toml.h>
#include <algorithm>
#include <charconv>
#include <cstdint>
#include <string_view>
#include <variant>
#include <vector>

#include "absl/time/time.h"
#include "braid/error.h"

namespace braid::cli {
namespace {

using Target = std::variant<std::string ServeConfig::*, bool ServeConfig::*, int ServeConfig::*>;

struct Key {
  std::string_view name;
  Target target;
};

const Key kKeys[] = {
    {"data", &ServeConfig::data},
    {"memory", &ServeConfig::memory},
    {"kafka", &ServeConfig::kafka},
    {"redis", &ServeConfig::redis},
    {"nats", &ServeConfig::nats},
    {"http", &ServeConfig::http},
    {"nats-websocket", &ServeConfig::nats_websocket},
    {"ports-file", &ServeConfig::ports_file},
    {"durability", &ServeConfig::durability},
    {"seal-codec", &ServeConfig::seal_codec},
    {"memory-limit", &ServeConfig::memory_limit},
    {"segment-bytes", &ServeConfig::segment_bytes},
    {"kafka-advertised", &ServeConfig::kafka_advertised},
    {"profile", &ServeConfig::profile},
    {"redis-version", &ServeConfig::redis_version},
    {"kafka-partitions", &ServeConfig::kafka_partitions},
    {"threads", &ServeConfig::threads},
};

// Edits that turn `a` into `b`.
size_t Distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t above = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)});
      diagonal = above;
    }
  }
  return row[b.size()];
}

std::string_view Nearest(std::string_view name) {
  return std::min_element(std::begin(kKeys), std::end(kKeys),
                          [&](const Key& a, const Key& b) {
                            return Distance(a.name, name) < Distance(b.name, name);
                          })
      ->name;
}

bool Assign(const Target& target, const toml::node& value, ServeConfig& config) {
  if (const auto* text = std::get_if<std::string ServeConfig::*>(&target)) {
    if (!value.is_string()) return false;
    config.*(*text) = *value.value<std::string>();
  } else if (const auto* flag = std::get_if<bool ServeConfig::*>(&target)) {
    if (!value.is_boolean()) return false;
    config.*(*flag) = *value.value<bool>();
  } else {
    const std::optional<int> number =
        value.value_exact<int64_t>().has_value() ? value.value<int>() : std::nullopt;
    if (!number.has_value()) return false;
    config.*std::get<int ServeConfig::*>(target) = *number;
  }
  return true;
}

// A flag beats its own key; --data and --memory, which exclude each other, beat each other's too.
bool Overridden(std::string_view name, const std::set<std::string>& flags) {
  const bool storage = name == "data" || name == "memory";
  return flags.contains(std::string(name)) ||
         (storage && (flags.contains("data") || flags.contains("memory")));
}

absl::Status ParseDurability(std::string_view text, EngineOptions& engine) {
  constexpr std::string_view kInterval = "interval:";
  if (text == "os") {
    engine.durability = Durability::kOs;
  } else if (text == "sync") {
    engine.durability = Durability::kSync;
  } else if (text.starts_with(kInterval) &&
             absl::ParseDuration({text.data() + kInterval.size(), text.size() - kInterval.size()},
                                 &engine.sync_interval) &&
             engine.sync_interval > absl::ZeroDuration() &&
             engine.sync_interval <= absl::Hours(1)) {
    engine.durability = Durability::kInterval;
  } else {
    return MakeError(
        Errc::kInvalidArgument,
        fmt::format("durability is os, sync or interval:T (as in interval:200ms), not \"{}\"",
                    text));
  }
  return absl::OkStatus();
}

absl::Status ParseCodec(std::string_view text, Codec& codec) {
  if (text == "none") {
    codec = Codec::kNone;
  } else if (text == "lz4") {
    codec = Codec::kLz4;
  } else if (text == "zstd") {
    codec = Codec::kZstd;
  } else {
    return MakeError(Errc::kInvalidArgument,
                     fmt::format("seal-codec is lz4, zstd or none, not \"{}\"", text));
  }
  return absl::OkStatus();
}

// "64M" and the like.
absl::Status ParseBytes(std::string_view name, std::string_view text, int64_t& bytes) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), bytes);
  const std::string_view unit(end, static_cast<size_t>(text.data() + text.size() - end));
  const size_t power = unit.empty() ? 0 : std::string_view("KMG").find(unit) + 1;
  const bool known = unit.empty() || (unit.size() == 1 && power > 0);
  if (error != std::errc() || !known || bytes <= 0 || bytes > (INT64_MAX >> (10 * power))) {
    return MakeError(Errc::kInvalidArgument,
                     fmt::format("{} is a number of bytes, as in 64M, not \"{}\"", name, text));
  }
  bytes <<= 10 * power;
  return absl::OkStatus();
}

}  // namespace

absl::Status LoadConfig(const std::string& path, const std::set<std::string>& flags,
                        ServeConfig& config) {
  toml::table table;
  try {
    table = toml::parse_file(path);
  } catch (const toml::parse_error& error) {
    return MakeError(
        Errc::kInvalidArgument,
        fmt::format("{}:{}: {}", path, error.source().begin.line, error.description()));
  }
  for (const auto& [key, value] : table) {
    const std::string_view name = key.str();
    const auto* known = std::find_if(std::begin(kKeys), std::end(kKeys),
                                     [&](const Key& k) { return k.name == name; });
    if (known == std::end(kKeys)) {
      return MakeError(Errc::kInvalidArgument,
                       fmt::format("{}:{}: unknown key \"{}\"; did you mean \"{}\"?", path,
                                   key.source().begin.line, name, Nearest(name)));
    }
    if (Overridden(name, flags)) continue;
    if (!Assign(known->target, value, config)) {
      return MakeError(Errc::kInvalidArgument,
                       fmt::format("{}:{}: the value of \"{}\" has the wrong type", path,
                                   value.source().begin.line, name));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<BrokerOptions> ToBrokerOptions(const ServeConfig& config) {
  if (config.memory && !config.data.empty()) {
    return MakeError(Errc::kInvalidArgument, "--data and --memory exclude each other");
  }
  if (config.kafka_partitions < 1 || config.kafka_partitions > 10000) {
    return MakeError(Errc::kInvalidArgument, "kafka-partitions must be 1 to 10000");
  }
  if (config.threads < 0 || config.threads > 64) {
    return MakeError(Errc::kInvalidArgument, "threads must be 0 (chosen for you) to 64");
  }
  if (config.profile != "local" && config.profile != "faithful") {
    return MakeError(Errc::kInvalidArgument,
                     fmt::format("profile is local or faithful, not \"{}\"", config.profile));
  }
  BrokerOptions options =
      config.profile == "faithful" ? BrokerOptions::Faithful() : BrokerOptions();
  options.engine.data_dir = config.data;
  if (absl::Status s = ParseDurability(config.durability, options.engine); !s.ok()) return s;
  if (absl::Status s = ParseCodec(config.seal_codec, options.engine.seal_codec); !s.ok()) return s;
  if (!config.memory_limit.empty()) {
    if (!config.data.empty()) {
      return MakeError(Errc::kInvalidArgument, "--memory-limit is for brokers without --data");
    }
    absl::Status s =
        ParseBytes("memory-limit", config.memory_limit, options.engine.memory_budget_bytes);
    if (!s.ok()) return s;
  }
  absl::Status segment =
      ParseBytes("segment-bytes", config.segment_bytes, options.engine.segment_bytes);
  if (!segment.ok()) return segment;
  options.kafka = config.kafka;
  options.redis = config.redis;
  options.nats = config.nats;
  options.nats_websocket = config.nats_websocket;
  options.http = config.http;
  options.kafka_advertised = config.kafka_advertised;
  options.redis_version = config.redis_version;
  options.kafka_partitions = config.kafka_partitions;
  options.threads = config.threads;
  return options;
}

}  // namespace braid::cli
