// ACL: there is one user, "default", who may do everything; its password is requirepass.
#include <sys/random.h>

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "fmt/format.h"
#include "protocol/redis/categories.h"
#include "protocol/redis/handlers.h"
#include "protocol/redis/known_commands.h"
#include "protocol/redis/sha256.h"

namespace braid::redis {
namespace {

constexpr std::string_view kUser = "default";
constexpr std::string_view kOneUser =
    "ERR Braid has one user, 'default', who may do everything: set its password with CONFIG SET "
    "requirepass";
constexpr int64_t kMaxPasswordBits = 4096;

// What the user is, as a list of rules says it; "#..." last when it has a password.
std::vector<std::string> UserFlags(Call& call) {
  std::vector<std::string> flags = {"on"};
  if (!call.Offers(Release{7, 0})) {
    flags.push_back("allkeys");
    if (call.Offers(Release{6, 2})) flags.push_back("allchannels");
    flags.push_back("allcommands");
  }
  if (call.service.password().empty()) flags.push_back("nopass");
  if (call.Offers(Release{7, 2})) flags.push_back("sanitize-payload");
  return flags;
}

std::string PasswordHash(Call& call) {
  const std::string password = call.service.password();
  return password.empty() ? std::string() : Sha256Hex(password);
}

std::string UserRules(Call& call) {
  std::string rules = fmt::format("user {} on", kUser);
  const std::string hash = PasswordHash(call);
  if (hash.empty()) rules += " nopass";
  if (call.Offers(Release{7, 2})) rules += " sanitize-payload";
  if (!hash.empty()) rules += " #" + hash;
  rules += call.Offers(Release{6, 2}) ? " ~* &* +@all" : " ~* +@all";
  return rules;
}

void WriteList(Reply& reply, const std::vector<std::string>& items) {
  reply.Array(items.size());
  for (const std::string& item : items) reply.Bulk(item);
}

}  // namespace

void AclCat(Call& call) {
  if (call.args.size() > 1) {
    return call.reply.Error(UnknownSubcommandOrArity("acl", call.argv[1]));
  }
  std::vector<std::string_view> names(Categories().begin(), Categories().end());
  if (!call.args.empty()) {
    const std::string_view category = call.args.Next();
    if (!IsCategory(category)) {
      return call.reply.Error(fmt::format("ERR Unknown category '{:.128}'", category));
    }
    names.clear();
    for (const Command& command : Commands()) {
      if (call.service.Knows(command) && InCategory(command, category)) {
        names.push_back(command.name);
      }
    }
  }
  call.reply.Array(names.size());
  for (const std::string_view name : names) call.reply.Bulk(name);
}

void AclDelUser(Call& call) {
  while (!call.args.empty()) {
    if (call.args.Next() == kUser) {
      return call.reply.Error("ERR The 'default' user cannot be removed");
    }
  }
  call.reply.Integer(0);  // there are no others
}

void AclDryRun(Call& call) {
  const std::string_view user = call.args.Next();
  if (user != kUser) return call.reply.Error(fmt::format("ERR User '{:.128}' not found", user));
  const absl::Span<const std::string_view> argv = call.args.rest();
  const Command* command = FindCalled(call.service, argv);
  if (command == nullptr) {
    return call.reply.Error(fmt::format("ERR Command '{:.128}' not found", argv.front()));
  }
  if (!command->Takes(argv.size())) return call.reply.Error(WrongArity(command->name));
  call.reply.Ok();
}

// Of the system's own randomness, and not the engine's, which a seed repeats.
void AclGenPass(Call& call) {
  if (call.args.size() > 1) {
    return call.reply.Error(UnknownSubcommandOrArity("acl", call.argv[1]));
  }
  const int64_t bits = call.args.empty() ? 256 : call.args.NextInt();
  if (bits <= 0 || bits > kMaxPasswordBits) {
    call.args.Fail(
        "ERR ACL GENPASS argument must be the number of bits for the output password, a positive "
        "number up to 4096");
  }
  if (call.Failed()) return;
  const auto digits = static_cast<size_t>((bits + 3) / 4);
  std::string password;
  while (password.size() < digits) {
    std::array<unsigned char, 32> bytes;
    if (getentropy(bytes.data(), bytes.size()) != 0) {
      return call.reply.Error("ERR the system has no randomness to give");
    }
    for (const unsigned char byte : bytes) password += fmt::format("{:02x}", byte);
  }
  call.reply.Bulk(std::string_view(password).substr(0, digits));
}

void AclGetUser(Call& call) {
  if (call.args.Next() != kUser) return call.reply.Null();
  Reply& reply = call.reply;
  const std::string hash = PasswordHash(call);
  const bool patterns_are_text = call.Offers(Release{7, 0});
  const auto pattern = [&](std::string_view name, std::string_view sign) {
    reply.Bulk(name);
    if (patterns_are_text) return reply.Bulk(fmt::format("{}*", sign));
    WriteList(reply, {"*"});
  };
  const bool has_channels = call.Offers(Release{6, 2});
  reply.Map(4 + (has_channels ? 1 : 0) + (patterns_are_text ? 1 : 0));
  reply.Bulk("flags");
  const std::vector<std::string> flags = UserFlags(call);
  reply.Set(flags.size());
  for (const std::string& flag : flags) reply.Bulk(flag);
  reply.Bulk("passwords");
  WriteList(reply, hash.empty() ? std::vector<std::string>() : std::vector<std::string>{hash});
  reply.Field("commands", "+@all");
  pattern("keys", "~");
  if (has_channels) pattern("channels", "&");
  if (patterns_are_text) {
    reply.Bulk("selectors");
    reply.Array(0);
  }
}

void AclList(Call& call) {
  WriteList(call.reply, {UserRules(call)});
}

void AclFile(Call& call) {
  call.reply.Error(
      "ERR This Redis instance is not configured to use an ACL file. You may want to specify users "
      "via the ACL SETUSER command and then issue a CONFIG REWRITE (assuming you have a Redis "
      "configuration file set) in order to store users in the Redis configuration.");
}

// What users were refused for lack of rights: nobody lacks any.
void AclLog(Call& call) {
  if (call.args.size() > 1) {
    return call.reply.Error(UnknownSubcommandOrArity("acl", call.argv[1]));
  }
  if (call.args.Skip("RESET")) return call.reply.Ok();
  if (!call.args.empty()) call.args.NextInt();
  if (!call.Failed()) call.reply.Array(0);
}

void AclSetUser(Call& call) {
  call.reply.Error(kOneUser);
}

void AclUsers(Call& call) {
  WriteList(call.reply, {std::string(kUser)});
}

void AclWhoAmI(Call& call) {
  call.reply.Bulk(kUser);
}

}  // namespace braid::redis
