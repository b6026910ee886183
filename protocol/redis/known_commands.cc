#include "protocol/redis/known_commands.h"

#include "protocol/redis/service.h"

namespace braid::redis {

std::vector<const Command*> KnownCommands(const Service& service) {
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

const Command* FindKnown(const Service& service, std::string_view name) {
  const size_t bar = name.find('|');
  const Command* command = FindCommand(name.substr(0, bar));
  if (command != nullptr && bar != std::string_view::npos) {
    command = FindSubcommand(*command, name.substr(bar + 1));
  }
  return command != nullptr && service.Knows(*command) ? command : nullptr;
}

const Command* FindCalled(const Service& service, absl::Span<const std::string_view> argv) {
  const Command* command = FindCommand(argv.front());
  if (command != nullptr && !SubcommandsOf(*command).empty() && argv.size() > 1) {
    command = FindSubcommand(*command, argv[1]);
  }
  return command != nullptr && service.Knows(*command) ? command : nullptr;
}

}  // namespace braid::redis
