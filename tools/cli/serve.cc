// braid serve: a broker in the foreground until SIGTERM or SIGINT.
#include <fmt/format.h>
#include <signal.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <memory>
#include <set>
#include <string>
#include <string_view>

#include "absl/synchronization/mutex.h"
#include "braid/broker.h"
#include "braid/error.h"
#include "engine/catalog.h"
#include "tools/cli/config.h"
#include "tools/cli/ports_file.h"
#include "tools/cli/verbs.h"

namespace braid::cli {
namespace {

int Refuse(const absl::Status& status) {
  std::string message(status.message());
  std::replace(message.begin(), message.end(), '\n', ' ');
  std::fprintf(stderr, "braid: %s\n", message.c_str());
  return kUsage;
}

// For people; scripts use the ports file.
std::string Greeting(const Broker& broker, const ServeConfig& config) {
  const std::string kafka = broker.kafka_address();
  const std::string redis = broker.redis_address();
  const size_t colon = redis.rfind(':');
  std::string text =
      fmt::format("braid is ready ({})\n", config.data.empty()
                                               ? std::string("in memory; --data DIR keeps messages")
                                               : "data in " + config.data);
  const auto line = [&text](std::string_view name, const std::string& url,
                            const std::string& example) {
    text += fmt::format("  {:<7}{:<28} {}\n", name, url, example);
  };
  if (!kafka.empty()) {
    line("Kafka", kafka, fmt::format("echo hello | kcat -b {} -P -t demo", kafka));
  }
  if (!redis.empty()) {
    line("Redis", broker.redis_url(),
         fmt::format("redis-cli -h {} -p {} XADD demo '*' hello world", redis.substr(0, colon),
                     redis.substr(colon + 1)));
  }
  if (!broker.nats_address().empty()) {
    line("NATS", broker.nats_url(), fmt::format("nats -s {} pub demo hello", broker.nats_url()));
  }
  if (!broker.nats_websocket_address().empty()) {
    line("NATS", "ws://" + broker.nats_websocket_address(), "for browsers");
  }
  if (!broker.http_address().empty()) {
    line("HTTP", broker.http_url(), fmt::format("curl {}/metrics", broker.http_url()));
  }
  return text;
}

int Serve(const ServeConfig& config) {
  auto options = ToBrokerOptions(config);
  if (!options.ok()) return Refuse(options.status());
  // Blocked before any thread starts, so that only sigwait() below takes them.
  sigset_t stop;
  sigemptyset(&stop);
  sigaddset(&stop, SIGTERM);
  sigaddset(&stop, SIGINT);
  pthread_sigmask(SIG_BLOCK, &stop, nullptr);
  signal(SIGPIPE, SIG_IGN);
  signal(SIGXFSZ, SIG_IGN);  // past `ulimit -f` a write is refused, as on a full disk

  // Debian's Abseil has it on, at a price for every lock; lock order is for the tests to check.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);

  options->redis_shutdown = [] { ::kill(::getpid(), SIGTERM); };
  auto broker = Broker::Start(*options);
  if (!broker.ok()) return Refuse(broker.status());
  auto log = spdlog::stderr_logger_st("braid");
  log->set_pattern("%Y-%m-%d %H:%M:%S.%e %l %v");
  // Its own, since upkeep and group commit say what they find from their threads.
  auto engine_log = spdlog::stderr_logger_mt("engine");
  engine_log->set_pattern("%Y-%m-%d %H:%M:%S.%e %l %v");
  (*broker)->engine().catalog().SetLogHook(
      [engine_log](const std::string& line) { engine_log->warn(line); });
  for (const std::string& note : (*broker)->engine().catalog().recovery_notes()) log->warn(note);
  if (!config.ports_file.empty()) {
    absl::Status written = WritePortsFile(config.ports_file, **broker);
    if (!written.ok()) return Refuse(written);
  }
  std::fputs(Greeting(**broker, config).c_str(), stdout);
  std::fflush(stdout);
  int signal_number = 0;
  sigwait(&stop, &signal_number);
  log->info("{}: draining", signal_number == SIGINT ? "SIGINT" : "SIGTERM");
  broker->reset();
  if (!config.ports_file.empty()) std::remove(config.ports_file.c_str());
  return 0;
}

}  // namespace

void AddServe(CLI::App& app, int& status) {
  auto config = std::make_shared<ServeConfig>();
  auto file = std::make_shared<std::string>();
  CLI::App* serve = app.add_subcommand("serve", "Serves Kafka, Redis, NATS and HTTP until stopped");
  serve->option_defaults()->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  const std::string address = "HOST:PORT; port 0: any free one; empty: not served";
  serve->add_option("--data", config->data, "Directory that keeps everything");
  serve->add_flag("--memory", config->memory, "Keep everything in memory (the default)");
  serve->add_option("--kafka", config->kafka, address + "; more than one by commas")
      ->capture_default_str();
  serve->add_option("--redis", config->redis, address)->capture_default_str();
  serve->add_option("--nats", config->nats, address)->capture_default_str();
  serve->add_option("--nats-websocket", config->nats_websocket,
                    "HOST:PORT where NATS clients come inside of WebSockets; default: nowhere");
  serve->add_option("--http", config->http, address)->capture_default_str();
  serve->add_option("--ports-file", config->ports_file, "Written once ready: addresses as JSON");
  serve
      ->add_option("--durability", config->durability,
                   "os: acknowledge what survives kill -9; sync: what survives a power cut; "
                   "interval:T: os, and fsync within T (200ms)")
      ->capture_default_str();
  serve
      ->add_option("--seal-codec", config->seal_codec,
                   "Of older messages, compressed in the background: lz4, zstd, none")
      ->capture_default_str();
  serve->add_option("--segment-bytes", config->segment_bytes, "Of one file of messages")
      ->capture_default_str();
  serve->add_option("--memory-limit", config->memory_limit,
                    "Of messages in memory, as in 512M; past it they are refused");
  serve->add_option(
      "--kafka-advertised", config->kafka_advertised,
      "HOST:PORT Kafka clients are told; default: what they dialled. Of more than one "
      "listener, by commas");
  serve
      ->add_option("--profile", config->profile,
                   "local: no delays; faithful: the delays of the real brokers, as the 3 s that a "
                   "Kafka group waits for more members")
      ->capture_default_str();
  serve
      ->add_option("--redis-version", config->redis_version,
                   "The release of Redis to be, as in 7.2: later commands are unknown then")
      ->capture_default_str();
  serve->add_option("--kafka-partitions", config->kafka_partitions, "Of auto-created topics")
      ->capture_default_str();
  serve->add_option("--threads", config->threads, "Network threads; 0: chosen for you");
  serve->add_option("--config", *file, "TOML file with these options; flags beat it");
  serve->callback([serve, config, file, &status] {
    if (!file->empty()) {
      std::set<std::string> flags;
      for (const CLI::Option* option : serve->get_options()) {
        if (option->count() > 0) flags.insert(option->get_single_name());
      }
      absl::Status loaded = LoadConfig(*file, flags, *config);
      if (!loaded.ok()) {
        status = Refuse(loaded);
        return;
      }
    }
    status = Serve(*config);
  });
}

}  // namespace braid::cli
