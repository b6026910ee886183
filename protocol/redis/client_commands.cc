// CLIENT: who is connected, and what may be done about it.
#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "fmt/format.h"
#include "protocol/redis/handlers.h"

namespace braid::redis {
namespace {

// One line of CLIENT LIST. What has no counterpart here is its zero.
std::string Describe(const ClientHandle& client, absl::Time now) {
  const int64_t idle_ms = absl::ToUnixMillis(now) - client.last_active_ms;
  const Command* last = client.last_command;
  const size_t outbox = client.outbox_bytes();
  const int64_t input = client.input_bytes;
  std::string flags;
  if (client.monitoring) flags += 'O';
  if (client.subscribed()) flags += 'P';
  if (client.queued >= 0) flags += 'x';
  if (client.blocked() || client.paused) flags += 'b';
  if (client.no_evict) flags += 'e';
  if (client.no_touch) flags += 'T';
  if (flags.empty()) flags = "N";
  return fmt::format(
      "id={} addr={} laddr={} fd=-1 name={} age={} idle={} flags={} db={} sub={} psub={} ssub={} "
      "multi={} watch={} qbuf={} qbuf-free={} argv-mem={} multi-mem=0 rbs=0 rbp=0 obl=0 oll={} "
      "omem={} tot-mem={} events=r cmd={} user=default redir=-1 resp={} lib-name={} lib-ver={}",
      client.id(), client.address(), client.local_address(), client.name(),
      absl::ToInt64Seconds(now - client.since()), std::max<int64_t>(0, idle_ms / 1000), flags,
      client.database.load(), client.subscribed(ChannelKind::kChannel),
      client.subscribed(ChannelKind::kPattern), client.subscribed(ChannelKind::kShard),
      client.queued.load(), client.watched.load(), input, client.input_free.load(),
      client.args_bytes.load(), outbox > 0 ? 1 : 0, outbox, static_cast<size_t>(input) + outbox,
      last == nullptr ? "NULL" : last->name, client.reply_version.load(), client.library(),
      client.library_version());
}

// A client that has subscribed is "pubsub", any other "normal"; what Redis has besides matches
// nobody here.
std::optional<ClientClass> NextType(Args& args) {
  const std::string type = Lowered(args.Next());
  if (type == "normal") return ClientClass::kNormal;
  if (type == "pubsub") return ClientClass::kPubSub;
  for (const std::string_view other : {"master", "replica", "slave"}) {
    if (type == other) return ClientClass::kReplica;
  }
  args.Fail(fmt::format("ERR Unknown client type '{:.128}'", type));
  return std::nullopt;
}

int64_t NextClientId(Args& args) {
  constexpr std::string_view kError = "ERR client-id should be greater than 0";
  const int64_t id = args.NextInt(kError);
  if (id < 1) args.Fail(kError);
  return id;
}

bool NextYesNo(Args& args) {
  if (args.Skip("yes")) return true;
  if (!args.Skip("no")) args.Fail(text::kSyntax);
  return false;
}

struct KillFilter {
  std::optional<int64_t> id;
  std::optional<ClientClass> type;
  std::optional<std::string_view> address;
  std::optional<std::string_view> local_address;
  std::optional<std::string_view> user;
  std::optional<int64_t> max_age_seconds;
  bool skip_me = true;

