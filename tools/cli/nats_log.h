// Lines as nats-server writes them: "[4711] 2026/11/25 17:02:11.123456 [INF] text".
#ifndef BRAID_TOOLS_CLI_NATS_LOG_H_
#define BRAID_TOOLS_CLI_NATS_LOG_H_

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <ctime>
#include <mutex>
#include <string>
#include <string_view>

namespace braid::cli {

// Thread-safe.
class NatsLog {
 public:
  // To standard error when `path` is empty.
  NatsLog(std::string path, bool times) : path_(std::move(path)), times_(times) { Reopen(); }
  NatsLog(const NatsLog&) = delete;
  NatsLog& operator=(const NatsLog&) = delete;
  ~NatsLog() {
    if (file_ != nullptr && file_ != stderr) std::fclose(file_);
  }

  bool ok() const { return file_ != nullptr; }

  // Goes on in a new file of that name, after the old one was moved away.
  void Reopen() {
    const std::lock_guard lock(mu_);
    if (file_ != nullptr && file_ != stderr) std::fclose(file_);
    file_ = path_.empty() ? stderr : std::fopen(path_.c_str(), "ae");
  }

  // `level`: INF, WRN, ERR, DBG or FTL.
  void Say(std::string_view level, std::string_view text) {
    std::string line = fmt::format("[{}] ", ::getpid());
    if (times_) {
      const auto now = std::chrono::system_clock::now();
      const auto micros =
          std::chrono::duration_cast<std::chrono::microseconds>(now.time_since_epoch()).count();
      line += fmt::format("{:%Y/%m/%d %H:%M:%S}.{:06} ",
                          fmt::localtime(std::chrono::system_clock::to_time_t(now)),
                          micros % 1'000'000);
    }
    line += fmt::format("[{}] {}\n", level, text);
    const std::lock_guard lock(mu_);
    if (file_ == nullptr) return;
    std::fputs(line.c_str(), file_);
    std::fflush(file_);
  }
  void Info(std::string_view text) { Say("INF", text); }

 private:
  const std::string path_;
  const bool times_;
  std::mutex mu_;
  std::FILE* file_ = nullptr;
};

}  // namespace braid::cli

#endif  // BRAID_TOOLS_CLI_NATS_LOG_H_
