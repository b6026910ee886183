// Who may connect, and as whom: users with passwords, a token, accounts.
//
// Immutable and thread-safe. A password is plain, or a bcrypt hash ("$2a$11$..."), which takes as
// long to check as its cost says.
#ifndef BRAID_PROTOCOL_NATS_AUTHORIZATION_H_
#define BRAID_PROTOCOL_NATS_AUTHORIZATION_H_

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "protocol/nats/hello.h"
#include "protocol/nats/permissions.h"

namespace braid::nats {

// The account of whoever belongs to no other.
inline constexpr std::string_view kGlobalAccount = "$G";
// The server's own, where nobody publishes but the server.
inline constexpr std::string_view kSystemAccount = "$SYS";

struct UserOptions {
  std::string user;
  std::string password;
  std::string account = std::string(kGlobalAccount);
  std::optional<PermissionOptions> permissions = {};  // nullopt: everything
};

// Clients of one account hear nothing of another's. One of them can have JetStream.
struct AccountOptions {
  std::string name;
  bool jetstream = false;
};

struct AuthorizationOptions {
  std::vector<UserOptions> users = {};
  std::string token = {};                     // instead of users; empty: none
  std::string no_auth_user = {};              // one of `users`, for who says nothing; empty: none
  absl::Duration timeout = absl::Seconds(2);  // for CONNECT to come
  std::vector<AccountOptions> accounts = {};  // beside $G, which has JetStream when there are none
};

// As whom a connection goes on.
struct Identity {
  std::string user;  // empty: nobody in particular
  std::string account = std::string(kGlobalAccount);
  std::shared_ptr<const Permissions> permissions;  // nullptr: everything is allowed
};

class Authorization {
 public:
  explicit Authorization(AuthorizationOptions options);

  // kInvalidArgument, with words: a user twice, a no_auth_user or an account that is none, token
  // and users.
  static absl::Status Validate(const AuthorizationOptions& options);

  // Somebody has to say who he is.
  bool required() const { return guarded_ && !anonymous_; }
  absl::Duration timeout() const { return options_.timeout; }
  // Of who has said nothing yet; nullopt: he may not do anything.
  std::optional<Identity> Anonymous() const;
  // Of CONNECT; nullopt: refused.
  std::optional<Identity> Check(const ConnectOptions& connect) const;

 private:
  const UserOptions* Find(std::string_view user) const;
  std::optional<Identity> IdentityOf(size_t index) const;

  AuthorizationOptions options_;
  std::vector<std::shared_ptr<const Permissions>> permissions_;  // of options_.users
  bool guarded_ = false;
  std::optional<Identity> anonymous_;  // the no_auth_user
};

}  // namespace braid::nats

#endif  // BRAID_PROTOCOL_NATS_AUTHORIZATION_H_
