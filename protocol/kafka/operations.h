// What a client may do, as the bit masks that describe calls report when asked: everything the
// resource knows, for there are no access rules. Bit n is operation n of the protocol.
#ifndef BRAID_PROTOCOL_KAFKA_OPERATIONS_H_
#define BRAID_PROTOCOL_KAFKA_OPERATIONS_H_

#include <cstdint>

namespace braid::kafka {

constexpr int32_t OperationBits(auto... operations) {
  return static_cast<int32_t>((0u | ... | (1u << operations)));
}

// read, write, create, delete, alter, describe, describe configs, alter configs
inline constexpr int32_t kTopicOperations = OperationBits(3, 4, 5, 6, 7, 8, 10, 11);
// read, delete, describe
inline constexpr int32_t kGroupOperations = OperationBits(3, 6, 8);
// create, alter, describe, cluster action, describe configs, alter configs, idempotent write
inline constexpr int32_t kClusterOperations = OperationBits(5, 7, 8, 9, 10, 11, 12);

}  // namespace braid::kafka

#endif  // BRAID_PROTOCOL_KAFKA_OPERATIONS_H_
