// One message, as all three models see it: an optional key, an optional value, ordered headers and
// a time. A Kafka record is exactly this; a JetStream message has its subject as key and its
// payload as value; a Redis entry has its fields as headers (docs/format.md, "One record, three
// readings").
#ifndef BRAID_RECORD_H_
#define BRAID_RECORD_H_

#include <cstdint>
#include <optional>
#include <string_view>

#include "absl/container/inlined_vector.h"
#include "braid/buffer.h"

namespace braid {

// Position of a record in its stream: 0, 1, 2, ... A JetStream sequence is offset + 1.
using Offset = int64_t;

// Which model wrote a record. Stored in two attribute bits of its batch.
enum class Origin : uint8_t { kKafka = 0, kRedis = 1, kNats = 2 };

struct HeaderView {
  std::string_view key;
  std::optional<std::string_view> value;
  friend bool operator==(const HeaderView&, const HeaderView&) = default;
};

// Windows into bytes that somebody else owns.
struct RecordView {
  std::optional<std::string_view> key;
  std::optional<std::string_view> value;
  absl::InlinedVector<HeaderView, 2> headers;  // ordered; duplicate keys allowed
  int64_t timestamp_ms = -1;  // Unix milliseconds; -1 on append: the stream's clock
  uint8_t attributes = 0;     // the record attribute byte, see docs/format.md
  Offset offset = -1;         // set on read, ignored on append
};

// A record that keeps its own bytes alive.
struct Record : RecordView {
  Buffer owner;
};

}  // namespace braid

#endif  // BRAID_RECORD_H_
