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

std::string Service::password() const {
  absl::MutexLock lock(&mu_);
  return password_;
}

void Service::set_password(std::string_view password) {
  absl::MutexLock lock(&mu_);
  password_ = password;
}

}  // namespace braid::redis
