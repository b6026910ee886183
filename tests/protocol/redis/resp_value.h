// Replies as a client reads them: parsed, and printed so that a test can say what it expects.
#ifndef BRAID_TESTS_PROTOCOL_REDIS_RESP_VALUE_H_
#define BRAID_TESTS_PROTOCOL_REDIS_RESP_VALUE_H_

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace braid::redis {

// One reply. Printed: bulk strings bare, integers :1, simple strings +OK, errors -ERR ..., "$-1"
// nil,
// "*-1" nil[], "_" null, arrays [a b], pushes >[a b], sets ~[a b], maps {a=b c=d}, verbatim strings
// =txt:..., booleans #t.
struct RespValue {
  char type = '_';
  std::string text;              // of all but collections
  std::vector<RespValue> items;  // of a map: keys and values in turn
  bool null = false;

  std::string Print() const;
  // The value under `key` of a map, or of a flat array of keys and values; nullptr when there is
  // none.
  RespValue* Get(std::string_view key);
};

// Takes one whole reply off the front of `bytes`. Nothing when it is not whole yet.
std::optional<RespValue> TakeReply(std::string_view& bytes);

// A request as an array of bulk strings.
std::string EncodeRequest(const std::vector<std::string>& args);
// Splits at spaces.
std::vector<std::string> Words(std::string_view line);

}  // namespace braid::redis

#endif  // BRAID_TESTS_PROTOCOL_REDIS_RESP_VALUE_H_
