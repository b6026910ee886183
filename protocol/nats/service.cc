#include "protocol/nats/service.h"

#include <utility>

#include "protocol/nats/session.h"
#include "protocol/nats/text.h"

namespace braid::nats {
namespace {

struct HostPort {
  std::string host;
  int64_t port = 0;
};

// "127.0.0.1:4222", "[::1]:4222"
HostPort Split(std::string_view address) {
  const size_t colon = address.rfind(':');
  if (colon == std::string_view::npos) return {std::string(address), 0};
  std::string_view host = address.substr(0, colon);
  if (host.size() > 2 && host.front() == '[') host = host.substr(1, host.size() - 2);
  return {std::string(host), ParseNumber(address.substr(colon + 1)).value_or(0)};
}

}  // namespace

Service::Service(net::Server& server, ServiceOptions options)
    : catalog_(server.catalog()),
      options_(std::move(options)),
      server_id_(ServerIdOf(catalog_.cluster_id())),
      router_(RouterOptions{.max_pending = options_.max_pending}),
      jetstream_(std::make_shared<JetStream>(catalog_, router_, server.executor())) {
  jetstream_->Recover();
}

Service::~Service() {
  jetstream_->Stop();
}

net::SessionFn Service::session() {
  return [this](net::ConnectionPtr connection) { return Serve(*this, std::move(connection)); };
}

ServerInfo Service::InfoFor(const net::Connection& connection) const {
  const HostPort local = Split(connection.local_address());
  ServerInfo info;
  info.server_id = server_id_;
  info.server_name = options_.server_name;
  info.version = options_.version;
  info.host = local.host;
  info.port = local.port;
  info.max_payload = static_cast<int64_t>(options_.limits.max_payload);
  info.client_id = static_cast<int64_t>(connection.id());
  info.client_ip = Split(connection.remote_address()).host;
  return info;
}

}  // namespace braid::nats
