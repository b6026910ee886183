#include "protocol/redis/slow_log.h"

#include <algorithm>
#include <utility>

#include "fmt/format.h"

namespace braid::redis {
namespace {

constexpr size_t kMaxArgs = 32;
constexpr size_t kMaxArgBytes = 128;

}  // namespace

void SlowLog::Add(Entry entry, int64_t max_len) {
  absl::MutexLock lock(&mu_);
  entry.id = next_id_++;
  entries_.push_front(std::move(entry));
  while (static_cast<int64_t>(entries_.size()) > max_len) entries_.pop_back();
}

std::vector<SlowLog::Entry> SlowLog::Newest(int64_t count) const {
  absl::MutexLock lock(&mu_);
  const auto all = static_cast<int64_t>(entries_.size());
  const int64_t taken = count < 0 ? all : std::min(count, all);
  return {entries_.begin(), entries_.begin() + taken};
}

size_t SlowLog::size() const {
  absl::MutexLock lock(&mu_);
  return entries_.size();
}

void SlowLog::Reset() {
  absl::MutexLock lock(&mu_);
  entries_.clear();
}

std::vector<std::string> CutArgs(absl::Span<const std::string_view> args) {
  // The last of the 32 says how many more there were.
  const size_t whole = args.size() > kMaxArgs ? kMaxArgs - 1 : args.size();
  std::vector<std::string> cut;
  for (const std::string_view arg : args.first(whole)) {
    if (arg.size() <= kMaxArgBytes) {
      cut.emplace_back(arg);
    } else {
      cut.push_back(fmt::format("{}... ({} more bytes)", arg.substr(0, kMaxArgBytes),
                                arg.size() - kMaxArgBytes));
    }
  }
  if (whole < args.size()) {
    cut.push_back(fmt::format("... ({} more arguments)", args.size() - whole));
  }
  return cut;
}

}  // namespace braid::redis
