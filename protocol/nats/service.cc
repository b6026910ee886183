#include "protocol/nats/service.h"

#include <algorithm>
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

std::vector<std::unique_ptr<Account>> AccountsOf(const ServiceOptions& options) {
  const std::vector<AccountOptions>& wanted = options.authorization.accounts;
  std::vector<std::unique_ptr<Account>> accounts;
  const auto add = [&](std::string_view name, bool jetstream) {
    auto account = std::make_unique<Account>();
    account->name = std::string(name);
    account->jetstream = options.jetstream && jetstream;
    accounts.push_back(std::move(account));
  };
  const bool alone = std::all_of(wanted.begin(), wanted.end(), [](const AccountOptions& account) {
    return account.name == kSystemAccount;
  });
  add(kGlobalAccount, alone);
  for (const AccountOptions& account : wanted) {
    if (account.name != kGlobalAccount && account.name != kSystemAccount) {
      add(account.name, account.jetstream);
    } else if (account.name == kGlobalAccount) {
      accounts.front()->jetstream = options.jetstream && account.jetstream;
    }
  }
  add(kSystemAccount, false);
  return accounts;
}

// JetStream speaks to the account it belongs to.
Account& JetStreamAccount(const std::vector<std::unique_ptr<Account>>& accounts) {
  for (const auto& account : accounts) {
    if (account->jetstream) return *account;
  }
  return *accounts.front();
}

}  // namespace

Service::Service(net::Server& server, ServiceOptions options)
    : catalog_(server.catalog()),
      options_(std::move(options)),
      server_id_(ServerIdOf(catalog_.cluster_id())),
      start_(catalog_.Now()),
      accounts_(AccountsOf(options_)),
      authorization_(std::make_shared<Authorization>(options_.authorization)),
      jetstream_(std::make_shared<JetStream>(catalog_, JetStreamAccount(accounts_).router,
                                             server.executor())) {
  if (options_.jetstream) jetstream_->Recover();
}

Service::~Service() {
  jetstream_->Stop();
}

net::SessionFn Service::session() {
  return [this](net::ConnectionPtr connection) { return Serve(*this, std::move(connection)); };
}

net::SessionFn Service::websocket_session() {
  return [this](net::ConnectionPtr connection) {
    return ServeWebsocket(*this, std::move(connection));
  };
}

Account& Service::account(std::string_view name) {
  for (const auto& account : accounts_) {
    if (account->name == name) return *account;
  }
  return *accounts_.front();
}

std::shared_ptr<const Authorization> Service::authorization() const {
  absl::MutexLock lock(&mu_);
  return authorization_;
}

void Service::SetAuthorization(AuthorizationOptions options) {
  const auto made = std::make_shared<const Authorization>(std::move(options));
  {
    absl::MutexLock lock(&mu_);
    authorization_ = made;
  }
  for (const ClientPtr& client : clients_.Connected()) {
    const std::optional<Identity> identity = made->Check(client->connect());
    if (!identity || identity->account != client->identity().account) {
      client->Fail("Authorization Violation", CloseReason::kAuthenticationViolation);
    } else {
      client->Renew(*identity);
    }
  }
}

ServerInfo Service::InfoFor(const Client& client) const {
  const net::Connection& connection = client.connection();
  const HostPort local =
      Split(options_.advertised.empty() ? connection.local_address() : options_.advertised);
  ServerInfo info;
  info.server_id = server_id_;
  info.server_name = server_name();
  info.version = options_.version;
  info.host = local.host;
  info.port = local.port;
  info.auth_required = authorization()->required();
  info.max_payload = static_cast<int64_t>(options_.limits.max_payload);
  info.jetstream = options_.jetstream;
  info.client_id = static_cast<int64_t>(connection.id());
  info.client_ip = Split(connection.remote_address()).host;
  info.ldm = lame_duck();
  return info;
}

void Service::LameDuck(const LameDuckOptions& options, std::function<void()> done) {
  absl::MutexLock lock(&leave_mu_);
  if (leaving_ != nullptr) return;
  leaving_ = std::make_shared<nats::LameDuck>(catalog_, clients_, options, std::move(done));
  lame_duck_ = true;
  for (const ClientPtr& client : clients_.Connected()) {
    if (!client->hears_info()) continue;
    client->Send(InfoLine(InfoFor(*client)));
    client->connection().FlushSoon();
  }
  leaving_->Start();
}

}  // namespace braid::nats
