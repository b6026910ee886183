// Users, permissions and accounts as configuration files of nats-server write them.
#include <fmt/format.h>

#include <optional>
#include <utility>

#include "braid/error.h"
#include "tools/cli/nats_server.h"

namespace braid::cli {
namespace {

using Kind = ConfValue::Kind;

absl::Status Bad(const ConfValue& value, std::string_view why) {
  return MakeError(Errc::kInvalidArgument, fmt::format("{}: {}", value.place, why));
}

absl::Status Unknown(const ConfEntry& entry) {
  return Bad(entry.value, fmt::format("unknown field \"{}\"", entry.key));
}

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return lower;
}

// "subject" or "subject queue", one or several.
absl::StatusOr<std::vector<nats::SubjectRule>> RulesOf(const ConfValue& value) {
  std::vector<nats::SubjectRule> rules;
  const auto add = [&rules](const ConfValue& one) {
    if (one.kind != Kind::kText) return false;
    const size_t blank = one.text.find_first_of(" \t");
    nats::SubjectRule rule{.subject = one.text.substr(0, blank)};
    if (blank != std::string::npos) {
      const size_t queue = one.text.find_first_not_of(" \t", blank);
      if (queue != std::string::npos) rule.queue = one.text.substr(queue);
    }
    rules.push_back(std::move(rule));
    return true;
  };
  if (value.kind != Kind::kArray && !add(value)) return Bad(value, "subjects were expected");
  for (const ConfValue& one : value.array) {
    if (!add(one)) return Bad(one, "a subject was expected");
  }
  return rules;
}

absl::Status TakeRules(const ConfValue& value, nats::SubjectRules& rules) {
  if (value.kind != Kind::kMap) {
    auto allow = RulesOf(value);
    if (!allow.ok()) return allow.status();
    rules.allow = *std::move(allow);
    return absl::OkStatus();
  }
  for (const ConfEntry& entry : value.map) {
    auto list = RulesOf(entry.value);
    if (!list.ok()) return list.status();
    if (Lower(entry.key) == "allow") {
      rules.allow = *std::move(list);
    } else if (Lower(entry.key) == "deny") {
      rules.deny = *std::move(list);
    } else {
      return Unknown(entry);
    }
  }
  return absl::OkStatus();
}

absl::Status TakeResponses(const ConfValue& value, std::optional<nats::ResponseRule>& responses) {
  if (value.kind == Kind::kFlag) {
    if (value.flag) responses.emplace();
    return absl::OkStatus();
  }
  if (value.kind != Kind::kMap) return Bad(value, "true or a map was expected");
  responses.emplace();
  for (const ConfEntry& entry : value.map) {
    const std::string key = Lower(entry.key);
    if (key == "max" || key == "max_msgs" || key == "max_messages" || key == "max_responses") {
      if (entry.value.kind != Kind::kNumber) return Bad(entry.value, "a number was expected");
      if (entry.value.number != 0) responses->max_messages = entry.value.number;
    } else if (key == "expires" || key == "expiration" || key == "ttl") {
      auto time = ConfDuration(entry.value);
      if (!time.ok()) return time.status();
      if (*time != absl::ZeroDuration()) responses->expires = *time;
      if (*time < absl::ZeroDuration()) responses->expires = absl::ZeroDuration();
    } else {
      return Unknown(entry);
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<nats::PermissionOptions> PermissionsOf(const ConfValue& value) {
  if (value.kind != Kind::kMap) return Bad(value, "permissions are a map");
  nats::PermissionOptions permissions;
  for (const ConfEntry& entry : value.map) {
    const std::string key = Lower(entry.key);
    absl::Status taken;
    if (key == "pub" || key == "publish" || key == "import") {
      taken = TakeRules(entry.value, permissions.publish);
    } else if (key == "sub" || key == "subscribe" || key == "export") {
      taken = TakeRules(entry.value, permissions.subscribe);
    } else if (key == "publish_allow_responses" || key == "allow_responses") {
      taken = TakeResponses(entry.value, permissions.responses);
    } else {
      taken = Unknown(entry);
    }
    if (!taken.ok()) return taken;
  }
  return permissions;
}

absl::StatusOr<nats::UserOptions> UserOf(const ConfValue& value, std::string_view account) {
  if (value.kind != Kind::kMap) return Bad(value, "a user is a map");
  nats::UserOptions user;
  user.account = std::string(account);
  for (const ConfEntry& entry : value.map) {
    const std::string key = Lower(entry.key);
    if (key == "user" || key == "username") {
      user.user = entry.value.text;
    } else if (key == "pass" || key == "password") {
      user.password = entry.value.text;
    } else if (key == "permission" || key == "permissions" || key == "authorization") {
      auto permissions = PermissionsOf(entry.value);
      if (!permissions.ok()) return permissions.status();
      user.permissions = *std::move(permissions);
    } else if (key == "nkey") {
      return Bad(entry.value, "users with an nkey are not supported");
    } else {
      return Unknown(entry);
    }
  }
  if (user.user.empty()) return Bad(value, "User entry requires a user");
  return user;
}

absl::Status TakeUsers(const ConfValue& value, std::string_view account,
                       const std::optional<nats::PermissionOptions>& otherwise,
                       nats::AuthorizationOptions& options) {
  if (value.kind != Kind::kArray) return Bad(value, "users are an array");
  for (const ConfValue& one : value.array) {
    auto user = UserOf(one, account);
    if (!user.ok()) return user.status();
    if (!user->permissions) user->permissions = otherwise;
    options.users.push_back(*std::move(user));
  }
  return absl::OkStatus();
}

bool Enabled(const ConfValue& value) {
  const std::string text = Lower(value.text);
  return (value.kind == Kind::kFlag && value.flag) || text == "enabled" || text == "enable" ||
         value.kind == Kind::kMap;
}

absl::Status TakeAccount(const ConfEntry& named, nats::AuthorizationOptions& options) {
  nats::AccountOptions account{.name = named.key};
  std::optional<nats::PermissionOptions> otherwise;
  if (const ConfValue* permissions = named.value.Find("default_permissions")) {
    auto read = PermissionsOf(*permissions);
    if (!read.ok()) return read.status();
    otherwise = *std::move(read);
  }
  for (const ConfEntry& entry : named.value.map) {
    const std::string key = Lower(entry.key);
    if (key == "users") {
      absl::Status taken = TakeUsers(entry.value, named.key, otherwise, options);
      if (!taken.ok()) return taken;
    } else if (key == "jetstream") {
      if (entry.value.kind == Kind::kMap && !entry.value.map.empty()) {
        return Bad(entry.value, "limits of an account's JetStream are not supported");
      }
      account.jetstream = Enabled(entry.value);
    } else if (key != "default_permissions") {
      return Bad(entry.value, fmt::format("\"{}\" of an account is not supported", entry.key));
    }
  }
  options.accounts.push_back(std::move(account));
  return absl::OkStatus();
}

}  // namespace

absl::Status ApplyAuthorization(const ConfValue& conf, nats::AuthorizationOptions& options) {
  if (conf.kind != Kind::kMap) return Bad(conf, "authorization is a map");
  nats::UserOptions single;
  bool has_single = false;
  std::optional<nats::PermissionOptions> otherwise;
  for (const std::string_view name : {"default_permissions", "default_permission", "permissions"}) {
    const ConfValue* permissions = conf.Find(name);
    if (permissions == nullptr) continue;
    auto read = PermissionsOf(*permissions);
    if (!read.ok()) return read.status();
    otherwise = *std::move(read);
  }
  for (const ConfEntry& entry : conf.map) {
    const std::string key = Lower(entry.key);
    if (key == "user" || key == "username") {
      single.user = entry.value.text;
      has_single = true;
    } else if (key == "pass" || key == "password") {
      single.password = entry.value.text;
    } else if (key == "token") {
      options.token = entry.value.text;
    } else if (key == "timeout") {
      auto time = ConfDuration(entry.value);
      if (!time.ok()) return time.status();
      options.timeout = *time;
    } else if (key == "users") {
      absl::Status taken = TakeUsers(entry.value, nats::kGlobalAccount, otherwise, options);
      if (!taken.ok()) return taken;
    } else if (!key.starts_with("default_permission") && key != "permissions") {
      return Unknown(entry);
    }
  }
  if (has_single) {
    single.permissions = otherwise;
    options.users.push_back(std::move(single));
  }
  return absl::OkStatus();
}

absl::Status ApplyAccounts(const ConfValue& conf, nats::AuthorizationOptions& options) {
  if (conf.kind != Kind::kMap) return Bad(conf, "accounts are a map");
  for (const ConfEntry& entry : conf.map) {
    if (entry.value.kind != Kind::kMap) return Bad(entry.value, "an account is a map");
    if (absl::Status s = TakeAccount(entry, options); !s.ok()) return s;
  }
  return absl::OkStatus();
}

}  // namespace braid::cli
