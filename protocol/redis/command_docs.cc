// COMMAND DOCS and the HELP subcommands: what commands are for.
#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "fmt/format.h"
#include "protocol/redis/handlers.h"
#include "protocol/redis/known_commands.h"
#include "protocol/redis/syntax.h"

namespace braid::redis {
namespace {

std::string_view NameOf(Argument::Type type) {
  switch (type) {
    case Argument::Type::kString:
      return "string";
    case Argument::Type::kInteger:
      return "integer";
    case Argument::Type::kKey:
      return "key";
    case Argument::Type::kPattern:
      return "pattern";
    case Argument::Type::kUnixTime:
      return "unix-time";
    case Argument::Type::kToken:
      return "pure-token";
    case Argument::Type::kOneOf:
      return "oneof";
    case Argument::Type::kBlock:
      break;
  }
  return "block";
}

// How the time it takes grows: a fast command looks at a fixed number of things for each that it is
// given, others at as many as there are.
std::string_view ComplexityOf(const Command& command) {
  if ((command.flags & kFast) == 0) return "O(N) where N is how many elements it looks at";
  if (command.syntax.find("...") == std::string_view::npos) return "O(1)";
  return "O(N) where N is how many arguments it is given";
}

void WriteArguments(Reply& reply, const Command& command, const std::vector<Argument>& arguments) {
  const bool has_keys = command.keys.first != 0 || (command.flags & kMovableKeys) != 0;
  reply.Array(arguments.size());
  for (const Argument& argument : arguments) {
    const bool is_key = has_keys && argument.type == Argument::Type::kKey;
    const bool flagged = argument.optional || argument.multiple;
    reply.Map(2 + size_t{is_key} + size_t{!argument.token.empty()} + size_t{flagged} +
              size_t{!argument.arguments.empty()});
    reply.Field("name", argument.name);
    reply.Field("type", argument.type == Argument::Type::kKey && !is_key ? "string"
                                                                         : NameOf(argument.type));
    if (is_key) reply.Field("key_spec_index", int64_t{0});
    if (!argument.token.empty()) reply.Field("token", argument.token);
    if (flagged) {
      reply.Bulk("flags");
      reply.Set(size_t{argument.optional} + size_t{argument.multiple});
      if (argument.optional) reply.Simple("optional");
      if (argument.multiple) reply.Simple("multiple");
    }
    if (argument.arguments.empty()) continue;
    reply.Bulk("arguments");
    WriteArguments(reply, command, argument.arguments);
  }
}

void WriteDocs(Call& call, const Command& command) {
  Reply& reply = call.reply;
  const std::vector<const Command*> subcommands = KnownSubcommands(call.service, command);
  const std::vector<Argument> arguments = ParseSyntax(command.syntax);
  reply.Bulk(command.name);
  reply.Map(4 + size_t{!arguments.empty()} + size_t{!subcommands.empty()});
  reply.Field("summary", command.summary);
  reply.Field("since", command.since);
  reply.Field("group", command.group);
  reply.Field("complexity",
              command.handler == nullptr ? "Depends on subcommand." : ComplexityOf(command));
  if (!arguments.empty()) {
    reply.Bulk("arguments");
    WriteArguments(reply, command, arguments);
  }
  if (subcommands.empty()) return;
  reply.Bulk("subcommands");
  reply.Map(subcommands.size());
  for (const Command* subcommand : subcommands) WriteDocs(call, *subcommand);
}

}  // namespace

void CommandDocs(Call& call) {
  std::vector<const Command*> commands;
  if (call.args.empty()) commands = KnownCommands(call.service);
  while (!call.args.empty()) {
    const Command* command = FindKnown(call.service, call.args.Next());
    if (command != nullptr) commands.push_back(command);
  }
  call.reply.Map(commands.size());
  for (const Command* command : commands) WriteDocs(call, *command);
}

void Help(Call& call) {
  const Command& container = *FindCommand(call.command.name.substr(0, call.command.name.find('|')));
  std::vector<std::string> lines = {fmt::format(
      "{} <subcommand> [<arg> [value] [opt] ...]. Subcommands are:", Uppered(container.name))};
  const auto add = [&](std::string_view usage, std::string_view summary) {
    lines.emplace_back(usage);
    lines.push_back(fmt::format("    {}", summary));
  };
  if (container.handler != nullptr) add("(no subcommand)", container.summary);
  for (const Command* subcommand : KnownSubcommands(call.service, container)) {
    if (subcommand->subcommand() == "help") continue;
    const std::string name = Uppered(subcommand->subcommand());
    const std::string_view syntax = subcommand->syntax;
    add(syntax.empty() ? name : fmt::format("{} {}", name, syntax), subcommand->summary);
  }
  add("HELP", "Prints this help.");
  call.reply.Array(lines.size());
  for (const std::string& line : lines) call.reply.Simple(line);
}

}  // namespace braid::redis
