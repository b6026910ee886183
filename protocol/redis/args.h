// A cursor over a command's arguments. The first error is latched with its text and every later
// read gives a harmless default, so that a command reads everything it wants and asks ok() once:
//
//   while (!args.empty()) {
//     if (args.Skip("COUNT")) count = args.NextInt();
//     else args.Fail(text::kSyntax);
//   }
//   if (!args.ok()) return call.reply.Error(args.error());
#ifndef BRAID_PROTOCOL_REDIS_ARGS_H_
#define BRAID_PROTOCOL_REDIS_ARGS_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/types/span.h"
#include "engine/entry_id.h"
#include "protocol/redis/errors.h"
#include "protocol/redis/numbers.h"
#include "protocol/redis/words.h"

namespace braid::redis {

class Args {
 public:
  Args() = default;
  explicit Args(absl::Span<const std::string_view> args) : rest_(args) {}

  // Nothing left, or an error was latched: either way a loop over the arguments ends.
  bool empty() const { return rest_.empty() || !ok(); }
  size_t size() const { return rest_.size(); }
  absl::Span<const std::string_view> rest() const { return rest_; }
  // The next argument, which stays; "" at the end.
  std::string_view Peek() const { return rest_.empty() ? std::string_view() : rest_.front(); }

  // The next argument; at the end "" and a syntax error.
  std::string_view Next() {
    if (rest_.empty()) {
      Fail(text::kSyntax);
      return {};
    }
    const std::string_view arg = rest_.front();
    rest_.remove_prefix(1);
    return arg;
  }
  // The last argument, taken from the end; errors as Next().
  std::string_view NextFromEnd();

  // Whether the next argument is `word`, in any case; takes it if so.
  bool Skip(std::string_view word) {
    if (rest_.empty() || !SameWord(rest_.front(), word)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  // As Skip, but only when another argument follows: as Redis reads an option with a value.
  bool SkipOption(std::string_view word) { return rest_.size() >= 2 && Skip(word); }

  int64_t NextInt(std::string_view error = text::kNotAnInteger);
  // An entry ID spelled out: "ms-seq" or "ms" (seq: `default_seq`).
  engine::EntryId NextId(uint64_t default_seq = 0);
  // As above, or "-" for the smallest and "+" for the largest.
  engine::EntryId NextIdOrEnd(uint64_t default_seq = 0);
  // The two ends of an interval, "(" before one that is excluded; the result is inclusive.
  engine::EntryId NextStart();
  engine::EntryId NextEnd();
  // A time to wait, in milliseconds; 0: for ever.
  int64_t NextTimeoutMs();

  bool ok() const { return error_.empty(); }
  const std::string& error() const { return error_; }
  // Latches `error` unless there is one.
  void Fail(std::string_view error) {
    if (error_.empty()) error_ = error;
  }

 private:
  absl::Span<const std::string_view> rest_;
  std::string error_;
};

}  // namespace braid::redis

#endif  // BRAID_PROTOCOL_REDIS_ARGS_H_
