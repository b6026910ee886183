#include "protocol/redis/service.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <utility>

#include "absl/hash/hash.h"
#include "engine/names.h"
#include "fmt/format.h"
#include "protocol/redis/keyspace.h"
#include "protocol/redis/notify.h"
#include "protocol/redis/process.h"
#include "protocol/redis/session.h"

namespace braid::redis {
namespace {

// "7.2" is reported as "7.2.0": clients read three numbers.
ServiceOptions WithWholeVersion(ServiceOptions options) {
  if (std::count(options.version.begin(), options.version.end(), '.') == 1) options.version += ".0";
  return options;
}

std::string Hex(const std::array<uint8_t, 16>& bytes) {
  std::string out;
  for (const uint8_t byte : bytes) out += fmt::format("{:02x}", byte);
  return out;
}

std::string RunId(const engine::Catalog& catalog) {
  const size_t start = absl::HashOf(absl::ToUnixNanos(catalog.Now()), ::getpid());
  return fmt::format("{}{:08x}", Hex(catalog.cluster_id()), static_cast<uint32_t>(start));
}

std::vector<bool> KnownTo(Release release) {
  std::vector<bool> known;
  for (const Command& command : Commands()) {
    known.push_back(Release::Parse(command.since) <= release);
  }
  return known;
}

}  // namespace

Service::Service(engine::Catalog& catalog, ServiceOptions options)
    : catalog_(catalog),
      options_(WithWholeVersion(std::move(options))),
      release_(Release::Parse(options_.version).value_or(Release{})),
      known_(KnownTo(release_)),
      started_(catalog.Now()),
      run_id_(RunId(catalog)),
      first_memory_(MeasureMemory().allocated),
      rates_(started_),
      saves_(catalog),
      node_entries_(options_.node_entries),
      password_(options_.password) {
  settings_.query_buffer_limit = options_.limits.max_request_bytes;
  settings_.max_bulk_bytes = options_.limits.max_bulk_bytes;
  // Left by a crash.
  for (const engine::TopicPtr& topic : catalog_.AllTopics()) {
    if (engine::DatabaseKeyOf(topic->name).database != kBuildDatabase) continue;
    engine::Writes writes;
    catalog_.DeleteTopic(topic->name, writes).IgnoreError();
    catalog_.Commit(writes).IgnoreError();
  }
  catalog_.SetExpiredHook([this](const std::string& name) {
    stats_.CountExpired();
    const auto [database, key] = engine::DatabaseKeyOf(name);
    Notify(*this, database, KeyEvent::kExpired, "expired", key);
  });
}

Service::~Service() {
  catalog_.SetExpiredHook({});
}

net::SessionFn Service::session() {
  return [this](net::ConnectionPtr connection) { return Serve(*this, std::move(connection)); };
}

void Service::Deliver(const Message& message) {
  if (channels_.empty()) return;
  const OutputLimit limit = settings_.output_limit(ClientClass::kPubSub);
  stats_.CountOutputDisconnects(channels_.Deliver(message, limit, catalog_.Now()));
}

std::string Service::data_id() const {
  return Hex(catalog_.cluster_id()) + "00000000";
}

int64_t Service::NotePeakMemory(int64_t bytes) {
  int64_t peak = peak_memory_;
  while (peak < bytes && !peak_memory_.compare_exchange_weak(peak, bytes)) {
  }
  return std::max(peak, bytes);
}

void Service::Show(const std::string& line) {
  // A monitor is a normal client; but it is told without having asked, so that what gathers for it
  // is bounded even when nothing bounds the replies of normal clients.
  OutputLimit limit = settings_.output_limit(ClientClass::kNormal);
  if (limit.hard == 0) limit = settings_.output_limit(ClientClass::kPubSub);
  stats_.CountOutputDisconnects(monitors_.Show(line, limit, catalog_.Now()));
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
