// Requests as Redis clients send them: an array of bulk strings, or one line of words ("inline",
// for people with telnet). Pure and incremental: bytes may arrive in any pieces, and a request that
// is half there is never read twice.
//
//   *3\r\n$4\r\nXACK\r\n ...          array of bulk strings
//   PING "hello there"\r\n            inline: words, "..." with escapes, '...' without
//
// Bounds, checked before anything is kept: arguments per request, bytes per argument, bytes per
// request, and the length of every line that states a number. A broken request is answered with the
// protocol's own error text, after which the connection must close: there is no way to find the
// next request.
#ifndef BRAID_PROTOCOL_REDIS_REQUEST_PARSER_H_
#define BRAID_PROTOCOL_REDIS_REQUEST_PARSER_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/types/span.h"

namespace braid::redis {

struct RequestLimits {
  int64_t max_args = 1024 * 1024;
  int64_t max_bulk_bytes = int64_t{512} << 20;
  int64_t max_request_bytes = int64_t{1} << 30;
  // Of a client that has given its password; larger than what this one may have when it has not.
  int64_t max_authenticated_bulk_bytes = max_bulk_bytes;
};

class RequestParser {
 public:
  enum class Result {
    kRequest,  // args() is the request; it took consumed() bytes
    kNothing,  // consumed() bytes mean nothing (an empty line): go on behind them
    kMore,     // not whole yet: call again with the same bytes and more behind them
    kError,    // error() is the reply; close after it
  };

  // Reads the request at the start of `input`. After kMore the next call must begin with the same
  // bytes; after anything else, behind them.
  Result Parse(std::string_view input, const RequestLimits& limits);

  // Windows into `input`, or, of an inline request with quotes, into this parser. Valid until the
  // bytes move or the next Parse.
  absl::Span<const std::string_view> args() const { return args_; }
  size_t consumed() const { return position_; }
  const std::string& error() const { return error_; }  // with its "ERR", without '-' and line end
  // Memory for the arguments of the request under way: grows with what has arrived of it, and not
  // with what it announces.
  size_t held_bytes() const {
    return args_.capacity() * sizeof(args_[0]) + spans_.capacity() * sizeof(spans_[0]);
  }

 private:
  Result ParseArray(std::string_view input, const RequestLimits& limits);
  Result ParseCount(std::string_view input, const RequestLimits& limits);
  // One "$<length>" line into bulk_left_.
  Result ParseBulkLength(std::string_view input, const RequestLimits& limits);
  Result ParseInline(std::string_view input);
  Result Fail(std::string_view what);

  std::vector<std::string_view> args_;
  std::vector<std::pair<size_t, size_t>> spans_;  // (begin, size) of the arguments so far
  std::deque<std::string> unquoted_;
  std::string error_;
  size_t position_ = 0;      // everything before it has been understood
  int64_t args_left_ = -1;   // of an array under way; -1: none
  int64_t bulk_bytes_ = -1;  // of the argument under way; -1: its length has yet to come
};

// Splits a line into words by the rules of inline requests. False when quotes do not balance.
bool SplitWords(std::string_view line, std::deque<std::string>& words);

}  // namespace braid::redis

#endif  // BRAID_PROTOCOL_REDIS_REQUEST_PARSER_H_
