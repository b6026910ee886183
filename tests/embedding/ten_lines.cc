#include <iostream>
#include "braid/engine.h"

int main() {
  auto engine = *braid::Engine::Open({});  // in memory; {.data_dir = "..."} keeps it
  auto orders = *engine->CreateStream("orders");
  orders.Append("order 1").value();
  auto workers = *orders.CreateGroup("workers");
  for (const auto& message : *workers.Fetch("me", 10)) {
    std::cout << message.offset << ": " << *message.value << "\n";
    workers.Ack(message.offset).value();
  }
}
