// braid lag: how far every group is behind, asked of a running broker.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "tools/cli/verbs.h"

namespace braid::cli {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;

std::optional<std::string> Get(const std::string& address, const std::string& path) {
  const size_t colon = address.rfind(':');
  if (colon == std::string::npos) return std::nullopt;
  boost::system::error_code error;
  asio::io_context context;
  asio::ip::tcp::resolver resolver(context);
  const auto found = resolver.resolve(address.substr(0, colon), address.substr(colon + 1), error);
  if (error) return std::nullopt;
  asio::ip::tcp::socket socket(context);
  asio::connect(socket, found, error);
  if (error) return std::nullopt;
  http::request<http::empty_body> request(http::verb::get, path, 11);
  request.set(http::field::host, address);
  http::write(socket, request, error);
  if (error) return std::nullopt;
  boost::beast::flat_buffer buffer;
  http::response<http::string_body> response;
  http::read(socket, buffer, response, error);
  if (error || response.result() != http::status::ok) return std::nullopt;
  return response.body();
}

void PrintTable(const nlohmann::json& groups) {
  fmt::print("{:<9}{:<28}{:>10}  {:<24}{:>12}{:>12}\n", "PLATFORM", "STREAM", "PARTITION", "GROUP",
             "LAG", "PENDING");
  for (const nlohmann::json& row : groups) {
    const std::string platform = row.at("platform");
    const std::string partition =
        platform == "kafka" ? std::to_string(row.at("partition").get<int>()) : "-";
    fmt::print("{:<9}{:<28}{:>10}  {:<24}{:>12}{:>12}\n", platform,
               row.at("stream").get<std::string>(), partition, row.at("group").get<std::string>(),
               row.at("lag").get<int64_t>(), row.at("pending").get<int64_t>());
  }
}

int Lag(const std::string& address, bool json) {
  const std::optional<std::string> body = Get(address, "/lag");
  if (!body.has_value()) {
    std::fprintf(stderr, "braid: no broker answers at http://%s\n", address.c_str());
    return kNoAnswer;
  }
  if (json) {
    std::printf("%s\n", body->c_str());
    return 0;
  }
  const nlohmann::json parsed = nlohmann::json::parse(*body, nullptr, /*allow_exceptions=*/false);
  if (!parsed.is_object() || !parsed.contains("groups")) {
    std::fprintf(stderr, "braid: http://%s is not a braid broker\n", address.c_str());
    return kNoAnswer;
  }
  PrintTable(parsed.at("groups"));
  return 0;
}

}  // namespace

void AddLag(CLI::App& app, int& status) {
  auto address = std::make_shared<std::string>("127.0.0.1:8222");
  auto json = std::make_shared<bool>(false);
  CLI::App* lag = app.add_subcommand("lag", "Prints how far every consumer group is behind");
  lag->add_option("--http", *address, "HTTP address of the broker")->capture_default_str();
  lag->add_flag("--json", *json, "As JSON");
  lag->callback([address, json, &status] { status = Lag(*address, *json); });
}

}  // namespace braid::cli
