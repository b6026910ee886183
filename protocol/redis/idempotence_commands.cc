// XCFGSET and XIDMPRECORD: entries that their producers name.
#include <optional>

#include "protocol/redis/handlers.h"
#include "protocol/redis/idempotence.h"

namespace braid::redis {
namespace {

// A number within [1, max].
std::optional<int64_t> NextWithin(Args& args, int64_t max, std::string_view error) {
  const int64_t value = args.NextInt();
  if (args.ok() && (value < 1 || value > max)) args.Fail(error);
  return value;
}

}  // namespace

engine::IdempotenceOptions DefaultIdempotence(const Service& service) {
  return {.window = absl::Seconds(service.idmp_duration()), .max_ids = service.idmp_max_size()};
}

void Xcfgset(Call& call) {
  constexpr int64_t kMaxSeconds = 86400;
  constexpr int64_t kMaxIds = 10000;
  const std::string_view key = call.args.Next();
  std::optional<int64_t> seconds, ids;
  while (!call.args.empty()) {
    if (call.args.SkipOption("IDMP-DURATION")) {
      seconds = NextWithin(call.args, kMaxSeconds, text::kIdempotenceDuration);
    } else if (call.args.SkipOption("IDMP-MAXSIZE")) {
      ids = NextWithin(call.args, kMaxIds, text::kIdempotenceMaxSize);
    } else {
      call.args.Fail(text::kSyntax);
    }
  }
  if (!seconds && !ids) call.args.Fail(text::kNoParameter);
  if (call.Failed()) return;
  const engine::StreamPtr stream = call.Find(key);
  if (stream == nullptr) return call.reply.Error(text::kNoSuchKey);
  engine::IdempotenceOptions options =
      stream->idempotence().options.value_or(DefaultIdempotence(call.service));
  if (seconds) options.window = absl::Seconds(*seconds);
  if (ids) options.max_ids = *ids;
  if (!call.Failed(stream->SetIdempotence(options, call.writes))) call.reply.Ok();
}

void Xidmprecord(Call& call) {
  const std::string_view key = call.args.Next();
  const engine::IdempotentName name{call.args.Next(), call.args.Next()};
  const engine::EntryId id = call.args.NextId();
  if (name.producer.empty()) call.args.Fail(text::kNoProducerId);
  if (name.id.empty()) call.args.Fail(text::kNoIdempotentId);
  if (call.Failed()) return;
  const engine::StreamPtr stream = call.Find(key);
  if (stream == nullptr) return call.reply.Error(text::kNoSuchKey);
  const absl::Status status =
      stream->RecordName(name, id, DefaultIdempotence(call.service), call.writes);
  if (!call.Failed(status)) call.reply.Ok();
}

}  // namespace braid::redis
