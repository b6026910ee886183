// What the HTTP port answers, as a table of paths.
#ifndef BRAID_PROTOCOL_HTTP_ROUTES_H_
#define BRAID_PROTOCOL_HTTP_ROUTES_H_

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "engine/catalog.h"
#include "protocol/http/metrics.h"

namespace braid::http {

struct Response {
  int status = 200;
  std::string_view content_type = "application/json";
  std::string body;
  std::string_view allow;  // with 405: the methods that would do
};

// Pages of somebody else's, by path and query; nullopt: there is none.
using MorePages = std::function<std::optional<Response>(std::string_view target)>;

// `target` may carry a query, which no route uses. Every route takes GET and HEAD. `more`, which
// may be empty, is asked first.
Response Route(std::string_view method, std::string_view target, engine::Catalog& catalog,
               const ConnectionCounts& connections, const MorePages& more = {});

// "HTTP/1.1 200 OK ..." with the body, or without it for HEAD (its length is stated all the same).
std::string Format(const Response& response, bool with_body, bool keep_alive);

}  // namespace braid::http

#endif  // BRAID_PROTOCOL_HTTP_ROUTES_H_
