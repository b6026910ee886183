#include "tools/cli/nats_server.h"

#include <signal.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <utility>

#include <nlohmann/json.hpp>

#include "absl/synchronization/mutex.h"
#include "engine/catalog.h"
#include "tools/cli/nats_log.h"

namespace braid::cli {
namespace {

constexpr int kFailure = 1;
constexpr int kQuit = 2;
constexpr int kSignals[] = {SIGTERM, SIGINT, SIGQUIT, SIGUSR1, SIGUSR2, SIGHUP};

constexpr char kUsage[] =
    "Usage: nats-server [options]\n\n"
    "  -a, --addr, --net HOST          Address to serve clients on (default 0.0.0.0)\n"
    "  -p, --port PORT                 Port to serve clients on (default 4222; -1: any)\n"
    "  -n, --name, --server_name NAME  Name of the server\n"
    "  -P, --pid FILE                  Written with the process id\n"
    "  -m, --http_port PORT            Port of the monitoring pages\n"
    "      --ports_file_dir DIR        Where to write nats-server_PID.ports\n"
    "  -c, --config FILE               Configuration file\n"
    "  -t                              Check the configuration and exit\n"
    "  -sl, --signal COMMAND[=PID]     Signal a server: ldm, stop, quit, term, reopen, reload\n"
    "      --client_advertise H:P      Address that clients are told\n"
    "  -js, --jetstream                Enable JetStream\n"
    "  -sd, --store_dir DIR            Where JetStream keeps its messages\n"
    "      --user USER --pass PASSWORD --auth TOKEN\n"
    "  -l, --log FILE                  Log file instead of standard error\n"
    "  -T, --logtime                   Times in the log (default true)\n"
    "  -D, -V, -DV                     More in the log\n"
    "      --nats-version V            The version to tell clients (Braid's own)\n"
    "  -h, --help   -v, --version\n";

int Refuse(std::string_view why) {
  std::fprintf(stderr, "nats-server: %.*s\n", static_cast<int>(why.size()), why.data());
  return kFailure;
}

void Announce(const NatsServerConfig& config, const Broker& broker, const nats::Service& service,
              NatsLog& log) {
  const auto info = [&log](const std::string& text) { log.Info(text); };
  if (!broker.http_address().empty()) {
    info(fmt::format("Starting http monitor on {}", broker.http_address()));
  }
  if (config.jetstream) {
    info("Starting JetStream");
    info("---------------- JETSTREAM ----------------");
    info(fmt::format("  Store Directory: \"{}\"", service.options().store_dir));
    info("-------------------------------------------");
  }
  if (!broker.nats_websocket_address().empty()) {
    info(
        fmt::format("Listening for websocket clients on ws://{}", broker.nats_websocket_address()));
  }
  info(fmt::format("Listening for client connections on {}", broker.nats_address()));
  info("Server is ready");
}

std::string PortsFile(const NatsServerConfig& config) {
  return fmt::format("{}/nats-server_{}.ports", config.ports_dir, ::getpid());
}

// What a harness waits for, whole or not at all.
absl::Status WritePorts(const NatsServerConfig& config, const Broker& broker) {
  nlohmann::ordered_json ports = {{"nats", {"nats://" + broker.nats_address()}}};
  if (!broker.http_address().empty()) ports["monitoring"] = {"http://" + broker.http_address()};
  if (!broker.nats_websocket_address().empty()) {
    ports["websocket"] = {"ws://" + broker.nats_websocket_address()};
  }
  const std::string path = PortsFile(config);
  std::error_code error;
  {
    std::ofstream file(path + ".new");
    file << ports.dump() << "\n";
    if (!file) return absl::UnavailableError(absl::string_view("cannot write the ports file"));
  }
  std::filesystem::rename(path + ".new", path, error);
  return error ? absl::UnavailableError(absl::string_view("cannot write the ports file"))
               : absl::OkStatus();
}

// Users, permissions and the token may change while it runs; the rest needs a new start.
void Reload(const std::vector<std::string>& arguments, Broker& broker, NatsLog& log) {
  const auto config = ToNatsServerConfig(arguments);
  if (!config.ok()) {
    return log.Say("ERR", fmt::format("Failed to reload server configuration: {}",
                                      std::string(config.status().message())));
  }
  const auto options = ToBrokerOptions(*config);
  if (!options.ok()) {
    return log.Say("ERR", fmt::format("Failed to reload server configuration: {}",
                                      std::string(options.status().message())));
  }
  broker.nats().SetAuthorization(options->nats_options->authorization);
  log.Info("Reloaded: authorization users");
  log.Info("Reloaded server configuration");
}

// Its exit status.
int AwaitEnd(const sigset_t& signals, const NatsServerConfig& config,
             const std::vector<std::string>& arguments, std::unique_ptr<Broker>& broker,
             NatsLog& log) {
  while (true) {
    int number = 0;
    sigwait(&signals, &number);
    switch (number) {
      case SIGUSR1:
        log.Reopen();
        log.Info("File log re-opened");
        break;
      case SIGHUP:
        log.Say("DBG", "Trapped \"hangup\" signal");
        Reload(arguments, *broker, log);
        break;
      case SIGUSR2:
        log.Info("Entering lame duck mode, stop accepting new clients");
        broker->nats().LameDuck(config.lame_duck, [] { ::kill(::getpid(), SIGINT); });
        break;
      case SIGQUIT:
        return kQuit;
      default:
        log.Info("Initiating Shutdown...");
        broker.reset();
        log.Info("Server Exiting..");
        return 0;
    }
  }
}

int Serve(const NatsServerConfig& config, const std::vector<std::string>& arguments,
          BrokerOptions options, NatsLog& log) {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int number : kSignals) sigaddset(&signals, number);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  signal(SIGPIPE, SIG_IGN);
  signal(SIGXFSZ, SIG_IGN);
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);

