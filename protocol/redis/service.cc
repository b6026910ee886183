#include "protocol/redis/service.h"

#include <utility>

#include "protocol/redis/session.h"

namespace braid::redis {

Service::Service(engine::Catalog& catalog, ServiceOptions options)
    : catalog_(catalog),
      options_(std::move(options)),
      release_(Release::Parse(options_.version).value_or(Release{})),
      started_(catalog.Now()),
      node_entries_(options_.node_entries),
      password_(options_.password) {}

net::SessionFn Service::session() {
  return [this](net::ConnectionPtr connection) { return Serve(*this, std::move(connection)); };
}

void Service::Deliver(const Message& message) {
  if (channels_.empty()) return;
  const OutputLimit limit = settings_.output_limit(ClientClass::kPubSub);
  stats_.CountOutputDisconnects(channels_.Deliver(message, limit, catalog_.Now()));
}

std::string Service::password() const {
  absl::MutexLock lock(&mu_);
  return password_;
}

void Service::set_password(std::string_view password) {
  absl::MutexLock lock(&mu_);
  password_ = password;
}

}  // namespace braid::redis
