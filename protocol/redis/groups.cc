#include "protocol/redis/groups.h"

namespace braid::redis {

engine::GroupPtr FindGroup(Client& client, std::string_view key, std::string_view group) {
  const engine::StreamPtr stream = client.Find(key);
  return stream == nullptr ? nullptr : stream->FindGroup(Origin::kRedis, group);
}

absl::StatusOr<Offset> OffsetAfter(engine::Stream& stream, engine::EntryId id) {
  if (id == engine::EntryId::kMin) return Offset{0};
  const auto after = engine::Next(id);
  if (!after.ok() || id >= stream.last_id()) return stream.next_offset();
  return stream.LowerBound(*after);
}

bool KeepsAll(Call& call, engine::Stream& stream, engine::References references) {
  return references == engine::References::kRespect && !call.Offers(Release{8, 6}) &&
         stream.Groups(Origin::kRedis).empty();
}

}  // namespace braid::redis
