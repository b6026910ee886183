#include "protocol/redis/shown_args.h"

#include <algorithm>
#include <array>

#include "protocol/redis/words.h"

namespace braid::redis {
namespace {

constexpr std::string_view kRedacted = "(redacted)";
constexpr auto kSecretSettings = std::to_array<std::string_view>({"masterauth", "requirepass"});

using ArgList = std::vector<std::string_view>;

void RedactFrom(ArgList& args, size_t first, size_t count) {
  for (size_t i = first; i < args.size() && i < first + count; ++i) args[i] = kRedacted;
}

void RedactHello(ArgList& args) {
  for (size_t i = 2; i < args.size(); ++i) {
    if (SameWord(args[i], "auth")) return RedactFrom(args, i + 1, 2);
  }
}

void RedactSettings(ArgList& args) {
  for (size_t i = 2; i + 1 < args.size(); i += 2) {
    const bool secret =
        std::any_of(kSecretSettings.begin(), kSecretSettings.end(),
                    [&](std::string_view setting) { return SameWord(setting, args[i]); });
    if (secret) args[i + 1] = kRedacted;
  }
}

}  // namespace

std::vector<std::string_view> ShownArgs(const Command& command,
                                        absl::Span<const std::string_view> argv) {
  ArgList args(argv.begin(), argv.end());
  if (command.name == "auth") RedactFrom(args, 1, args.size());
  if (command.name == "hello") RedactHello(args);
  if (command.name == "config|set") RedactSettings(args);
  if (command.name == "acl|setuser") RedactFrom(args, 2, args.size());
  return args;
}

}  // namespace braid::redis
