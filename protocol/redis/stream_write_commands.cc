// XADD and XSETID.
#include <xxhash.h>

#include <optional>
#include <string>

#include "engine/views.h"
#include "protocol/redis/groups.h"
#include "protocol/redis/handlers.h"
#include "protocol/redis/idempotence.h"
#include "protocol/redis/notify.h"
#include "protocol/redis/trim.h"

namespace braid::redis {
namespace {

using engine::EntryId;

struct AddRequest {
  std::string_view key;
  bool create = true;
  TrimSpec trim;
  engine::EntryIdSpec id;
  std::optional<engine::IdempotentName> name;
  bool name_is_hash = false;  // IDMPAUTO: the fields name the entry
  absl::InlinedVector<engine::FieldView, 8> fields;
};

// IDMP or IDMPAUTO with its arguments; false when something else is next.
bool TakeName(Args& args, AddRequest& add) {
  const bool hash = args.SkipOption("IDMPAUTO");
  if (!hash && !(args.size() >= 3 && args.Skip("IDMP"))) return false;
  if (add.name) args.Fail(text::kIdempotentTwice);
  add.name.emplace();
  add.name_is_hash = hash;
  add.name->producer = args.Next();
  if (add.name->producer.empty()) args.Fail(hash ? text::kNoAutoProducerId : text::kNoProducerId);
  if (hash) return true;
  add.name->id = args.Next();
  if (add.name->id.empty()) args.Fail(text::kNoIdempotentId);
  return true;
}

// 16 bytes that are the same for the same fields with the same values, in the same order.
std::string HashOf(const AddRequest& add) {
  std::string text;
  for (const engine::FieldView& field : add.fields) {
    for (const std::string_view part : {field.name, field.value}) {
      const uint64_t size = part.size();
      text.append(reinterpret_cast<const char*>(&size), sizeof(size));
      text.append(part);
    }
  }
  const XXH128_hash_t hash = XXH3_128bits(text.data(), text.size());
  return std::string(reinterpret_cast<const char*>(&hash), sizeof(hash));
}

// Everything between the key and the ID; then the ID.
void ParseUpToId(Call& call, AddRequest& add) {
  bool references_given = false;
  while (!call.args.empty()) {
    if (call.args.Peek() == "*") break;
    if (call.args.Skip("NOMKSTREAM")) {
      add.create = false;
    } else if (!references_given && call.Offers(Release{8, 2}) &&
               TakeReferences(call.args, add.trim.references)) {
      references_given = true;
    } else if (!(call.Offers(Release{8, 6}) && TakeName(call.args, add)) &&
               !add.trim.TakeOption(call.args)) {
      break;
    }
  }
  if (!call.args.ok()) return;
  const auto id = engine::EntryIdSpec::Parse(call.args.Next());
  if (!id.ok()) return call.args.Fail(text::kInvalidId);
  add.id = *id;
  add.trim.Check(call.args, call.service.node_entries());
  if (add.name && add.id != engine::EntryIdSpec()) call.args.Fail(text::kIdempotentId);
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
  engine::AppendOptions options;
  options.origin = Origin::kRedis;
  options.id = add.id;
  std::string hash;
  if (add.name) {
    options.name = add.name;
    options.idempotence = DefaultIdempotence(call.service);
    if (add.name_is_hash) options.name->id = hash = HashOf(add);
  } else if (stream->last_id() == EntryId::kMax) {
    return MakeError(Errc::kIdExhausted, "");
  }
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
  if (appended->duplicate) return call.reply.Id(appended->id);
  Notify(call, KeyEvent::kStream, "xadd", add.key);
  if (add.trim.strategy != TrimSpec::Strategy::kNone &&
      !KeepsAll(call, *stream, add.trim.references)) {
    const auto trimmed = Trim(*stream, add.trim, call.service.node_entries(), call.writes);
    if (call.Failed(trimmed.status())) return;
    if (*trimmed > 0) Notify(call, KeyEvent::kStream, "xtrim", add.key);
  }
  call.reply.Id(appended->id);
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
  if (call.Failed(status)) return;
  Notify(call, KeyEvent::kStream, "xsetid", key);
  call.reply.Ok();
}

}  // namespace braid::redis
