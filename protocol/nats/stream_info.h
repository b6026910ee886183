// A stream as STREAM.INFO describes it, and the numbers of an account.
#ifndef BRAID_PROTOCOL_NATS_STREAM_INFO_H_
#define BRAID_PROTOCOL_NATS_STREAM_INFO_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "engine/stream.h"
#include "protocol/nats/json.h"
#include "protocol/nats/stream_config.h"

namespace braid::nats {

// Sequences are offsets + 1. Of an empty stream first_seq is one past last_seq, unless both are 0.
struct StreamNumbers {
  int64_t messages = 0;
  int64_t bytes = 0;
  int64_t first_seq = 0;
  absl::Time first_ts = absl::InfinitePast();
  int64_t last_seq = 0;
  absl::Time last_ts = absl::InfinitePast();
  int64_t num_subjects = 0;
  std::map<std::string, int64_t> subjects;  // when asked for
  int64_t num_deleted = 0;
  std::vector<int64_t> deleted;  // when asked for
  int64_t consumer_count = 0;

  template <class V, class Self>
  static void Visit(V& v, Self& m) {
    v("messages", m.messages);
    v("bytes", m.bytes);
    v("first_seq", m.first_seq);
    v("first_ts", m.first_ts);
    v("last_seq", m.last_seq);
    v("last_ts", m.last_ts);
    v("num_subjects", m.num_subjects, Show::kIfSet);
    v("subjects", m.subjects, Show::kIfSet);
    v("num_deleted", m.num_deleted, Show::kIfSet);
    v("deleted", m.deleted, Show::kIfSet);
    v("consumer_count", m.consumer_count);
  }
};

struct StreamDescription {
  StreamConfig config;
  absl::Time created;
  StreamNumbers state;
  absl::Time ts;  // of this description

  template <class V, class Self>
  static void Visit(V& v, Self& m) {
    v("config", m.config);
    v("created", m.created);
    v("state", m.state);
    v("ts", m.ts);
  }
};

StreamDescription DescribeStream(engine::Stream& stream);

// Sequences between first and last that are gone. kUnsupported when they are very many.
absl::StatusOr<std::vector<int64_t>> DeletedSequences(engine::Stream& stream);

}  // namespace braid::nats

#endif  // BRAID_PROTOCOL_NATS_STREAM_INFO_H_
