// The fields of INFO that have one value each.
#ifndef BRAID_PROTOCOL_REDIS_INFO_FIELDS_H_
#define BRAID_PROTOCOL_REDIS_INFO_FIELDS_H_

#include <string>
#include <string_view>

#include "absl/types/span.h"
#include "protocol/redis/client.h"
#include "protocol/redis/process.h"

namespace braid::redis {

// What is measured once for all fields.
struct Measured {
  explicit Measured(Call& made_by);

  Call& call;
  Service& service;
  MemoryUse memory;
  int64_t peak_memory = 0;
  std::vector<ClientHandlePtr> clients;
  double calls_per_second = 0;
  double input_per_second = 0;  // bytes
  double output_per_second = 0;
};

struct InfoField {
  std::string_view section;  // lower case
  std::string_view name;
  std::string (*value)(const Measured&);
};

// By section, in the order they are written.
absl::Span<const InfoField> InfoFields();

}  // namespace braid::redis

#endif  // BRAID_PROTOCOL_REDIS_INFO_FIELDS_H_
