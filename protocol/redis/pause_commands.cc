// CLIENT PAUSE, and CLIENT TRACKING as far as it goes: this server does not remember what clients
// have read, and so has no news for their caches.
#include <string_view>

#include "protocol/redis/handlers.h"

namespace braid::redis {

void ClientPause(Call& call) {
  const absl::Time now = call.catalog.Now();
  if (call.args.size() > 2) {
    return call.reply.Error(UnknownSubcommandOrArity("client", call.argv[1]));
  }
  // As Redis, the mode is read first.
  Pause::Scope scope = Pause::Scope::kEverything;
  if (call.args.size() == 2) {
    const std::string_view mode = call.args.NextFromEnd();
    if (SameWord(mode, "write")) {
      scope = Pause::Scope::kWrites;
    } else if (!SameWord(mode, "all")) {
      call.args.Fail("ERR CLIENT PAUSE mode must be WRITE or ALL");
    }
  }
  const int64_t timeout_ms = call.args.NextTimeoutMs();
  if (call.Failed()) return;
  call.service.pause().Begin(scope, now, now + absl::Milliseconds(timeout_ms));
  call.reply.Ok();
}

void ClientUnpause(Call& call) {
  call.service.pause().End();
  call.reply.Ok();
}

void ClientCaching(Call& call) {
  call.reply.Error(
      "ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or "
      "OPTOUT mode enabled");
}

void ClientGetRedir(Call& call) {
  call.reply.Integer(-1);
}

void ClientTracking(Call& call) {
  const bool on = call.args.Skip("on");
  if (!on && !call.args.Skip("off")) call.args.Fail(text::kSyntax);
  while (!call.args.empty()) {
    if (call.args.SkipOption("REDIRECT")) {
      const int64_t id = call.args.NextInt();
      if (call.args.ok() && call.service.clients().Find(static_cast<uint64_t>(id)) == nullptr) {
        call.args.Fail("ERR The client ID you want redirect to does not exist");
      }
    } else if (call.args.SkipOption("PREFIX")) {
      call.args.Next();
    } else if (!call.args.Skip("BCAST") && !call.args.Skip("OPTIN") && !call.args.Skip("OPTOUT") &&
               !call.args.Skip("NOLOOP")) {
      call.args.Fail(text::kSyntax);
    }
  }
  if (call.Failed()) return;
  if (on) {
    return call.reply.Error(
        "ERR CLIENT TRACKING ON is not supported: this server does not keep what clients read");
  }
  call.reply.Ok();
}

void ClientTrackingInfo(Call& call) {
  call.reply.Map(3);
  call.reply.Bulk("flags");
  call.reply.Set(1);
  call.reply.Bulk("off");
  call.reply.Field("redirect", -1);
  call.reply.Bulk("prefixes");
  call.reply.Array(0);
}

}  // namespace braid::redis
