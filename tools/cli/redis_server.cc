#include "tools/cli/redis_server.h"

#include <fcntl.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <mutex>
#include <utility>

#include "absl/synchronization/mutex.h"
#include "braid/error.h"
#include "engine/catalog.h"

namespace braid::cli {
namespace {

constexpr int kFailure = 1;

// Lines as redis-server writes them: "4711:M 25 Nov 2026 17:02:11.123 * text". Thread-safe.
class ServerLog {
 public:
  // To standard output when `path` is empty.
  explicit ServerLog(const std::string& path)
      : file_(path.empty() ? stdout : std::fopen(path.c_str(), "ae")) {}
  ServerLog(const ServerLog&) = delete;
  ServerLog& operator=(const ServerLog&) = delete;
  ~ServerLog() {
    if (file_ != nullptr && file_ != stdout) std::fclose(file_);
  }

  bool ok() const { return file_ != nullptr; }
  // `level`: '.' debug, '-' verbose, '*' notice, '#' warning.
  void Say(char level, std::string_view text) {
    const auto now = std::chrono::system_clock::now();
    const std::time_t seconds = std::chrono::system_clock::to_time_t(now);
    const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch());
    const std::string line = fmt::format("{}:M {:%d %b %Y %H:%M:%S}.{:03} {} {}\n", ::getpid(),
                                         fmt::localtime(seconds), ms.count() % 1000, level, text);
    const std::lock_guard lock(mu_);
    std::fputs(line.c_str(), file_);
    std::fflush(file_);
  }

 private:
  std::mutex mu_;
  std::FILE* const file_;
};

int RefuseConfig(std::string_view why) {
  std::fprintf(stderr, "\n*** FATAL CONFIG FILE ERROR (Braid %s) ***\n%.*s\n", BRAID_VERSION,
               static_cast<int>(why.size()), why.data());
  return kFailure;
}

// [FILE] [--directive value ...]; "-": more of them from standard input.
absl::StatusOr<std::vector<Directive>> Gather(std::vector<std::string> arguments) {
  std::vector<Directive> directives;
  const auto append = [&directives](const std::vector<Directive>& more) {
    directives.insert(directives.end(), more.begin(), more.end());
  };
  if (!arguments.empty() && arguments.front() != "-" && !arguments.front().starts_with("--")) {
    auto read = ReadDirectives(arguments.front());
    if (!read.ok()) return read.status();
    append(*read);
    arguments.erase(arguments.begin());
  }
  if (!arguments.empty() && arguments.front() == "-") {
    const std::string text(std::istreambuf_iterator<char>(std::cin), {});
    auto read = ParseDirectives(text, "standard input");
    if (!read.ok()) return read.status();
    append(*read);
    arguments.erase(arguments.begin());
  }
  append(DirectivesOf(arguments));
  return directives;
}

// Goes on in a child with no terminal; the parent's part ends here.
void Daemonize() {
  if (::fork() != 0) ::_exit(0);
  ::setsid();
  const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  if (null < 0) return;
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) ::dup2(null, fd);
}

int Serve(const RedisServerConfig& config, ServerLog& log) {
  sigset_t stop;
  sigemptyset(&stop);
  sigaddset(&stop, SIGTERM);
  sigaddset(&stop, SIGINT);
  pthread_sigmask(SIG_BLOCK, &stop, nullptr);
  signal(SIGPIPE, SIG_IGN);
  signal(SIGHUP, SIG_IGN);
  signal(SIGXFSZ, SIG_IGN);
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);

  log.Say('*', "oO0OoO0OoO0Oo Redis is starting oO0OoO0OoO0Oo");
  log.Say('*', fmt::format("Redis version={}, spoken by Braid {}, bits=64, pid={}, just started",
                           config.version, BRAID_VERSION, ::getpid()));
  BrokerOptions options = ToBrokerOptions(config);
  options.redis_shutdown = [] { ::kill(::getpid(), SIGTERM); };
  auto broker = Broker::Start(std::move(options));
  if (!broker.ok()) {
    log.Say('#', std::string(broker.status().message()));
    return broker.status().code() == absl::StatusCode::kInvalidArgument
               ? RefuseConfig(std::string(broker.status().message()))
               : kFailure;
  }
  (*broker)->engine().catalog().SetLogHook([&log](const std::string& line) { log.Say('#', line); });
  for (const std::string& note : (*broker)->engine().catalog().recovery_notes()) {
    log.Say('#', note);
  }
  if (!config.pid_file.empty()) std::ofstream(config.pid_file) << ::getpid() << "\n";
  log.Say('*', "Server initialized");
  log.Say('*', "Ready to accept connections tcp");
  int signal_number = 0;
  sigwait(&stop, &signal_number);
  log.Say('*', fmt::format("Received {} scheduling shutdown...",
                           signal_number == SIGINT ? "SIGINT" : "SIGTERM"));
  log.Say('*', "User requested shutdown...");
  broker->reset();
  if (!config.pid_file.empty()) std::remove(config.pid_file.c_str());
  log.Say('*', "Redis is now ready to exit, bye bye...");
  return 0;
}

}  // namespace

int RedisServerMain(const std::vector<std::string>& arguments) {
  if (arguments.size() == 1 && (arguments[0] == "-v" || arguments[0] == "--version")) {
    std::printf("Redis server v=%s sha=00000000:0 malloc=libc bits=64 build=braid-%s\n",
                RedisServerConfig().version.c_str(), BRAID_VERSION);
    return 0;
  }
  if (arguments.size() == 1 && (arguments[0] == "-h" || arguments[0] == "--help")) {
    std::puts(
        "Usage: redis-server [/path/to/redis.conf | -] [--directive value ...]\n"
        "       redis-server -v | --version | -h | --help\n"
        "Braid under this name: the directives of redis.conf, and --redis-version X.Y.");
    return 0;
  }
  auto directives = Gather(arguments);
  if (!directives.ok()) return RefuseConfig(std::string(directives.status().message()));
  auto config = ToRedisServerConfig(*directives);
  if (!config.ok()) return RefuseConfig(std::string(config.status().message()));
  if (::chdir(config->dir.c_str()) != 0) {
    return RefuseConfig(fmt::format("can't chdir to '{}': {}", config->dir, std::strerror(errno)));
  }
  if (config->daemonize) Daemonize();
  ServerLog log(config->log_file);
  if (!log.ok()) {
    return RefuseConfig(
        fmt::format("can't open the log file '{}': {}", config->log_file, std::strerror(errno)));
  }
  return Serve(*config, log);
}

}  // namespace braid::cli
