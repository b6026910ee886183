// DEBUG, as far as it is about anything that is here: most of Redis's is about its own insides.
#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <string>
#include <string_view>
#include <thread>

#include "absl/hash/hash.h"
#include "fmt/format.h"
#include "protocol/redis/dump.h"
#include "protocol/redis/glob.h"
#include "protocol/redis/handlers.h"
#include "protocol/redis/keyspace.h"

namespace braid::redis {
namespace {

constexpr double kLongestSleepSeconds = 3600;
constexpr int64_t kLongestMatchedText = 64 << 20;

bool IsLocal(std::string_view address) {
  return address.starts_with("127.") || address.starts_with("[::1]");
}

bool MayDebug(Call& call) {
  switch (call.service.settings().debug_access) {
    case DebugAccess::kAnybody:
      return true;
    case DebugAccess::kLocal:
      return IsLocal(call.client.handle().address());
    case DebugAccess::kNobody:
      return false;
  }
  return false;
}

// Nobody's commands run meanwhile.
void Sleep(Call& call) {
  const std::string_view text = call.args.Next();
  double seconds = 0;
  std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (!(seconds > 0)) return call.reply.Ok();  // also what is no number, as in Redis
  const auto time = std::chrono::duration<double>(std::fmin(seconds, kLongestSleepSeconds));
  if (call.in_exec) {
    std::this_thread::sleep_for(time);  // EXEC is alone already
  } else {
    call.client.RunAlone([&] { std::this_thread::sleep_for(time); });
  }
  call.reply.Ok();
}

// What was acknowledged is durable afterwards, and what is served is what is stored in any case: as
// far as Redis's forms of it go that can be told from outside.
void Reload(Call& call) {
  while (!call.args.empty()) {
    if (call.args.Skip("NOSAVE") || call.args.Skip("NOFLUSH") || call.args.Skip("MERGE")) continue;
    call.args.Fail("ERR DEBUG RELOAD only supports the MERGE, NOFLUSH and NOSAVE options.");
  }
  if (call.Failed() || call.Failed(call.catalog.Flush())) return;
  call.reply.Ok();
}

void Object(Call& call) {
  const std::string_view name = call.args.Next();
  Keyspace keyspace(call);
  const Key key = keyspace.Find(name);
  if (!key.exists()) return call.reply.Error(text::kNoSuchKey);
  const auto content = ContentOf(key);
  if (call.Failed(content.status())) return;
  // Where it is in memory is nobody's business; the number only tells keys apart.
  call.reply.Simple(fmt::format(
      "Value at:0x{:x} refcount:1 encoding:{} serializedlength:{} lru:0 lru_seconds_idle:0",
      absl::Hash<std::string_view>()(name), key.encoding(), Dump(*content).size()));
}

void MatchLongText(Call& call) {
  const int64_t size = call.args.NextInt();
  if (size < 0 || size > kLongestMatchedText) call.args.Fail(text::kNotAnInteger);
  if (call.Failed()) return;
  GlobMatch(call.args.Next(), std::string(static_cast<size_t>(size), 'a'));
  call.reply.Ok();
}

void SetPackedThreshold(Call& call) {
  const auto bytes = ParseBytes(call.args.Next());
  if (!bytes || *bytes > int64_t{4} << 30) {
    return call.reply.Error(
        "ERR argument must be a memory value bigger than 1 and smaller than 4gb");
  }
  call.reply.Ok();
}

void Nothing(Call& call) {
  call.reply.Ok();
}

void DebugHelp(Call& call);

struct Subcommand {
  std::string_view name;
  int arity;  // as in the command table
  Handler handler;
  std::string_view syntax;
  std::string_view summary;
};

constexpr auto kSubcommands = std::to_array<Subcommand>({
    {"CHANGE-REPL-ID", 2, Nothing, "", "Accepted: there are no replicas"},
    {"HELP", 2, DebugHelp, "", "This text"},
    {"LOADAOF", 2, Reload, "", "Makes everything durable"},
    {"OBJECT", 3, Object, "key", "How a key is stored"},
    {"QUICKLIST-PACKED-THRESHOLD", 3, SetPackedThreshold, "size",
     "Accepted: lists are stored in one way"},
    {"RELOAD", -2, Reload, "[NOSAVE] [NOFLUSH] [MERGE]", "Makes everything durable"},
    {"SET-ACTIVE-EXPIRE", 3, Nothing, "0|1", "Accepted: no key is seen after its time in any case"},
    {"SLEEP", 3, Sleep, "seconds", "Lets no command run for so long"},
    {"STRINGMATCH-LEN", 4, MatchLongText, "length pattern",
     "Matches a pattern against a text of that length"},
});

void DebugHelp(Call& call) {
  call.reply.Array(1 + 2 * kSubcommands.size());
  call.reply.Simple("DEBUG <subcommand> [<arg> [value] [opt] ...]. Subcommands are:");
  for (const Subcommand& subcommand : kSubcommands) {
    call.reply.Simple(subcommand.syntax.empty()
                          ? std::string(subcommand.name)
                          : fmt::format("{} {}", subcommand.name, subcommand.syntax));
    call.reply.Simple(fmt::format("    {}", subcommand.summary));
  }
}

}  // namespace

void Debug(Call& call) {
  if (!MayDebug(call)) {
    return call.reply.Error(
        "ERR DEBUG command not allowed. If the enable-debug-command option is set to \"local\", "
        "you can run it from a local connection, otherwise you need to set this option in the "
        "configuration file, and then restart the server.");
  }
  const std::string_view name = call.args.Next();
  const auto arguments = static_cast<int>(call.argv.size());
  for (const Subcommand& subcommand : kSubcommands) {
    if (!SameWord(subcommand.name, name)) continue;
    if (subcommand.arity < 0 ? arguments >= -subcommand.arity : arguments == subcommand.arity) {
      return subcommand.handler(call);
    }
  }
  call.reply.Error(UnknownSubcommandOrArity("debug", name));
}

}  // namespace braid::redis
