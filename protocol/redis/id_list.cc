#include "protocol/redis/id_list.h"

namespace braid::redis {

void TakeIdList(Args& args, const IdListErrors& errors, IdList& ids) {
  const int64_t count = args.NextInt(errors.not_positive);
  if (count < 1) args.Fail(errors.not_positive);
  if (args.ok() && static_cast<uint64_t>(count) > args.size()) args.Fail(errors.mismatch);
  for (int64_t i = 0; i < count && args.ok(); ++i) ids.push_back(args.NextId());
}

}  // namespace braid::redis
