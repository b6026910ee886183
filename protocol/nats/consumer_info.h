// A consumer as CONSUMER.INFO describes it.
#ifndef BRAID_PROTOCOL_NATS_CONSUMER_INFO_H_
#define BRAID_PROTOCOL_NATS_CONSUMER_INFO_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/time/time.h"
#include "engine/group.h"
#include "protocol/nats/consumer_config.h"
#include "protocol/nats/jetstream.h"
#include "protocol/nats/json.h"

namespace braid::nats {

struct SequencePair {
  int64_t consumer_seq = 0;
  int64_t stream_seq = 0;
  std::optional<absl::Time> last_active;

  template <class V, class Self>
  static void Visit(V& v, Self& m) {
    v("consumer_seq", m.consumer_seq);
    v("stream_seq", m.stream_seq);
    v("last_active", m.last_active);
  }
};

struct ConsumerDescription {
  std::string stream_name;
  std::string name;
  absl::Time created;
  ConsumerConfig config;
  SequencePair delivered;
  SequencePair ack_floor;
  int64_t num_ack_pending = 0;
  int64_t num_redelivered = 0;
  int64_t num_waiting = 0;
  int64_t num_pending = 0;
  bool push_bound = false;
  absl::Time ts;  // of this description

  template <class V, class Self>
  static void Visit(V& v, Self& m) {
    v("stream_name", m.stream_name);
    v("name", m.name);
    v("created", m.created);
    v("config", m.config);
    v("delivered", m.delivered);
    v("ack_floor", m.ack_floor);
    v("num_ack_pending", m.num_ack_pending);
    v("num_redelivered", m.num_redelivered);
    v("num_waiting", m.num_waiting);
    v("num_pending", m.num_pending);
    v("push_bound", m.push_bound, Show::kIfSet);
    v("ts", m.ts);
  }
};

ConsumerDescription DescribeConsumer(JetStream& jetstream, engine::Group& group);

}  // namespace braid::nats

#endif  // BRAID_PROTOCOL_NATS_CONSUMER_INFO_H_
