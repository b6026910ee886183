// The monitoring pages about clients, subscriptions and accounts.
#include <algorithm>
#include <map>

#include "braid/error.h"
#include "engine/subjects.h"
#include "protocol/nats/monitor.h"

namespace braid::nats {
namespace {

constexpr int64_t kDefaultLimit = 1024;

// The order of /connz, by the name it is asked for with.
struct Order {
  std::string_view name;
  bool (*before)(const ClientView& a, const ClientView& b);
};

constexpr Order kOrders[] = {
    {"cid", [](const ClientView& a, const ClientView& b) { return a.id < b.id; }},
    {"start", [](const ClientView& a, const ClientView& b) { return a.start < b.start; }},
    {"subs",
     [](const ClientView& a, const ClientView& b) { return a.subscriptions > b.subscriptions; }},
    {"pending",
     [](const ClientView& a, const ClientView& b) { return a.pending_bytes > b.pending_bytes; }},
    {"msgs_to",
     [](const ClientView& a, const ClientView& b) {
       return a.traffic.out_messages > b.traffic.out_messages;
     }},
    {"msgs_from",
     [](const ClientView& a, const ClientView& b) {
       return a.traffic.in_messages > b.traffic.in_messages;
     }},
    {"bytes_to", [](const ClientView& a,
                    const ClientView& b) { return a.traffic.out_bytes > b.traffic.out_bytes; }},
    {"bytes_from", [](const ClientView& a,
                      const ClientView& b) { return a.traffic.in_bytes > b.traffic.in_bytes; }},
    {"last",
     [](const ClientView& a, const ClientView& b) { return a.last_activity > b.last_activity; }},
    {"idle",
     [](const ClientView& a, const ClientView& b) { return a.last_activity < b.last_activity; }},
    {"uptime", [](const ClientView& a, const ClientView& b) { return a.start < b.start; }},
    {"stop", [](const ClientView& a, const ClientView& b) { return a.stop < b.stop; }},
    {"reason", [](const ClientView& a, const ClientView& b) { return a.reason < b.reason; }},
    {"rtt", [](const ClientView& a, const ClientView& b) { return a.rtt > b.rtt; }},
};

absl::Status Bad(std::string why) {
  return MakeError(Errc::kInvalidArgument, std::move(why));
}

MonitorJson JsonOf(const ClientView& view, absl::Time now, bool auth) {
  const size_t colon = view.address.rfind(':');
  const bool connected = view.stop == absl::InfiniteFuture();
  const absl::Time until = connected ? now : view.stop;
  MonitorJson json = {
      {"cid", view.id},
      {"kind", "Client"},
      {"type", view.websocket ? "websocket" : "nats"},
      {"ip", view.address.substr(0, colon)},
      {"port", ParseNumber(std::string_view(view.address).substr(colon + 1)).value_or(0)},
      {"start", MonitorTime(view.start)},
      {"last_activity", MonitorTime(view.last_activity)}};
  if (!connected) {
    json["stop"] = MonitorTime(view.stop);
    json["reason"] = TextOf(view.reason);
  }
  const std::string rtt = absl::FormatDuration(view.rtt);
  json["rtt"] = view.rtt == absl::ZeroDuration() ? "0s" : rtt;
  json["uptime"] = MonitorDuration(until - view.start);
  json["idle"] = MonitorDuration(until - view.last_activity);
  json["pending_bytes"] = view.pending_bytes;
  json["in_msgs"] = view.traffic.in_messages;
  json["out_msgs"] = view.traffic.out_messages;
  json["in_bytes"] = view.traffic.in_bytes;
  json["out_bytes"] = view.traffic.out_bytes;
  json["subscriptions"] = view.subscriptions;
  if (!view.name.empty()) json["name"] = view.name;
  if (!view.lang.empty()) json["lang"] = view.lang;
  if (!view.version.empty()) json["version"] = view.version;
  if (auth && !view.user.empty()) json["authorized_user"] = view.user;
  if (auth) json["account"] = view.account;
  return json;
}

MonitorJson DetailOf(const Subscription& subscription, std::string_view account) {
  MonitorJson json = {{"account", account}, {"subject", subscription.subject}};
  if (!subscription.queue.empty()) json["qgroup"] = subscription.queue;
  json["sid"] = subscription.sid;
  json["msgs"] = subscription.delivered.load();
  if (subscription.max > 0) json["max"] = subscription.max.load();
  json["cid"] = subscription.client->connection().id();
  return json;
}

// Those of `list` that a page shows.
template <class T>
std::vector<T> Window(const std::vector<T>& list, int64_t offset, int64_t limit) {
  const auto begin = std::clamp<int64_t>(offset, 0, static_cast<int64_t>(list.size()));
  const auto end =
      std::min<int64_t>(begin + std::max<int64_t>(limit, 0), static_cast<int64_t>(list.size()));
  return {list.begin() + begin, list.begin() + end};
}

MonitorJson SublistStats(const Sublist& sublist) {
  return {{"num_subscriptions", sublist.size()},
          {"num_cache", 0},
          {"num_inserts", sublist.inserts()},
          {"num_removes", sublist.inserts() - sublist.size()},
          {"num_matches", 0},
          {"cache_hit_rate", 0},
          {"max_fanout", 0},
          {"avg_fanout", 0}};
}

}  // namespace

absl::StatusOr<MonitorJson> Monitor::Connz(const MonitorQuery& query) {
  const auto offset = query.Number("offset", 0), limit = query.Number("limit", kDefaultLimit),
             cid = query.Number("cid", 0);
  const auto auth = query.Flag("auth");
  const std::string subs = query.Text("subs");
  const bool detail = subs == "detail";
  const auto with_subs = detail ? absl::StatusOr<bool>(true) : query.Flag("subs");
  for (const absl::Status& status :
       {offset.status(), limit.status(), cid.status(), auth.status(), with_subs.status()}) {
    if (!status.ok()) return status;
  }
  const std::string state = query.Text("state"), sort = query.Text("sort");
  const bool open = state.empty() || state == "open" || state == "all" || state == "any";
  const bool closed = state == "closed" || state == "all" || state == "any";
  if (!open && !closed) return Bad(fmt::format("Error decoding state for {}", state));
  const Order* order = &kOrders[0];
  if (!sort.empty()) {
    order = std::find_if(std::begin(kOrders), std::end(kOrders),
                         [&](const Order& o) { return o.name == sort; });
    if (order == std::end(kOrders)) return Bad(fmt::format("invalid sorting option: {}", sort));
  }
  const std::string user = query.Text("user"), account = query.Text("acc");
  const std::string filter = query.Text("filter_subject");
  std::map<uint64_t, ClientPtr> connected;
  std::vector<ClientView> views;
  const auto wanted = [&](const ClientView& view) {
    return (*cid == 0 || view.id == static_cast<uint64_t>(*cid)) &&
           (user.empty() || view.user == user) && (account.empty() || view.account == account);
  };
  const auto listens = [&](const Client& client) {
    if (filter.empty()) return true;
    const auto list = client.SubscriptionList();
    return std::any_of(list.begin(), list.end(), [&](const SubscriptionPtr& subscription) {
      return engine::Matches(subscription->subject, filter);
    });
  };
  if (open) {
    for (const ClientPtr& client : service_.clients().Connected()) {
      ClientView view = ClientView::Of(*client);
      if (!wanted(view) || !listens(*client)) continue;
      connected.emplace(view.id, client);
      views.push_back(std::move(view));
    }
  }
  if (closed) {
    for (ClientView& view : service_.clients().Closed()) {
      if (wanted(view)) views.push_back(std::move(view));
    }
  }
  std::stable_sort(views.begin(), views.end(), order->before);
  const int64_t shown = *cid != 0 ? 1 : *limit;
  MonitorJson list = MonitorJson::array();
  const absl::Time now = service_.catalog().Now();
  for (const ClientView& view : Window(views, *offset, shown)) {
    MonitorJson json = JsonOf(view, now, *auth);
    const auto client = connected.find(view.id);
    if (*with_subs && client != connected.end()) {
      MonitorJson subjects = MonitorJson::array();
      for (const SubscriptionPtr& subscription : client->second->SubscriptionList()) {
        subjects.push_back(detail ? DetailOf(*subscription, view.account)
                                  : MonitorJson(subscription->subject));
      }
      if (!subjects.empty()) {
        json[detail ? "subscriptions_list_detail" : "subscriptions_list"] = std::move(subjects);
      }
    }
    list.push_back(std::move(json));
  }
  MonitorJson json = Head();
  json["num_connections"] = list.size();
  json["total"] = views.size();
  json["offset"] = *offset;
  json["limit"] = shown;
  json["connections"] = std::move(list);
  return json;
}

absl::StatusOr<MonitorJson> Monitor::Subsz(const MonitorQuery& query) {
  const auto offset = query.Number("offset", 0), limit = query.Number("limit", kDefaultLimit);
  const auto with_subs = query.Flag("subs");
  for (const absl::Status& status : {offset.status(), limit.status(), with_subs.status()}) {
    if (!status.ok()) return status;
  }
  const std::string wanted = query.Text("acc"), test = query.Text("test");
  MonitorJson json = Head();
  MonitorJson stats = SublistStats(Sublist());
  std::vector<MonitorJson> details;
  for (const auto& account : service_.accounts()) {
    if (!wanted.empty() && account->name != wanted) continue;
    const MonitorJson more = SublistStats(account->router.sublist());
    for (const auto& [name, value] : more.items()) {
      stats[name] = stats[name].get<int64_t>() + value.get<int64_t>();
    }
    if (!*with_subs) continue;
    for (const SubscriptionPtr& subscription : account->router.sublist().All()) {
      if (test.empty() || engine::Matches(subscription->subject, test)) {
        details.push_back(DetailOf(*subscription, account->name));
      }
    }
  }
  json.update(stats);
  json["total"] = details.size();
  json["offset"] = *offset;
  json["limit"] = *limit;
  if (*with_subs) json["subscriptions_list"] = Window(details, *offset, *limit);
  return json;
}

absl::StatusOr<MonitorJson> Monitor::Accountz(const MonitorQuery& query) {
  MonitorJson json = Head();
  json["system_account"] = kSystemAccount;
  const std::string wanted = query.Text("acc");
  MonitorJson names = MonitorJson::array();
  for (const auto& account : service_.accounts()) {
    names.push_back(account->name);
    if (account->name != wanted) continue;
    int64_t clients = 0;
    for (const ClientPtr& client : service_.clients().Connected()) {
      clients += client->identity().account == wanted ? 1 : 0;
    }
    json["account_detail"] = {{"account_name", account->name},
                              {"update_time", MonitorTime(service_.start())},
                              {"is_system", account->name == kSystemAccount},
                              {"expired", false},
                              {"complete", true},
                              {"jetstream_enabled", account->jetstream},
                              {"leafnode_connections", 0},
                              {"client_connections", clients},
                              {"subscriptions", account->router.sublist().size()},
                              {"sublist_stats", SublistStats(account->router.sublist())}};
  }
  if (wanted.empty()) {
    json["accounts"] = std::move(names);
  } else if (!json.contains("account_detail")) {
    return Bad(fmt::format("account {} does not exist", wanted));
  }
  return json;
}

absl::StatusOr<MonitorJson> Monitor::Accstatz(const MonitorQuery& query) {
  const auto unused = query.Flag("unused");
  if (!unused.ok()) return unused.status();
  std::map<std::string, std::pair<int64_t, Traffic>> by_account;
  for (const ClientPtr& client : service_.clients().Connected()) {
    auto& [clients, traffic] = by_account[client->identity().account];
    ++clients;
    traffic += client->traffic();
  }
  MonitorJson list = MonitorJson::array();
  for (const auto& account : service_.accounts()) {
    const auto& [clients, traffic] = by_account[account->name];
    if (clients == 0 && !*unused) continue;
    list.push_back({{"acc", account->name},
                    {"name", account->name},
                    {"conns", clients},
                    {"leafnodes", 0},
                    {"total_conns", clients},
                    {"num_subscriptions", account->router.sublist().size()},
                    {"sent", {{"msgs", traffic.out_messages}, {"bytes", traffic.out_bytes}}},
                    {"received", {{"msgs", traffic.in_messages}, {"bytes", traffic.in_bytes}}},
                    {"slow_consumers", 0}});
  }
  MonitorJson json = Head();
  json["account_statz"] = std::move(list);
  return json;
}

}  // namespace braid::nats
