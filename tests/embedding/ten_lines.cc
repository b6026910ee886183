#include <iostream>
#include "braid/engine.h"

int main() {
  auto engine = *braid::Engine::Open({});  // in memory; {.data_dir = "..."} keeps it
  auto orders = *engine->CreateStream("orders");
  orders.Append("order 1").value();
  auto workers = *orders.CreateGroup("workers");
  const auto messages = *workers.Fetch("me", 10);
  for (const auto& message : messages) {
    std::cout << message.offset << ": " << *message.value << "\n";
    workers.Ack(message.offset).value();
  }
}
