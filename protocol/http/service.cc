#include "protocol/http/service.h"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <string>
#include <utility>

#include "protocol/http/routes.h"

namespace braid::http {
namespace {

namespace beast = boost::beast;

constexpr uint32_t kMaxHeaderBytes = 16 << 10;
constexpr uint64_t kMaxBodyBytes = 64 << 10;

// Answers a client leaves unread before its next requests are looked at.
constexpr size_t kMaxOutboxBytes = 1 << 20;

using Parser = beast::http::request_parser<beast::http::string_body>;

Response Refusal(const beast::error_code& error) {
  Response response{.status = 400, .body = R"({"error":"bad request"})", .allow = {}};
  if (error == beast::http::error::header_limit) response.status = 431;
  if (error == beast::http::error::body_limit) response.status = 413;
  return response;
}

// Feeds what has arrived to the parser. True once a whole request is there; an error ends the
// session.
bool Feed(net::Connection& connection, Parser& parser, beast::error_code& error) {
  const std::string_view input = connection.Input();
  if (input.empty()) return false;
  const size_t used = parser.put(net::asio::buffer(input.data(), input.size()), error);
  connection.Consume(used);
  if (error == beast::http::error::need_more) error = {};
  return parser.is_done();
}

// Receives until `parser` has a whole request. False when the peer is gone before that; with
// `error` set when what it sent is not HTTP or too much.
net::asio::awaitable<bool> ReadRequest(net::Connection& connection, Parser& parser,
                                       beast::error_code& error) {
  bool more = true;
  while (more && !Feed(connection, parser, error)) {
    if (error) co_return false;
    more = co_await connection.Read();
  }
  co_return more;
}

}  // namespace

Service::Service(engine::Catalog& catalog, ConnectionCounts connections, MorePages more)
    : catalog_(catalog), connections_(std::move(connections)), more_(std::move(more)) {}

net::SessionFn Service::session() {
  return [this](net::ConnectionPtr connection) { return Serve(std::move(connection)); };
}

net::asio::awaitable<void> Service::Serve(net::ConnectionPtr connection) {
  while (!connection->closed()) {
    Parser parser;
    parser.eager(true);
    parser.header_limit(kMaxHeaderBytes);
    parser.body_limit(kMaxBodyBytes);
    beast::error_code error;
    const bool whole = co_await ReadRequest(*connection, parser, error);
    if (error) {
      connection->Send(Format(Refusal(error), /*with_body=*/true, /*keep_alive=*/false));
      connection->CloseAfterFlush();
    }
    if (!whole) co_return;
    const auto& request = parser.get();
    const std::string method(request.method_string());
    const std::string target(request.target());
    const bool keep_alive = request.keep_alive();
    const Response response = Route(method, target, catalog_, connections_, more_);
    connection->Send(Format(response, method != "HEAD", keep_alive));
    if (!keep_alive) connection->CloseAfterFlush();
    const bool written = co_await connection->Drain(kMaxOutboxBytes);
    if (!written) co_return;
  }
}

}  // namespace braid::http
