// Opens an engine in memory, works one message through it, and starts all listeners beside it.
#include <cstdio>

#include "braid/broker.h"
#include "braid/engine.h"

int main() {
  auto engine = *braid::Engine::Open({});
  auto orders = *engine->CreateStream("orders");
  if (!orders.Append("order 1").ok()) return 1;
  auto workers = *orders.CreateGroup("workers");
  const auto batch = *workers.Fetch("me", 10);
  if (batch.size() != 1 || batch[0].value != "order 1") return 2;
  if (!*workers.Ack(batch[0].offset)) return 3;
  if (workers.Pending() != 0 || workers.Lag() != 0) return 4;

  braid::Broker broker;
  std::printf("%s %s %s\n", broker.kafka_url().c_str(), broker.redis_url().c_str(),
              broker.nats_url().c_str());
  return 0;
}