  log.Info("Starting nats-server");
  log.Info(
      fmt::format("  Version:  {}, spoken by Braid {}", config.service.version, BRAID_VERSION));
  if (!config.config_file.empty()) {
    log.Info(fmt::format("Using configuration file: {}", config.config_file));
  }
  auto broker = Broker::Start(std::move(options));
  if (!broker.ok()) {
    log.Say("FTL", std::string(broker.status().message()));
    return kFailure;
  }
  const nats::Service& service = (*broker)->nats();
  log.Info(fmt::format("  Name:     {}", service.server_name()));
  log.Info(fmt::format("  ID:       {}", service.server_id()));
  (*broker)->engine().catalog().SetLogHook(
      [&log](const std::string& line) { log.Say("WRN", line); });
  for (const std::string& note : (*broker)->engine().catalog().recovery_notes()) {
    log.Say("WRN", note);
  }
  if (!config.pid_file.empty()) std::ofstream(config.pid_file) << ::getpid();
  if (!config.ports_dir.empty()) {
    if (absl::Status written = WritePorts(config, **broker); !written.ok()) {
      log.Say("ERR", std::string(written.message()));
    }
  }
  Announce(config, **broker, service, log);
  const int status = AwaitEnd(signals, config, arguments, *broker, log);
  if (!config.ports_dir.empty()) std::remove(PortsFile(config).c_str());
  if (!config.pid_file.empty()) std::remove(config.pid_file.c_str());
  if (status == kQuit) ::_exit(kQuit);  // at once, without a farewell
  return status;
}

}  // namespace

int NatsServerMain(const std::vector<std::string>& arguments) {
  auto config = ToNatsServerConfig(arguments);
  if (!config.ok()) return Refuse(std::string(config.status().message()));
  if (config->version) {
    std::printf("nats-server: v%s\n", config->service.version.c_str());
    return 0;
  }
  if (config->help) {
    std::fputs(kUsage, stdout);
    return 0;
  }
  if (!config->signal.empty()) return SendNatsSignal(config->signal);
  auto options = ToBrokerOptions(*config);
  if (!options.ok()) return Refuse(std::string(options.status().message()));
  if (config->check_only) {
    std::fprintf(stderr, "nats-server: configuration file %s is valid\n",
                 config->config_file.c_str());
    return 0;
  }
  NatsLog log(config->log_file, config->log_time);
  if (!log.ok()) return Refuse(fmt::format("cannot open the log file {}", config->log_file));
  return Serve(*config, arguments, *std::move(options), log);
}

}  // namespace braid::cli
