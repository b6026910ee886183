// XDEL, XDELEX, XTRIM.
#include <vector>

#include "protocol/redis/groups.h"
#include "protocol/redis/handlers.h"
#include "protocol/redis/notify.h"
#include "protocol/redis/removal.h"
#include "protocol/redis/trim.h"

namespace braid::redis {
namespace {

using engine::EntryId;

}  // namespace

void Xdel(Call& call) {
  const std::string_view key = call.args.Next();
  const engine::StreamPtr stream = call.Find(key);
  if (stream == nullptr) return call.reply.Integer(0);
  std::vector<EntryId> ids;
  while (!call.args.empty()) ids.push_back(call.args.NextId());
  if (call.Failed()) return;
  std::vector<Offset> offsets;
  for (const EntryId id : ids) {
    const auto offset = stream->Find(id);
    if (offset.ok()) {
      offsets.push_back(*offset);
    } else if (CodeOf(offset.status()) != Errc::kRecordNotFound) {
      call.reply.Error(ErrorText(offset.status()));
      return;
    }
  }
  if (offsets.empty()) return call.reply.Integer(0);
  const auto deleted = stream->Delete(offsets, call.writes);
  if (call.Failed(deleted.status())) return;
  if (*deleted > 0) Notify(call, KeyEvent::kStream, "xdel", key);
  call.reply.Integer(*deleted);
}

void Xdelex(Call& call) {
  const std::string_view key = call.args.Next();
  const RemovalRequest request = ParseRemoval(call.args);
  if (call.Failed()) return;
  const engine::StreamPtr stream = call.Find(key);
  if (stream == nullptr) return WriteRemovals(call.reply, Nothing(request));
  if (KeepsAll(call, *stream, request.references)) {
    return WriteRemovals(
        call.reply, std::vector<engine::Removal>(request.ids.size(), engine::Removal::kReferenced));
  }
  const auto removals = stream->RemoveEntries(request.ids, request.references, call.writes);
  if (call.Failed(removals.status())) return;
  for (const engine::Removal removal : *removals) {
    if (removal != engine::Removal::kRemoved) continue;
    Notify(call, KeyEvent::kStream, "xdel", key);
    break;
  }
  WriteRemovals(call.reply, *removals);
}

void Xtrim(Call& call) {
  const std::string_view key = call.args.Next();
  TrimSpec trim;
  bool references_given = false;
  while (!call.args.empty()) {
    if (trim.TakeOption(call.args)) continue;
    if (!references_given && call.Offers(Release{8, 2}) &&
        TakeReferences(call.args, trim.references)) {
      references_given = true;
    } else {
      call.args.Fail(text::kSyntax);
    }
  }
  if (trim.strategy == TrimSpec::Strategy::kNone && trim.limit == 0) {
    call.args.Fail(text::kNoStrategy);
  }
  trim.Check(call.args, call.service.node_entries());
  if (call.Failed()) return;
  const engine::StreamPtr stream = call.Find(key);
  if (stream == nullptr) return call.reply.Integer(0);
  if (KeepsAll(call, *stream, trim.references)) return call.reply.Integer(0);
  const auto trimmed = Trim(*stream, trim, call.service.node_entries(), call.writes);
  if (call.Failed(trimmed.status())) return;
  if (*trimmed > 0) Notify(call, KeyEvent::kStream, "xtrim", key);
  call.reply.Integer(*trimmed);
}

}  // namespace braid::redis
