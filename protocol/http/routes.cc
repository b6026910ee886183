#include "protocol/http/routes.h"

#include <fmt/format.h>

#include <boost/beast/http/status.hpp>
#include <iterator>

#include "protocol/http/lag.h"

namespace braid::http {
namespace {

struct Call {
  engine::Catalog& catalog;
  const ConnectionCounts& connections;
};

// The port opens once everything is served, so whoever gets an answer finds the broker ready.
Response Ready(const Call&) {
  return {.body = R"({"status":"ok"})", .allow = {}};
}

Response Metrics(const Call& call) {
  return {.content_type = "text/plain; version=0.0.4; charset=utf-8",
          .body = MetricsText(call.catalog, call.connections),
          .allow = {}};
}

Response Lag(const Call& call) {
  return {.body = LagJson(CollectLag(call.catalog)), .allow = {}};
}

struct Entry {
  std::string_view path;
  Response (*handle)(const Call&);
};

constexpr Entry kRoutes[] = {
    {"/healthz", Ready},
    {"/readyz", Ready},
    {"/metrics", Metrics},
    {"/lag", Lag},
};

}  // namespace

Response Route(std::string_view method, std::string_view target, engine::Catalog& catalog,
               const ConnectionCounts& connections, const MorePages& more) {
  const bool reads = method == "GET" || method == "HEAD";
  if (more && reads) {
    if (std::optional<Response> page = more(target)) return *std::move(page);
  }
  const std::string_view path = target.substr(0, target.find('?'));
  for (const Entry& entry : kRoutes) {
    if (entry.path != path) continue;
    if (reads) return entry.handle({catalog, connections});
    return {.status = 405, .body = R"({"error":"method not allowed"})", .allow = "GET, HEAD"};
  }
  return {.status = 404, .body = R"({"error":"not found"})", .allow = {}};
}

std::string Format(const Response& response, bool with_body, bool keep_alive) {
  const auto reason =
      boost::beast::http::obsolete_reason(static_cast<boost::beast::http::status>(response.status));
  std::string out;
  fmt::format_to(std::back_inserter(out),
                 "HTTP/1.1 {} {}\r\nContent-Type: {}\r\nContent-Length: {}\r\nConnection: {}\r\n",
                 response.status, std::string_view(reason.data(), reason.size()),
                 response.content_type, response.body.size(), keep_alive ? "keep-alive" : "close");
  if (!response.allow.empty()) out.append("Allow: ").append(response.allow).append("\r\n");
  out.append("\r\n");
  if (with_body) out.append(response.body);
  return out;
}

}  // namespace braid::http
