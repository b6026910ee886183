// XGROUP.
#include <algorithm>
#include <optional>
#include <utility>

#include "protocol/redis/groups.h"
#include "protocol/redis/handlers.h"
#include "protocol/redis/notify.h"

namespace braid::redis {
namespace {

using engine::EntryId;

constexpr int64_t kEntriesReadUnknown = -1;

// Where a group begins: an ID, or "$" for the stream's last.
struct StartId {
  bool last = false;
  EntryId id;

  EntryId In(engine::Stream& stream) const { return last ? stream.last_id() : id; }
};

struct CreateRequest {
  std::string_view id;
  bool make_stream = false;
  std::optional<int64_t> entries_read;
};

std::optional<int64_t> NextEntriesRead(Args& args) {
  const int64_t entries = args.NextInt();
  if (entries < 0 && entries != kEntriesReadUnknown) args.Fail(text::kBadEntriesRead);
  if (entries == kEntriesReadUnknown) return std::nullopt;
  return entries;
}

// A group cannot have read more than was ever added; before 8.2 nobody said so.
std::optional<int64_t> EntriesRead(Call& call, engine::Stream& stream,
                                   std::optional<int64_t> given) {
  if (!given || !call.Offers(Release{8, 2})) return given;
  return std::min(*given, stream.State().entries_added);
}

// The options behind the ID of CREATE and SETID.
CreateRequest ParseOptions(Call& call, bool create) {
  CreateRequest request;
  request.id = call.args.Next();
  while (!call.args.empty()) {
    if (create && call.args.Skip("MKSTREAM")) {
      request.make_stream = true;
    } else if (call.args.SkipOption("ENTRIESREAD")) {
      request.entries_read = NextEntriesRead(call.args);
    } else {
      call.args.Fail(UnknownSubcommandOrArity("xgroup", call.argv[1]));
    }
  }
  return request;
}

// `ends`: "-" and "+" are IDs, too.
StartId ParseStart(Call& call, std::string_view text, bool ends) {
  if (text == "$") return {.last = true, .id = {}};
  const std::string_view only[] = {text};
  Args args(only);
  const EntryId id = ends ? args.NextIdOrEnd() : args.NextId();
  if (!args.ok()) call.args.Fail(args.error());
  return {.last = false, .id = id};
}

absl::Status Create(Call& call, engine::Stream& stream, std::string_view name, EntryId start,
                    std::optional<int64_t> entries_read) {
  const auto offset = OffsetAfter(stream, start);
  if (!offset.ok()) return offset.status();
  GroupOptions options;
  options.owner = Origin::kRedis;
  options.start = StartAt::kOffset;
  options.start_offset = *offset;
  const auto group = stream.CreateGroup(name, std::move(options), call.writes);
  if (!group.ok()) return group.status();
  return (*group)->SetCursor(*offset, start, entries_read, call.writes);
}

// The stream of a subcommand that needs it; otherwise replies.
engine::StreamPtr RequireStream(Call& call, std::string_view key) {
  engine::StreamPtr stream = call.Find(key);
  if (stream == nullptr) call.reply.Error(text::kXgroupNeedsKey);
  return stream;
}

// As RequireStream, and the group too.
engine::GroupPtr RequireGroup(Call& call, std::string_view key, std::string_view name) {
  const engine::StreamPtr stream = RequireStream(call, key);
  if (stream == nullptr) return nullptr;
  engine::GroupPtr group = stream->FindGroup(Origin::kRedis, name);
  if (group == nullptr) call.reply.Error(NoGroupForKey(key, name));
  return group;
}

}  // namespace

void XgroupCreate(Call& call) {
  const std::string_view key = call.args.Next();
  const std::string_view name = call.args.Next();
  const CreateRequest request = ParseOptions(call, /*create=*/true);
  if (call.Failed()) return;
  engine::StreamPtr stream = call.Find(key);
  if (stream == nullptr && !request.make_stream) return call.reply.Error(text::kXgroupNeedsKey);
  const StartId start = ParseStart(call, request.id, /*ends=*/false);
  if (call.Failed()) return;
  if (stream == nullptr) {
    auto created = call.FindOrCreate(key);
    if (call.Failed(created.status())) return;
    stream = *std::move(created);
  }
  const absl::Status status = Create(call, *stream, name, start.In(*stream),
                                     EntriesRead(call, *stream, request.entries_read));
  if (call.Failed(status)) return;
  Notify(call, KeyEvent::kStream, "xgroup-create", key);
  call.reply.Ok();
}

void XgroupSetId(Call& call) {
  const std::string_view key = call.args.Next();
  const std::string_view name = call.args.Next();
  const CreateRequest request = ParseOptions(call, /*create=*/false);
  if (call.Failed()) return;
  const engine::GroupPtr group = RequireGroup(call, key, name);
  if (group == nullptr) return;
  const StartId start = ParseStart(call, request.id, /*ends=*/true);
  if (call.Failed()) return;
  const EntryId id = start.In(*group->stream());
  const auto offset = OffsetAfter(*group->stream(), id);
  if (call.Failed(offset.status())) return;
  const absl::Status status = group->SetCursor(
      *offset, id, EntriesRead(call, *group->stream(), request.entries_read), call.writes);
  if (call.Failed(status)) return;
  Notify(call, KeyEvent::kStream, "xgroup-setid", key);
  call.reply.Ok();
}

void XgroupDestroy(Call& call) {
  const std::string_view key = call.args.Next();
  const engine::StreamPtr stream = RequireStream(call, key);
  if (stream == nullptr) return;
  const auto destroyed = stream->DeleteGroup(Origin::kRedis, call.args.Next(), call.writes);
  if (call.Failed(destroyed.status())) return;
  if (*destroyed) Notify(call, KeyEvent::kStream, "xgroup-destroy", key);
  call.reply.Integer(*destroyed ? 1 : 0);
}

void XgroupCreateConsumer(Call& call) {
  const std::string_view key = call.args.Next();
  const engine::GroupPtr group = RequireGroup(call, key, call.args.Next());
  if (group == nullptr) return;
  const bool created = group->CreateConsumer(call.args.Next(), call.writes);
  if (created) Notify(call, KeyEvent::kStream, "xgroup-createconsumer", key);
  call.reply.Integer(created ? 1 : 0);
}

void XgroupDelConsumer(Call& call) {
  const std::string_view key = call.args.Next();
  const engine::GroupPtr group = RequireGroup(call, key, call.args.Next());
  if (group == nullptr) return;
  const int64_t pending = group->DeleteConsumer(call.args.Next(), call.writes);
  if (pending >= 0) Notify(call, KeyEvent::kStream, "xgroup-delconsumer", key);
  call.reply.Integer(std::max<int64_t>(0, pending));
}

}  // namespace braid::redis
