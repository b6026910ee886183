// AUTH, HELLO and the other commands about the connection itself.
#include "protocol/redis/handlers.h"

#include <algorithm>

#include "fmt/format.h"

namespace braid::redis {
namespace {

constexpr std::string_view kUser = "default";

bool Matches(Service& service, std::string_view user, std::string_view password) {
  const std::string expected = service.password();
  return user == kUser && (expected.empty() || password == expected);
}

struct HelloOptions {
  int version = 0;
  bool auth = false;
  std::string_view user;
  std::string_view password;
  bool set_name = false;
  std::string_view name;
};

HelloOptions ParseHello(Call& call) {
  HelloOptions hello;
  hello.version = call.reply.version();
  if (call.args.empty()) return hello;
  const int64_t version = call.args.NextInt(text::kProtoNotAnInteger);
  if (version != 2 && version != 3) call.args.Fail(text::kNoProto);
  hello.version = static_cast<int>(version);
  while (!call.args.empty()) {
    if (call.args.size() >= 3 && call.args.Skip("AUTH")) {
      hello.auth = true;
      hello.user = call.args.Next();
      hello.password = call.args.Next();
    } else if (call.args.SkipOption("SETNAME")) {
      hello.set_name = true;
      hello.name = call.args.Next();
    } else {
      call.args.Fail(fmt::format("ERR Syntax error in HELLO option '{:.128}'", call.args.Peek()));
    }
  }
  return hello;
}

}  // namespace

bool IsClientName(std::string_view name) {
  return std::all_of(name.begin(), name.end(), [](char c) { return c >= '!' && c <= '~'; });
}

void Auth(Call& call) {
  if (call.args.size() > 2) return call.reply.Error(text::kSyntax);
  const bool with_user = call.args.size() == 2;
  if (!with_user && call.service.password().empty()) return call.reply.Error(text::kNoPassword);
  const std::string_view user = with_user ? call.args.Next() : kUser;
  if (!Matches(call.service, user, call.args.Next())) return call.reply.Error(text::kWrongPass);
  call.client.set_authenticated(true);
  call.reply.Ok();
}

void Hello(Call& call) {
  const HelloOptions hello = ParseHello(call);
  if (call.Failed()) return;
  if (hello.auth) {
    if (!Matches(call.service, hello.user, hello.password)) {
      return call.reply.Error(text::kWrongPass);
    }
    call.client.set_authenticated(true);
  }
  if (!call.client.authenticated()) return call.reply.Error(text::kHelloNoAuth);
  if (hello.set_name) {
    if (!IsClientName(hello.name)) return call.reply.Error(text::kBadClientName);
    call.client.handle().set_name(hello.name);
  }
  call.client.set_reply_version(hello.version);
  call.reply.Map(7);
  call.reply.Field("server", "redis");
  call.reply.Field("version", call.service.options().version);
  call.reply.Field("proto", hello.version);
  call.reply.Field("id", static_cast<int64_t>(call.client.handle().id()));
  call.reply.Field("mode", "standalone");
  call.reply.Field("role", "master");
  call.reply.Bulk("modules");
  call.reply.Array(0);
}

void Ping(Call& call) {
  if (call.args.size() > 1) return call.reply.Error(WrongArity(call.command.name));
  if (call.client.in_subscriber_mode()) {
    call.reply.Array(2);
    call.reply.Bulk("pong");
    return call.reply.Bulk(call.args.Peek());
  }
  if (call.args.empty()) return call.reply.Simple("PONG");
  call.reply.Bulk(call.args.Next());
}

void Echo(Call& call) {
  call.reply.Bulk(call.args.Next());
}

void Quit(Call& call) {
  call.reply.Ok();
  call.client.Close();
}

void Reset(Call& call) {
  call.client.Reset();
  call.reply.Simple("RESET");
}

}  // namespace braid::redis
