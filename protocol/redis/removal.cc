#include "protocol/redis/removal.h"

#include "protocol/redis/trim.h"

namespace braid::redis {
namespace {

constexpr IdListErrors kErrors = {text::kIdsNotPositive, text::kIdsMismatch};

int64_t NumberOf(engine::Removal removal) {
  switch (removal) {
    case engine::Removal::kNone:
      return -1;
    case engine::Removal::kRemoved:
      return 1;
    case engine::Removal::kReferenced:
      break;
  }
  return 2;
}

}  // namespace

RemovalRequest ParseRemoval(Args& args) {
  RemovalRequest request;
  bool references_given = false;
  bool ids_given = false;
  while (!args.empty()) {
    if (!references_given && TakeReferences(args, request.references)) {
      references_given = true;
    } else if (!ids_given && args.SkipOption("IDS")) {
      ids_given = true;
      TakeIdList(args, kErrors, request.ids);
    } else if (ids_given && engine::EntryId::Parse(args.Peek()).ok()) {
      args.Fail(text::kIdsMismatch);
    } else {
      args.Fail(text::kSyntax);
    }
  }
  if (!ids_given) args.Fail(text::kIdsMissing);
  return request;
}

void WriteRemovals(Reply& reply, absl::Span<const engine::Removal> removals) {
  reply.Array(removals.size());
  for (const engine::Removal removal : removals) reply.Integer(NumberOf(removal));
}

std::vector<engine::Removal> Nothing(const RemovalRequest& request) {
  return std::vector<engine::Removal>(request.ids.size(), engine::Removal::kNone);
}

}  // namespace braid::redis
