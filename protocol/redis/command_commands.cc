// COMMAND and the HELP subcommands: the command table, shown.
#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fmt/format.h"
#include "protocol/redis/glob.h"
#include "protocol/redis/handlers.h"

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

std::string_view CategoryOf(std::string_view group) {
  if (group == "generic") return "@keyspace";
  if (group == "transactions") return "@transaction";
  if (group == "connection") return "@connection";
  if (group == "stream") return "@stream";
  return {};
}

std::vector<std::string_view> CategoriesOf(const Command& command) {
  std::vector<std::string_view> names;
  if ((command.flags & kWrite) != 0) names.push_back("@write");
  if ((command.flags & kReadOnly) != 0) names.push_back("@read");
  if (!CategoryOf(command.group).empty()) names.push_back(CategoryOf(command.group));
  if ((command.flags & kAdmin) != 0) names.insert(names.end(), {"@admin", "@dangerous"});
  if ((command.flags & kBlocking) != 0) names.push_back("@blocking");
  names.push_back((command.flags & kFast) != 0 ? "@fast" : "@slow");
  return names;
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
  reply.Set(1);
  reply.Simple((command.flags & kWrite) != 0 ? "RW" : "RO");
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

std::vector<const Command*> TopLevel(const Service& service) {
  std::vector<const Command*> commands;
  for (const Command& command : Commands()) {
    if (command.subcommand().empty() && service.Knows(command)) commands.push_back(&command);
  }
  return commands;
}

std::vector<const Command*> KnownSubcommands(const Service& service, const Command& container) {
  std::vector<const Command*> commands;
  for (const Command& command : SubcommandsOf(container)) {
    if (service.Knows(command)) commands.push_back(&command);
  }
  return commands;
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
  WriteNames(reply, CategoriesOf(command));
  reply.Set(0);  // tips
  WriteKeySpecs(reply, command);
  const std::vector<const Command*> subcommands = KnownSubcommands(call.service, command);
  reply.Array(subcommands.size());
  for (const Command* subcommand : subcommands) WriteCommand(call, *subcommand);
}

void WriteDocs(Call& call, const Command& command) {
  Reply& reply = call.reply;
  const std::vector<const Command*> subcommands = KnownSubcommands(call.service, command);
  reply.Bulk(command.name);
  reply.Map(subcommands.empty() ? 3 : 4);
  reply.Field("summary", command.summary);
  reply.Field("since", command.since);
  reply.Field("group", command.group);
  if (subcommands.empty()) return;
  reply.Bulk("subcommands");
  reply.Map(subcommands.size());
  for (const Command* subcommand : subcommands) WriteDocs(call, *subcommand);
}

// "xgroup" or "xgroup|create"; nullptr when there is none.
const Command* FindByFullName(const Service& service, std::string_view name) {
  const size_t bar = name.find('|');
  const Command* command = FindCommand(name.substr(0, bar));
  if (command != nullptr && bar != std::string_view::npos) {
    command = FindSubcommand(*command, name.substr(bar + 1));
  }
  return command != nullptr && service.Knows(*command) ? command : nullptr;
}

bool InCategory(const Command& command, std::string_view category) {
  const std::vector<std::string_view> categories = CategoriesOf(command);
  return std::any_of(categories.begin(), categories.end(),
                     [&](std::string_view name) { return SameWord(name.substr(1), category); });
}

}  // namespace

void CommandAll(Call& call) {
  const std::vector<const Command*> commands = TopLevel(call.service);
  call.reply.Array(commands.size());
  for (const Command* command : commands) WriteCommand(call, *command);
}

void CommandCount(Call& call) {
  call.reply.Integer(static_cast<int64_t>(TopLevel(call.service).size()));
}

void CommandDocs(Call& call) {
  std::vector<const Command*> commands;
  if (call.args.empty()) commands = TopLevel(call.service);
  while (!call.args.empty()) {
    const Command* command = FindByFullName(call.service, call.args.Next());
    if (command != nullptr) commands.push_back(command);
  }
  call.reply.Map(commands.size());
  for (const Command* command : commands) WriteDocs(call, *command);
}

void CommandInfo(Call& call) {
  if (call.args.empty()) return CommandAll(call);
  call.reply.Array(call.args.size());
  while (!call.args.empty()) {
    const Command* command = FindByFullName(call.service, call.args.Next());
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
  for (const Command* command : TopLevel(call.service)) {
    if (none || !GlobMatch(pattern, command->name, /*ignore_case=*/true)) continue;
    if (!category.empty() && !InCategory(*command, category)) continue;
    names.push_back(command->name);
  }
  call.reply.Array(names.size());
  for (const std::string_view name : names) call.reply.Bulk(name);
}

void CommandGetKeys(Call& call) {
  const absl::Span<const std::string_view> argv = call.args.rest();
  const Command* command = FindCommand(argv.front());
  if (command != nullptr && !SubcommandsOf(*command).empty() && argv.size() > 1) {
    command = FindSubcommand(*command, argv[1]);
  }
  if (command == nullptr || !call.service.Knows(*command)) {
    return call.reply.Error("ERR Invalid command specified");
  }
  if ((command->flags & kMovableKeys) == 0 && command->keys.first == 0) {
    return call.reply.Error("ERR The command has no key arguments");
  }
  if (!command->Takes(argv.size())) {
    return call.reply.Error("ERR Invalid number of arguments specified for command");
  }
  const std::vector<size_t> positions = KeyPositions(*command, argv);
  if (positions.empty()) return call.reply.Error("ERR Invalid arguments specified for command");
  call.reply.Array(positions.size());
  for (const size_t position : positions) call.reply.Bulk(argv[position]);
}

void Help(Call& call) {
  const std::string_view container = call.command.name.substr(0, call.command.name.find('|'));
  std::vector<std::string> lines = {fmt::format(
      "{} <subcommand> [<arg> [value] [opt] ...]. Subcommands are:", Uppered(container))};
  for (const Command* subcommand : KnownSubcommands(call.service, *FindCommand(container))) {
    const std::string name = Uppered(subcommand->subcommand());
    lines.push_back(subcommand->syntax.empty() ? name
                                               : fmt::format("{} {}", name, subcommand->syntax));
    lines.push_back(fmt::format("    {}", subcommand->summary));
  }
  call.reply.Array(lines.size());
  for (const std::string& line : lines) call.reply.Simple(line);
}

}  // namespace braid::redis
