#include "protocol/address.h"

#include <fmt/format.h>

#include <charconv>
#include <cstdint>
#include <optional>

#include <boost/asio/io_context.hpp>

#include "braid/error.h"

namespace braid::net {
namespace {

using boost::asio::ip::tcp;

absl::StatusOr<boost::asio::ip::address> ParseHost(const std::string& host) {
  if (host.empty()) return boost::asio::ip::address(boost::asio::ip::address_v4::any());
  if (host == "localhost") return boost::asio::ip::address(boost::asio::ip::address_v4::loopback());
  boost::system::error_code error;
  const auto literal = boost::asio::ip::make_address(host, error);
  if (!error) return literal;
  boost::asio::io_context context(BOOST_ASIO_CONCURRENCY_HINT_UNSAFE);
  const auto found = tcp::resolver(context).resolve(host, "0", error);
  if (error || found.empty()) {
    return MakeError(Errc::kInvalidArgument, fmt::format("no host is called \"{}\"", host));
  }
  return found.begin()->endpoint().address();
}

std::optional<uint16_t> ParsePort(std::string_view text) {
  uint16_t port = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, port);
  if (text.empty() || error != std::errc() || stop != end) return std::nullopt;
  return port;
}

}  // namespace

absl::StatusOr<tcp::endpoint> ParseAddress(std::string_view text) {
  const size_t colon = text.rfind(':');
  std::string_view host = text.substr(0, colon == std::string_view::npos ? 0 : colon);
  const std::optional<uint16_t> port =
      colon == std::string_view::npos ? std::nullopt : ParsePort(text.substr(colon + 1));
  const bool bracketed = host.size() >= 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  const bool ambiguous = !bracketed && host.find(':') != std::string_view::npos;
  if (!port.has_value() || ambiguous) {
    return MakeError(Errc::kInvalidArgument, fmt::format("\"{}\" is not HOST:PORT", text));
  }
  absl::StatusOr<boost::asio::ip::address> address = ParseHost(std::string(host));
  if (!address.ok()) return address.status();
  return tcp::endpoint(*address, *port);
}

std::string FormatAddress(const tcp::endpoint& endpoint) {
  auto address = endpoint.address();
  if (address.is_v6() && address.to_v6().is_v4_mapped()) {
    address = boost::asio::ip::make_address_v4(boost::asio::ip::v4_mapped, address.to_v6());
  }
  if (address.is_v6()) return fmt::format("[{}]:{}", address.to_string(), endpoint.port());
  return fmt::format("{}:{}", address.to_string(), endpoint.port());
}

}  // namespace braid::net
