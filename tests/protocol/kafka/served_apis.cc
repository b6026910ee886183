// Prints the dispatch table as docs/kafka.md has it.
#include <iostream>

#include "protocol/kafka/dispatch.h"

int main() {
  std::cout << "| key | API | versions |\n|---|---|---|\n";
  for (const braid::kafka::Endpoint& endpoint : braid::kafka::Endpoints()) {
    const braid::kafka::Api& api = endpoint.api;
    std::cout << "| " << static_cast<int>(api.key) << " | " << api.name << " | " << api.min_version;
    if (api.max_version > api.min_version) std::cout << " to " << api.max_version;
    if (endpoint.shown_min_version != api.min_version) {
      std::cout << ", shown from " << endpoint.shown_min_version;
    }
    std::cout << " |\n";
  }
}
