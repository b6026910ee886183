// COMMAND: the command table, shown; what commands are for is in command_docs.cc.
#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fmt/format.h"
#include "protocol/redis/categories.h"
#include "protocol/redis/glob.h"
#include "protocol/redis/handlers.h"
#include "protocol/redis/known_commands.h"

namespace braid::redis {
namespace {

constexpr auto kFlagNames = std::to_array<std::pair<uint32_t, std::string_view>>({
    {kWrite, "write"},
    {kReadOnly, "readonly"},
    {kDenyOom, "denyoom"},
    {kAdmin, "admin"},
    {kNoScript, "noscript"},
    {kPubSub, "pubsub"},
    {kBlocking, "blocking"},
    {kLoading, "loading"},
    {kStale, "stale"},
    {kFast, "fast"},
    {kNoAuth, "no_auth"},
    {kNoMulti, "no_multi"},
    {kMovableKeys, "movablekeys"},
});

std::vector<std::string_view> FlagsOf(const Command& command) {
  std::vector<std::string_view> names;
  for (const auto& [flag, name] : kFlagNames) {
    if ((command.flags & flag) != 0) names.push_back(name);
  }
  return names;
}

// What becomes of the keys, in two words.
std::vector<std::string_view> KeyFlagsOf(const Command& command) {
  if ((command.flags & kReadOnly) != 0) return {"RO", "access"};
  if (command.handler == Del) return {"RM", "delete"};
  if (command.handler == Set || command.handler == Mset) return {"OW", "update"};
  return {"RW", "update"};
}

void WriteNames(Reply& reply, const std::vector<std::string_view>& names) {
  reply.Set(names.size());
  for (const std::string_view name : names) reply.Simple(name);
}

// Key specifications: where the search for keys begins, and how it goes on.
void WriteKeySpecs(Reply& reply, const Command& command) {
  const bool movable = (command.flags & kMovableKeys) != 0;
  if (command.keys.first == 0 && !movable) return reply.Set(0);
  reply.Set(1);
  reply.Map(3);
  reply.Bulk("flags");
  WriteNames(reply, KeyFlagsOf(command));
  reply.Bulk("begin_search");
  reply.Map(2);
  reply.Field("type", movable ? "keyword" : "index");
  reply.Bulk("spec");
  if (movable) {
    reply.Map(2);
    reply.Field("keyword", "STREAMS");
    reply.Field("startfrom", 1);
  } else {
    reply.Map(1);
    reply.Field("index", command.keys.first);
  }
  reply.Bulk("find_keys");
  reply.Map(2);
  reply.Field("type", "range");
  reply.Bulk("spec");
  reply.Map(3);
  const bool to_the_end = movable || command.keys.last < 0;
  reply.Field("lastkey", to_the_end ? -1 : command.keys.last - command.keys.first);
  reply.Field("keystep", 1);
  reply.Field("limit", movable ? 2 : 0);
}

void WriteCommand(Call& call, const Command& command) {
  Reply& reply = call.reply;
  reply.Array(10);
  reply.Bulk(command.name);
  reply.Integer(command.arity);
  WriteNames(reply, FlagsOf(command));
  reply.Integer(command.keys.first);
  reply.Integer(command.keys.last);
  reply.Integer(command.keys.step);
  const std::vector<std::string_view> categories = CategoriesOf(command);
  reply.Set(categories.size());
  for (const std::string_view category : categories) reply.Simple(fmt::format("@{}", category));
  reply.Set(0);  // tips
  WriteKeySpecs(reply, command);
  const std::vector<const Command*> subcommands = KnownSubcommands(call.service, command);
  reply.Array(subcommands.size());
  for (const Command* subcommand : subcommands) WriteCommand(call, *subcommand);
}

// The positions of the keys in the call that the arguments are; an error instead.
std::vector<size_t> KeysOfCall(Call& call, const Command*& command) {
  const absl::Span<const std::string_view> argv = call.args.rest();
  command = FindCalled(call.service, argv);
  if (command == nullptr) {
    call.reply.Error("ERR Invalid command specified");
    return {};
  }
  if ((command->flags & kMovableKeys) == 0 && command->keys.first == 0) {
    call.reply.Error("ERR The command has no key arguments");
    return {};
  }
  if (!command->Takes(argv.size())) {
    call.reply.Error("ERR Invalid number of arguments specified for command");
    return {};
  }
  std::vector<size_t> positions = KeyPositions(*command, argv);
  if (positions.empty()) call.reply.Error("ERR Invalid arguments specified for command");
  return positions;
}

}  // namespace

void CommandAll(Call& call) {
  const std::vector<const Command*> commands = KnownCommands(call.service);
  call.reply.Array(commands.size());
  for (const Command* command : commands) WriteCommand(call, *command);
}

void CommandCount(Call& call) {
  call.reply.Integer(static_cast<int64_t>(KnownCommands(call.service).size()));
}

void CommandInfo(Call& call) {
  if (call.args.empty()) return CommandAll(call);
  call.reply.Array(call.args.size());
  while (!call.args.empty()) {
    const Command* command = FindKnown(call.service, call.args.Next());
    if (command == nullptr) {
      call.reply.Null();
    } else {
      WriteCommand(call, *command);
    }
  }
}

void CommandList(Call& call) {
  std::string_view category;
  std::string_view pattern = "*";
  bool none = false;
  if (call.args.size() == 3 && call.args.Skip("FILTERBY")) {
    if (call.args.Skip("ACLCAT")) {
      category = call.args.Next();
    } else if (call.args.Skip("PATTERN")) {
      pattern = call.args.Next();
    } else if (call.args.Skip("MODULE")) {
      none = true;  // there are no modules
      call.args.Next();
    }
  }
  if (!call.args.empty()) return call.reply.Error(text::kSyntax);
  std::vector<std::string_view> names;
  for (const Command* command : KnownCommands(call.service)) {
    if (none || !GlobMatch(pattern, command->name, /*ignore_case=*/true)) continue;
    if (!category.empty() && !InCategory(*command, category)) continue;
    names.push_back(command->name);
  }
  call.reply.Array(names.size());
  for (const std::string_view name : names) call.reply.Bulk(name);
}

void CommandGetKeys(Call& call) {
  const Command* command = nullptr;
  const std::vector<size_t> positions = KeysOfCall(call, command);
  if (positions.empty()) return;
  call.reply.Array(positions.size());
  for (const size_t position : positions) call.reply.Bulk(call.args.rest()[position]);
}

void CommandGetKeysAndFlags(Call& call) {
  const Command* command = nullptr;
  const std::vector<size_t> positions = KeysOfCall(call, command);
  if (positions.empty()) return;
  call.reply.Array(positions.size());
  for (const size_t position : positions) {
    call.reply.Array(2);
    call.reply.Bulk(call.args.rest()[position]);
    WriteNames(call.reply, KeyFlagsOf(*command));
  }
}

}  // namespace braid::redis
