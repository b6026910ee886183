// HTTP/1.1 for people and scrapers: health, metrics, lag.
//
//   http::Service http(catalog, counts);
//   server.Listen("127.0.0.1:8222", http.session());
//
// Thread-safe; outlives its sessions. A request may have 16 KiB of headers and 64 KiB of body; more
// is answered with 431 or 413 and the connection closed.
#ifndef BRAID_PROTOCOL_HTTP_SERVICE_H_
#define BRAID_PROTOCOL_HTTP_SERVICE_H_

#include "engine/catalog.h"
#include "protocol/http/metrics.h"
#include "protocol/http/routes.h"
#include "protocol/server.h"

namespace braid::http {

class Service {
 public:
  Service(engine::Catalog& catalog, ConnectionCounts connections, MorePages more = {});
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  // For Server::Listen.
  net::SessionFn session();

 private:
  net::asio::awaitable<void> Serve(net::ConnectionPtr connection);

  engine::Catalog& catalog_;
  const ConnectionCounts connections_;
  const MorePages more_;
};

}  // namespace braid::http

#endif  // BRAID_PROTOCOL_HTTP_SERVICE_H_
