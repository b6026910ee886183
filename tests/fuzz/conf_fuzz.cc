// libFuzzer target: configuration files of nats-server. Whatever is read is read again from what
// its words stand for; nothing is included, for the input has no say over files.
#include "tests/fuzz/check.h"
#include "tools/cli/nats_server.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace braid;
  const std::string_view text = fuzz::ViewOf(data, size);
  if (text.find("include") != std::string_view::npos) return 0;
  const auto conf = cli::ParseConf(text, "/nowhere/fuzz");
  if (!conf.ok()) {
    fuzz::Check(!conf.status().message().empty(), "a mistake is named");
    return 0;
  }
  cli::NatsServerConfig config;
  if (!cli::ApplyConf(*conf, config).ok()) return 0;
  const auto options = cli::ToBrokerOptions(config);
  fuzz::Check(options.ok() || !options.status().message().empty(), "a contradiction is named");
  return 0;
}
