// Definitions as the journal keeps them: topics with their streams, groups, and their options.
// Encoding and decoding; decoding refuses anything malformed with kCorrupt.
#ifndef BRAID_ENGINE_DEFINITIONS_H_
#define BRAID_ENGINE_DEFINITIONS_H_

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "braid/options.h"
#include "engine/encoding.h"

namespace braid::engine {

struct TopicDefinition {
  std::array<uint8_t, 16> uuid{};
  absl::Time created;
  std::vector<uint64_t> stream_ids;  // by partition
  std::vector<StreamOptions> options;
  int64_t expiry_ms = INT64_MAX;  // when it goes by itself; INT64_MAX: never
  std::string birth_name = {};    // empty: the name it has
};

struct GroupDefinition {
  uint64_t stream_id = 0;
  std::string name;
  absl::Time created;
  GroupOptions options;
};

std::string EncodeTopic(const TopicDefinition& topic);
absl::StatusOr<TopicDefinition> DecodeTopic(std::string_view bytes);
std::string EncodeGroup(const GroupDefinition& group);
absl::StatusOr<GroupDefinition> DecodeGroup(std::string_view bytes);

}  // namespace braid::engine

#endif  // BRAID_ENGINE_DEFINITIONS_H_
