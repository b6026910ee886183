#include <iostream>
#include "braid/broker.h"

int main() {
  braid::Broker broker;  // in memory, free ports on 127.0.0.1
  std::cout << broker.kafka_url() << "\n"
            << broker.redis_url() << "\n"
            << broker.nats_url() << "\n";
}  // the destructor drains and closes
