#include "protocol/nats/consumer_info.h"

#include "engine/views.h"

namespace braid::nats {

ConsumerDescription DescribeConsumer(JetStream& jetstream, engine::Group& group) {
  const engine::GroupInfo info = group.Info();
  ConsumerDescription description;
  description.stream_name = engine::JetStreamNameOf(group.stream()->identity());
  description.name = group.name();
  description.created = group.created();
  description.config = ConfigOf(group.name(), group.options());
  description.delivered = {info.delivered_seq, info.delivered_offset + 1, info.last_delivery};
  description.ack_floor = {info.ack_floor_seq, info.ack_floor_offset + 1, info.last_ack};
  description.num_ack_pending = info.pending;
  description.num_redelivered = info.redelivered;
  description.num_pending = info.lag;
  description.ts = jetstream.catalog().Now();
  if (const ConsumerPtr running = jetstream.FindRunning(group.id())) {
    description.num_waiting = running->waiting();
    description.push_bound = running->push_bound();
    description.num_pending += running->prelude_left();
    description.delivered.consumer_seq += running->prelude_sent();
    description.ack_floor.consumer_seq += running->prelude_sent();
  }
  return description;
}

}  // namespace braid::nats
