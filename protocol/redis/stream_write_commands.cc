// XADD, XDEL, XTRIM, XSETID.
#include <optional>
#include <vector>

#include "engine/views.h"
#include "protocol/redis/handlers.h"
#include "protocol/redis/trim.h"

namespace braid::redis {
namespace {

using engine::EntryId;

struct AddRequest {
  std::string_view key;
  bool create = true;
  TrimSpec trim;
  engine::EntryIdSpec id;
  absl::InlinedVector<engine::FieldView, 8> fields;
};

// Everything between the key and the ID; then the ID.
void ParseUpToId(Call& call, AddRequest& add) {
  while (!call.args.empty()) {
    if (call.args.Peek() == "*") break;
    if (call.args.Skip("NOMKSTREAM")) {
      add.create = false;
    } else if (!add.trim.TakeOption(call.args)) {
      break;
    }
  }
  if (!call.args.ok()) return;
  const auto id = engine::EntryIdSpec::Parse(call.args.Next());
  if (!id.ok()) return call.args.Fail(text::kInvalidId);
  add.id = *id;
  add.trim.Check(call.args, call.service.node_entries());
}

AddRequest ParseAdd(Call& call) {
  AddRequest add;
  add.key = call.args.Next();
  ParseUpToId(call, add);
  if (!call.args.ok()) return add;
  if (call.args.size() < 2 || call.args.size() % 2 != 0) {
    call.args.Fail(WrongArity(call.command.name));
  } else if (add.id == engine::EntryIdSpec{.ms = 0, .seq = 0}) {
    call.args.Fail(text::kIdZero);
  }
  while (!call.args.empty()) {
    const std::string_view name = call.args.Next();
    add.fields.push_back({name, call.args.Next()});
  }
  return add;
}

absl::StatusOr<engine::AppendResult> Append(Call& call, const engine::StreamPtr& stream,
                                            const AddRequest& add) {
  if (stream->last_id() == EntryId::kMax) return MakeError(Errc::kIdExhausted, "");
  engine::AppendOptions options;
  options.origin = Origin::kRedis;
  options.id = add.id;
  return stream->Append(engine::RecordFromFields(add.fields), options, call.writes);
}

struct SetIdRequest {
  EntryId last;
  std::optional<int64_t> entries_added;
  std::optional<EntryId> max_deleted;
};

SetIdRequest ParseSetId(Args& args) {
  SetIdRequest set;
  set.last = args.NextId();
  while (!args.empty()) {
    if (args.SkipOption("ENTRIESADDED")) {
      set.entries_added = args.NextInt();
      if (*set.entries_added < 0) args.Fail(text::kEntriesAddedNegative);
    } else if (args.SkipOption("MAXDELETEDID")) {
      set.max_deleted = args.NextId();
      if (set.last < *set.max_deleted) args.Fail(text::kSetIdBelowGivenMaxDeleted);
    } else {
      args.Fail(text::kSyntax);
    }
  }
  return set;
}

// Why a stream in this state cannot be set so; "" when it can.
std::string_view CheckSetId(const SetIdRequest& set, engine::Stream& stream) {
  const engine::StreamState state = stream.State();
  if (set.last < state.max_deleted_id) return text::kSetIdBelowMaxDeleted;
  if (state.records == 0) return {};
  const auto newest = stream.Read({.max_records = 1, .reverse = true});
  if (newest.ok() && !newest->empty() && set.last < newest->front().id) {
    return text::kSetIdBelowTop;
  }
  if (set.entries_added && *set.entries_added < state.records) {
    return text::kEntriesAddedBelowLength;
  }
  return {};
}

}  // namespace

void Xadd(Call& call) {
  const AddRequest add = ParseAdd(call);
  if (call.Failed()) return;
  engine::StreamPtr stream = call.Find(add.key);
  if (stream == nullptr) {
    if (!add.create) return call.reply.Null();
    auto created = call.FindOrCreate(add.key);
    if (call.Failed(created.status())) return;
    stream = *std::move(created);
  }
  const auto appended = Append(call, stream, add);
  if (call.Failed(appended.status())) return;
  if (add.trim.strategy != TrimSpec::Strategy::kNone) {
    const auto trimmed = Trim(*stream, add.trim, call.service.node_entries(), call.writes);
    if (call.Failed(trimmed.status())) return;
  }
  call.reply.Id(appended->id);
}

void Xdel(Call& call) {
  const engine::StreamPtr stream = call.Find(call.args.Next());
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
  if (!call.Failed(deleted.status())) call.reply.Integer(*deleted);
}

void Xsetid(Call& call) {
  const std::string_view key = call.args.Next();
  const SetIdRequest set = ParseSetId(call.args);
  if (call.Failed()) return;
  const engine::StreamPtr stream = call.Find(key);
  if (stream == nullptr) return call.reply.Error(text::kNoSuchKey);
  const std::string_view error = CheckSetId(set, *stream);
  if (!error.empty()) return call.reply.Error(error);
  const absl::Status status =
      stream->SetIds(set.last, set.entries_added, set.max_deleted, call.writes);
  if (!call.Failed(status)) call.reply.Ok();
}

void Xtrim(Call& call) {
  const std::string_view key = call.args.Next();
  TrimSpec trim;
  while (!call.args.empty()) {
    if (!trim.TakeOption(call.args)) call.args.Fail(text::kSyntax);
  }
  if (trim.strategy == TrimSpec::Strategy::kNone && trim.limit == 0) {
    call.args.Fail(text::kNoStrategy);
  }
  trim.Check(call.args, call.service.node_entries());
  if (call.Failed()) return;
  const engine::StreamPtr stream = call.Find(key);
  if (stream == nullptr) return call.reply.Integer(0);
  const auto trimmed = Trim(*stream, trim, call.service.node_entries(), call.writes);
  if (!call.Failed(trimmed.status())) call.reply.Integer(*trimmed);
}

}  // namespace braid::redis
