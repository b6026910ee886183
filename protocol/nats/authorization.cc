#include "protocol/nats/authorization.h"

#include <algorithm>
#include <set>
#include <utility>

#include "braid/error.h"
#include "protocol/password.h"

namespace braid::nats {
namespace {

absl::Status Bad(std::string why) {
  return MakeError(Errc::kInvalidArgument, std::move(why));
}

}  // namespace

absl::Status Authorization::Validate(const AuthorizationOptions& options) {
  std::set<std::string> accounts = {std::string(kGlobalAccount), std::string(kSystemAccount)};
  int with_jetstream = 0;
  for (const AccountOptions& account : options.accounts) {
    with_jetstream += account.jetstream ? 1 : 0;
    accounts.insert(account.name);
  }
  if (with_jetstream > 1) return Bad("JetStream is for one account only");
  std::set<std::string> users;
  for (const UserOptions& user : options.users) {
    if (!users.insert(user.user).second) {
      return Bad(fmt::format("Duplicate user \"{}\" detected", user.user));
    }
    if (!accounts.contains(user.account)) {
      return Bad(fmt::format("user \"{}\" is of account \"{}\", which is not defined", user.user,
                             user.account));
    }
  }
  if (!options.token.empty() && !options.users.empty()) {
    return Bad("Can not have a token with a users array");
  }
  if (!options.no_auth_user.empty() && !users.contains(options.no_auth_user)) {
    return Bad(
        fmt::format("no_auth_user: \"{}\" not present as user in authorization block or "
                    "account configuration",
                    options.no_auth_user));
  }
  return absl::OkStatus();
}

Authorization::Authorization(AuthorizationOptions options)
    : options_(std::move(options)), guarded_(!options_.users.empty() || !options_.token.empty()) {
  for (const UserOptions& user : options_.users) {
    permissions_.push_back(user.permissions ? std::make_shared<Permissions>(*user.permissions)
                                            : nullptr);
  }
  if (const UserOptions* user = Find(options_.no_auth_user)) {
    anonymous_ = IdentityOf(static_cast<size_t>(user - options_.users.data()));
  }
}

std::optional<Identity> Authorization::Anonymous() const {
  if (anonymous_) return anonymous_;
  if (guarded_) return std::nullopt;
  return Identity();
}

std::optional<Identity> Authorization::Check(const ConnectOptions& connect) const {
  if (!options_.token.empty()) {
    if (!net::PasswordMatches(options_.token, connect.auth_token)) return std::nullopt;
    return Identity();
  }
  if (!guarded_ || (anonymous_ && connect.user.empty() && connect.auth_token.empty())) {
    return Anonymous();
  }
  const UserOptions* user = Find(connect.user);
  if (user == nullptr || !net::PasswordMatches(user->password, connect.pass)) return std::nullopt;
  return IdentityOf(static_cast<size_t>(user - options_.users.data()));
}

const UserOptions* Authorization::Find(std::string_view user) const {
  if (user.empty()) return nullptr;
  for (const UserOptions& known : options_.users) {
    if (known.user == user) return &known;
  }
  return nullptr;
}

std::optional<Identity> Authorization::IdentityOf(size_t index) const {
  const UserOptions& user = options_.users[index];
  Identity identity;
  identity.user = user.user;
  identity.account = user.account;
  identity.permissions = permissions_[index];
  return identity;
}

}  // namespace braid::nats
