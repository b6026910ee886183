// nats-server -sl COMMAND[=PID or PID FILE]: tells another one what to do.
#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <optional>

#include "tools/cli/nats_server.h"

namespace braid::cli {
namespace {

struct Command {
  std::string_view name;
  int signal;
};

constexpr Command kCommands[] = {
    {"stop", SIGKILL},   {"quit", SIGINT},   {"term", SIGTERM},
    {"reopen", SIGUSR1}, {"reload", SIGHUP}, {"ldm", SIGUSR2},
};

int Fail(std::string_view why) {
  std::fprintf(stderr, "nats-server: %.*s\n", static_cast<int>(why.size()), why.data());
  return 1;
}

// A number, or the first of a file.
std::optional<pid_t> ReadPid(const std::string& text) {
  const ConfValue number = ConfWord(text);
  if (number.kind == ConfValue::Kind::kNumber) return static_cast<pid_t>(number.number);
  pid_t pid = 0;
  if (std::ifstream(text) >> pid) return pid;
  return std::nullopt;
}

// Of all processes of that name but this one.
std::vector<pid_t> Running(std::string_view name) {
  std::vector<pid_t> found;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator("/proc", error)) {
    const ConfValue pid = ConfWord(entry.path().filename().string());
    if (pid.kind != ConfValue::Kind::kNumber || pid.number == ::getpid()) continue;
    std::string command;
    std::getline(std::ifstream(entry.path() / "comm") >> std::ws, command);
    if (command == name) found.push_back(static_cast<pid_t>(pid.number));
  }
  return found;
}

}  // namespace

int SendNatsSignal(std::string_view text) {
  const size_t equals = std::min(text.find('='), text.size());
  const std::string_view name = text.substr(0, equals);
  const Command* command = nullptr;
  for (const Command& known : kCommands) {
    if (known.name == name) command = &known;
  }
  if (command == nullptr) return Fail(fmt::format("unknown signal \"{}\"", name));
  pid_t pid = 0;
  if (equals < text.size()) {
    const auto given = ReadPid(std::string(text.substr(equals + 1)));
    if (!given || *given <= 0) return Fail(fmt::format("invalid pid: {}", text.substr(equals + 1)));
    pid = *given;
  } else {
    const std::vector<pid_t> running = Running("nats-server");
    if (running.empty()) return Fail("no nats-server processes running");
    if (running.size() > 1) return Fail("multiple nats-server processes running; specify a PID");
    pid = running.front();
  }
  if (::kill(pid, command->signal) != 0) return Fail(std::strerror(errno));
  return 0;
}

}  // namespace braid::cli