  bool Selects(const ClientHandle& client, absl::Time now) const {
    return (!id || static_cast<uint64_t>(*id) == client.id()) &&
           (!type || *type == client.kind()) && (!address || *address == client.address()) &&
           (!local_address || *local_address == client.local_address()) &&
           (!user || *user == "default") &&
           (!max_age_seconds || absl::ToInt64Seconds(now - client.since()) >= *max_age_seconds);
  }
};

KillFilter ParseKillFilter(Args& args) {
  KillFilter filter;
  while (!args.empty()) {
    if (args.SkipOption("ID")) {
      filter.id = NextClientId(args);
    } else if (args.SkipOption("TYPE")) {
      filter.type = NextType(args);
    } else if (args.SkipOption("ADDR")) {
      filter.address = args.Next();
    } else if (args.SkipOption("LADDR")) {
      filter.local_address = args.Next();
    } else if (args.SkipOption("USER")) {
      filter.user = args.Next();
      if (filter.user != "default") {
        args.Fail(fmt::format("ERR No such user '{:.128}'", *filter.user));
      }
    } else if (args.SkipOption("MAXAGE")) {
      filter.max_age_seconds = args.NextInt("ERR maxage is not an integer or out of range");
    } else if (args.SkipOption("SKIPME")) {
      filter.skip_me = NextYesNo(args);
    } else {
      args.Fail(text::kSyntax);
    }
  }
  return filter;
}

// Closes the chosen one; of the caller itself, after its reply.
void Kill(Call& call, ClientHandle& client) {
  if (&client == &call.client.handle()) return call.client.Close();
  client.Kill();
}

void KillByAddress(Call& call) {
  const std::string_view address = call.args.Next();
  for (const ClientHandlePtr& client : call.service.clients().All()) {
    if (client->address() != address) continue;
    Kill(call, *client);
    return call.reply.Ok();
  }
  call.reply.Error(text::kNoSuchClient);
}

bool NextOnOff(Args& args) {
  if (args.Skip("on")) return true;
  if (!args.Skip("off")) args.Fail(text::kSyntax);
  return false;
}

}  // namespace

void ClientGetName(Call& call) {
  const std::string name = call.client.handle().name();
  if (name.empty()) return call.reply.Null();
  call.reply.Bulk(name);
}

void ClientId(Call& call) {
  call.reply.Integer(static_cast<int64_t>(call.client.handle().id()));
}

void ClientInfo(Call& call) {
  call.reply.Verbatim(Describe(call.client.handle(), call.catalog.Now()) + "\n");
}

void ClientKill(Call& call) {
  if (call.args.size() == 1) return KillByAddress(call);
  const KillFilter filter = ParseKillFilter(call.args);
  if (call.Failed()) return;
  int64_t killed = 0;
  for (const ClientHandlePtr& client : call.service.clients().All()) {
    const bool self = client.get() == &call.client.handle();
    if ((self && filter.skip_me) || !filter.Selects(*client, call.catalog.Now())) continue;
    Kill(call, *client);
    ++killed;
  }
  call.reply.Integer(killed);
}

void ClientList(Call& call) {
  std::optional<ClientClass> type;
  std::vector<int64_t> ids;
  if (call.args.SkipOption("TYPE")) {
    type = NextType(call.args);
  } else if (call.args.SkipOption("ID")) {
    while (!call.args.empty()) ids.push_back(call.args.NextInt("ERR Invalid client ID"));
  }
  if (!call.args.empty()) call.args.Fail(text::kSyntax);
  if (call.Failed()) return;
  std::string lines;
  for (const ClientHandlePtr& client : call.service.clients().All()) {
    if (type && *type != client->kind()) continue;
    const auto id = static_cast<int64_t>(client->id());
    if (!ids.empty() && std::find(ids.begin(), ids.end(), id) == ids.end()) continue;
    lines += Describe(*client, call.catalog.Now());
    lines += '\n';
  }
  call.reply.Verbatim(lines);
}

void ClientNoEvict(Call& call) {
  const bool on = NextOnOff(call.args);
  if (call.Failed()) return;
  call.client.handle().no_evict = on;
  call.reply.Ok();
}

void ClientNoTouch(Call& call) {
  const bool on = NextOnOff(call.args);
  if (call.Failed()) return;
  call.client.handle().no_touch = on;
  call.reply.Ok();
}

void ClientReply(Call& call) {
  if (call.args.Skip("on")) {
    call.client.set_reply_mode(Client::ReplyMode::kOn);
    call.reply.Ok();
  } else if (call.args.Skip("off")) {
    call.client.set_reply_mode(Client::ReplyMode::kOff);
  } else if (call.args.Skip("skip")) {
    call.client.SkipNextReply();
  } else {
    call.reply.Error(text::kSyntax);
  }
}

void ClientSetInfo(Call& call) {
  const std::string_view field = call.args.Next();
  const std::string_view value = call.args.Next();
  const bool name = SameWord(field, "lib-name");
  if (!name && !SameWord(field, "lib-ver")) {
    return call.reply.Error(fmt::format("ERR Unrecognized option '{:.128}'", field));
  }
  if (!IsClientName(value)) {
    return call.reply.Error(fmt::format(
        "ERR {} cannot contain spaces, newlines or special characters.", Lowered(field)));
  }
  if (name) {
    call.client.handle().set_library(value);
  } else {
    call.client.handle().set_library_version(value);
  }
  call.reply.Ok();
}

void ClientSetName(Call& call) {
  const std::string_view name = call.args.Next();
  if (!IsClientName(name)) return call.reply.Error(text::kBadClientName);
  call.client.handle().set_name(name);
  call.reply.Ok();
}

void ClientUnblock(Call& call) {
  const int64_t id = call.args.NextInt();
  Unblock how = Unblock::kTimeout;
  if (call.args.ok() && !call.args.empty()) {
    if (call.args.Skip("ERROR")) {
      how = Unblock::kError;
    } else if (!call.args.Skip("TIMEOUT")) {
      call.args.Fail("ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR");
    }
    if (!call.args.empty()) call.args.Fail(text::kSyntax);
  }
  if (call.Failed()) return;
  const ClientHandlePtr client = call.service.clients().Find(static_cast<uint64_t>(id));
  call.reply.Integer(client != nullptr && client->TryUnblock(how) ? 1 : 0);
}

}  // namespace braid::redis
