// The configuration language of nats-server, and what it means for Braid.
#include "tools/cli/conf.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "tools/cli/nats_server.h"

namespace braid::cli {
namespace {

using Kind = ConfValue::Kind;
using testing::HasSubstr;

ConfValue Parsed(std::string_view text) {
  auto value = ParseConf(text, "t.conf");
  EXPECT_TRUE(value.ok()) << value.status();
  return value.ok() ? *value : ConfValue();
}

std::string ErrorOf(std::string_view text) {
  const auto value = ParseConf(text, "t.conf");
  EXPECT_FALSE(value.ok()) << text;
  return std::string(value.status().message());
}

TEST(ConfTest, KeysAndValuesMayBeWrittenInManyWays) {
  const ConfValue conf = Parsed(R"(
    # a comment
    port: 4222          // another
    host = 127.0.0.1
    debug true
    "quoted key" : 'raw \n'
    text: "tab\tand \x41"
    a: 1, b: 2; c: 3
    map { x: 1, y { z: [1, "two", three
      4] } }
    block (
 one
 two
)
    ratio: 1.5
    HTTP: off
  )");
  EXPECT_EQ(conf.Find("PORT")->number, 4222);
  EXPECT_EQ(conf.Find("host")->text, "127.0.0.1");
  EXPECT_TRUE(conf.Find("debug")->flag);
  EXPECT_EQ(conf.Find("quoted key")->text, "raw \\n");
  EXPECT_EQ(conf.Find("text")->text, "tab\tand A");
  EXPECT_EQ(conf.Find("c")->number, 3);
  const ConfValue* list = conf.Find("map")->Find("y")->Find("z");
  ASSERT_EQ(list->array.size(), 4u);
  EXPECT_EQ(list->array[1].text, "two");
  EXPECT_EQ(list->array[2].text, "three");
  EXPECT_EQ(list->array[3].number, 4);
  EXPECT_EQ(conf.Find("block")->text, "\n one\n two");
  EXPECT_EQ(conf.Find("ratio")->real, 1.5);
  EXPECT_EQ(conf.Find("http")->kind, Kind::kFlag);
  EXPECT_EQ(conf.Find("port")->place, "t.conf:3");
}

TEST(ConfTest, JsonIsAConfiguration) {
  const ConfValue conf = Parsed(R"({"port": 1, "authorization": {"users": [{"user": "a"}]}})");
  EXPECT_EQ(conf.Find("authorization")->Find("users")->array[0].Find("user")->text, "a");
}

TEST(ConfTest, NumbersHaveUnits) {
  const ConfValue conf = Parsed(
      "a: 1k, b: 1kb, c: 2MB, d: 1gi, e: -1, f: 3x, g: 99999999999999999999g, h: 2s, i: 1KiB");
  EXPECT_EQ(conf.Find("a")->number, 1000);
  EXPECT_EQ(conf.Find("b")->number, 1024);
  EXPECT_EQ(conf.Find("c")->number, 2 << 20);
  EXPECT_EQ(conf.Find("d")->number, 1 << 30);
  EXPECT_EQ(conf.Find("e")->number, -1);
  for (const char* text : {"f", "g", "h"}) EXPECT_EQ(conf.Find(text)->kind, Kind::kText) << text;
  EXPECT_EQ(conf.Find("i")->number, 1024);
  EXPECT_EQ(*ConfDuration(*conf.Find("h")), absl::Seconds(2));
  EXPECT_EQ(*ConfDuration(*conf.Find("a")), absl::Seconds(1000));
  EXPECT_FALSE(ConfDuration(*conf.Find("f")).ok());
}

TEST(ConfTest, VariablesNameKeysAndTheEnvironment) {
  ::setenv("BRAID_CONF_TEST", "77", 1);
  const ConfValue conf = Parsed(
      "P: 5\nport: $P\nm { P: 6, port: $P }\nmax: $BRAID_CONF_TEST\n"
      "pass: $2a$11$abc\n");
  EXPECT_EQ(conf.Find("port")->number, 5);
  EXPECT_EQ(conf.Find("m")->Find("port")->number, 6);
  EXPECT_EQ(conf.Find("max")->number, 77);
  EXPECT_EQ(conf.Find("pass")->text, "$2a$11$abc");
  EXPECT_THAT(ErrorOf("a: $BRAID_CONF_NONE"), HasSubstr("BRAID_CONF_NONE"));
}

TEST(ConfTest, FilesIncludeFilesBesideThem) {
  const std::filesystem::path dir = testing::TempDir() + "/conf_test";
  std::filesystem::create_directories(dir);
  std::ofstream(dir / "a.conf") << "port: 1\ninclude ./b.conf\nm { include \"b.conf\" }\n";
  std::ofstream(dir / "b.conf") << "inside: yes\n";
  std::ofstream(dir / "loop.conf") << "include loop.conf\n";
  const auto conf = ReadConf(dir / "a.conf");
  ASSERT_TRUE(conf.ok()) << conf.status();
  EXPECT_TRUE(conf->Find("inside")->flag);
  EXPECT_TRUE(conf->Find("m")->Find("inside")->flag);
  EXPECT_FALSE(ReadConf(dir / "loop.conf").ok());
  EXPECT_FALSE(ReadConf(dir / "none.conf").ok());
}

TEST(ConfTest, MistakesNameTheirLine) {
  EXPECT_THAT(ErrorOf("a: 1\nb {\n c: 1\n"), HasSubstr("t.conf:4: a map has no end"));
  EXPECT_THAT(ErrorOf("a: [1, 2"), HasSubstr("no end"));
  EXPECT_THAT(ErrorOf("a: \"x"), HasSubstr("no end"));
  EXPECT_THAT(ErrorOf("a: }"), HasSubstr("a value was expected"));
  EXPECT_THAT(ErrorOf("}"), HasSubstr("closes nothing"));
  EXPECT_THAT(ErrorOf("{a: 1} b"), HasSubstr("behind the end"));
  EXPECT_THAT(ErrorOf(": 1"), HasSubstr("a key was expected"));
  EXPECT_THAT(ErrorOf("a: " + std::string(1000, '[')), HasSubstr("too many"));
}

// --- What it means

absl::StatusOr<NatsServerConfig> Applied(std::string_view text) {
  const auto conf = ParseConf(text, "t.conf");
  if (!conf.ok()) return conf.status();
  NatsServerConfig config;
  absl::Status applied = ApplyConf(*conf, config);
  if (!applied.ok()) return applied;
  return config;
}

TEST(NatsServerConfigTest, FileSetsLimitsAddressesAndTimes) {
  const auto config = Applied(R"(
    listen: 127.0.0.1:-1, http: 8333, server_name: me, client_advertise: "x:1"
    max_payload: 2MB, max_control_line: 8kb, max_connections: 7, max_subscriptions: 9
    max_pending: 10MB, write_deadline: "2s", ping_interval: 30, ping_max: 3
    lame_duck_duration: "1m", lame_duck_grace_period: 5s
    jetstream { store_dir: /tmp/x, max_mem: 1G, max_file: 2G, sync_interval: always, strict: false }
    websocket { port: -1, no_tls: true }
    server_tags: [a], pid_file: p, ports_file_dir: d, logtime: false
  )");
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->host, "127.0.0.1");
  EXPECT_EQ(config->port, -1);
  EXPECT_EQ(config->http_port, 8333);
  EXPECT_EQ(config->service.server_name, "me");
  EXPECT_EQ(config->service.limits.max_payload, 2u << 20);
  EXPECT_EQ(config->service.limits.max_control_line, 8u << 10);
  EXPECT_EQ(config->service.max_connections, 7);
  EXPECT_EQ(config->service.max_subscriptions, 9);
  EXPECT_EQ(config->service.write_deadline, absl::Seconds(2));
  EXPECT_EQ(config->service.ping_interval, absl::Seconds(30));
  EXPECT_EQ(config->service.max_pings_out, 3);
  EXPECT_FALSE(config->service.strict);
  EXPECT_EQ(config->lame_duck.duration, absl::Minutes(1));
  const auto options = ToBrokerOptions(*config);
  ASSERT_TRUE(options.ok()) << options.status();
  EXPECT_EQ(options->nats, "127.0.0.1:0");
  EXPECT_EQ(options->http, "127.0.0.1:8333");
  EXPECT_EQ(options->nats_websocket, "127.0.0.1:0");
  EXPECT_EQ(options->kafka, "");
  EXPECT_EQ(options->engine.data_dir, "/tmp/x/jetstream");
  EXPECT_EQ(options->engine.durability, Durability::kSync);
  EXPECT_EQ(options->nats_options->max_store, 2'000'000'000);
}

TEST(NatsServerConfigTest, SyncIntervalIsADurability) {
  const auto durability = [](std::string_view text) {
    return ToBrokerOptions(*Applied(text))->engine;
  };
  EXPECT_EQ(durability("jetstream: enabled").durability, Durability::kOs);
  EXPECT_EQ(durability("jetstream {sync_interval: 200ms}").durability, Durability::kInterval);
  EXPECT_EQ(durability("jetstream {sync_interval: 200ms}").sync_interval, absl::Milliseconds(200));
  EXPECT_EQ(durability("port: 1").data_dir, "");
}

TEST(NatsServerConfigTest, UsersHavePermissions) {
  const auto config = Applied(R"(
    authorization {
      timeout: 0.5
      default_permissions { publish: "def.>" }
      users = [
        { user: a, password: x, permissions: {
            publish: { allow: ["foo.*", "bar"], deny: "foo.secret" }
            subscribe: ["s.> v1", any], allow_responses: { max: 5, expires: "1m" } } }
        { user: b, password: y }
      ]
    }
    no_auth_user: b
  )");
  ASSERT_TRUE(config.ok()) << config.status();
  const nats::AuthorizationOptions& options = config->service.authorization;
  EXPECT_EQ(options.timeout, absl::Milliseconds(500));
  EXPECT_EQ(options.no_auth_user, "b");
  ASSERT_EQ(options.users.size(), 2u);
  const nats::PermissionOptions& a = *options.users[0].permissions;
  EXPECT_EQ(a.publish.allow->size(), 2u);
  EXPECT_EQ(a.publish.deny[0].subject, "foo.secret");
  EXPECT_EQ((*a.subscribe.allow)[0], (nats::SubjectRule{"s.>", "v1"}));
  EXPECT_EQ(a.responses->max_messages, 5);
  EXPECT_EQ(a.responses->expires, absl::Minutes(1));
  EXPECT_EQ((*options.users[1].permissions->publish.allow)[0].subject, "def.>");
}

TEST(NatsServerConfigTest, AccountsHaveUsers) {
  const auto config =
      Applied("accounts { A { users: [{user: a, password: a}], jetstream: enabled }, B {} }");
  ASSERT_TRUE(config.ok()) << config.status();
  const nats::AuthorizationOptions& options = config->service.authorization;
  EXPECT_EQ(options.users[0].account, "A");
  EXPECT_TRUE(options.accounts[0].jetstream);
  EXPECT_FALSE(options.accounts[1].jetstream);
}

TEST(NatsServerConfigTest, WhatCannotBeIsRefusedByName) {
  for (const auto& [text, words] : {
           std::pair("foo: 1", "t.conf:1: unknown field \"foo\""),
           std::pair("cluster { port: 1 }", "\"cluster\" is not supported"),
           std::pair("tls { cert_file: x }", "\"tls\" is not supported"),
           std::pair("jetstream { domain: x }", "\"domain\" is not supported"),
           std::pair("jetstream { bar: x }", "unknown field \"bar\""),
           std::pair("accounts { A { exports: [] } }", "\"exports\" of an account"),
           std::pair("websocket { port: 1 }", "no_tls"),
           std::pair("port: x", "a number was expected"),
           std::pair("listen: x", "HOST:PORT"),
           std::pair("ping_interval: x", "no duration"),
           std::pair("authorization { users: [{user: a, nkey: b}] }", "nkey"),
       }) {
    const auto config = Applied(text);
    ASSERT_FALSE(config.ok()) << text;
    EXPECT_THAT(std::string(config.status().message()), HasSubstr(words)) << text;
  }
  EXPECT_TRUE(Applied("tls: false\nMINE: 3").ok());
}

TEST(NatsServerFlagsTest, FlagsBeatTheFile) {
  const std::string path = testing::TempDir() + "/flags.conf";
  std::ofstream(path) << "port: 1\nhost: 127.0.0.1\nhttp_port: 2\n";
  const auto config =
      ToNatsServerConfig({"-c", path, "--port=5", "-js", "-sd", "/tmp/y", "--user", "u", "--pass",
                          "p", "-DV", "-T=false", "--cluster_name", "ignored"});
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->port, 5);
  EXPECT_EQ(config->host, "127.0.0.1");
  EXPECT_EQ(config->http_port, 2);
  EXPECT_TRUE(config->jetstream);
  EXPECT_TRUE(config->debug);
  EXPECT_TRUE(config->trace);
  EXPECT_FALSE(config->log_time);
  const auto options = ToBrokerOptions(*config);
  ASSERT_TRUE(options.ok());
  EXPECT_EQ(options->nats_options->authorization.users[0].user, "u");
}

TEST(NatsServerFlagsTest, WrongFlagsAreNamed) {
  for (const auto& [flag, words] :
       {std::pair("--bogus", "flag provided but not defined: -bogus"),
        std::pair("--tls", "not supported"), std::pair("-p", "needs an argument"),
        std::pair("-p=x", "invalid value"), std::pair("nonsense", "unrecognized command")}) {
    const auto config = ToNatsServerConfig({flag});
    ASSERT_FALSE(config.ok()) << flag;
    EXPECT_THAT(std::string(config.status().message()), HasSubstr(words));
  }
}

}  // namespace
}  // namespace braid::cli
