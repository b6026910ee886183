// The braid command: one file per verb in tools/cli.
//
// Exit status: 0 done, 1 the verb failed, 2 it was asked for in a way that cannot be, 3 nobody
// answers.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <string>
#include <string_view>

#include "tools/cli/nats_server.h"
#include "tools/cli/redis_server.h"
#include "tools/cli/verbs.h"

namespace {

// Started under that name, as a link to this binary?
bool CalledAs(std::string_view name, std::string_view program) {
  return program.substr(program.rfind('/') + 1) == name;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc > 0 && CalledAs("redis-server", argv[0])) {
    return braid::cli::RedisServerMain({argv + 1, argv + argc});
  }
  if (argc > 0 && CalledAs("nats-server", argv[0])) {
    return braid::cli::NatsServerMain({argv + 1, argv + argc});
  }
  CLI::App app("One log, three models: a Kafka, Redis Streams and NATS JetStream broker.", "braid");
  app.require_subcommand(1);
  int status = 0;
  braid::cli::AddServe(app, status);
  braid::cli::AddLag(app, status);
  braid::cli::AddCompare(app, status);
  braid::cli::AddSeg(app, status);
  app.add_subcommand("version", "Prints the version")->callback([] {
    std::printf("braid %s\n", BRAID_VERSION);
  });
  const auto asked_for = [&](CLI::App* verb) { return verb->get_name() == argv[1]; };
  if (argc > 1 && argv[1][0] != '-' && app.get_subcommands(asked_for).empty()) {
    std::fprintf(stderr, "braid: no verb is called %s; braid --help lists them\n", argv[1]);
    return braid::cli::kUsage;
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& help) {
    return app.exit(help);
  } catch (const CLI::ParseError& error) {
    std::fprintf(stderr, "braid: %s\n", error.what());
    return braid::cli::kUsage;
  }
  return status;
}
