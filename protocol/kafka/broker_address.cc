#include "protocol/kafka/broker_address.h"

#include <charconv>
#include <set>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "absl/strings/numbers.h"
#include "protocol/kafka/config_rule.h"
#include "protocol/kafka/request.h"

namespace braid::kafka {
namespace {

constexpr std::string_view kName = "PLAINTEXT";
constexpr std::string_view kScheme = "://";

std::string NameOf(int listener) {
  return listener == 0 ? std::string(kName) : fmt::format("{}{}", kName, listener + 1);
}

bool IsName(std::string_view name) {
  if (!name.starts_with(kName)) return false;
  name.remove_prefix(kName.size());
  int number = 0;
  return name.empty() || (absl::SimpleAtoi(absl::string_view(name.data(), name.size()), &number) &&
                          number > 1 && name == fmt::to_string(number));
}

// Name -> address.
using Item = std::pair<std::string, std::string>;

std::vector<Item> ItemsOf(std::string_view setting) {
  std::vector<Item> items;
  for (const std::string& item : ListOf(setting)) {
    const size_t scheme = item.find(kScheme);
    if (scheme == std::string::npos) return {};
    items.emplace_back(item.substr(0, scheme), item.substr(scheme + kScheme.size()));
  }
  return items;
}

}  // namespace

BrokerAddress BrokerAddress::Parse(std::string_view text) {
  BrokerAddress address;
  const size_t colon = text.rfind(':');
  if (colon != std::string_view::npos) {
    const std::string_view digits = text.substr(colon + 1);
    std::from_chars(digits.data(), digits.data() + digits.size(), address.port);
  }
  address.host = text.substr(0, colon);
  if (address.host.size() >= 2 && address.host.front() == '[' && address.host.back() == ']') {
    address.host = address.host.substr(1, address.host.size() - 2);
  }
  return address;
}

BrokerAddress BrokerAddress::Of(Request& request) {
  const std::string setting = request.service().configs().BrokerValue(kAdvertisedListeners);
  std::optional<std::string> advertised = FindAdvertised(setting, request.listener());
  if (advertised) return Parse(request.Keep(*std::move(advertised)));
  return Parse(request.Keep(request.connection().local_address()));
}

std::string AdvertisedSetting(absl::Span<const std::string> by_listener) {
  std::string setting;
  for (size_t i = 0; i < by_listener.size(); ++i) {
    if (by_listener[i].empty()) continue;
    if (!setting.empty()) setting += ",";
    setting += fmt::format("{}{}{}", NameOf(static_cast<int>(i)), kScheme, by_listener[i]);
  }
  return setting;
}

bool IsAdvertisedSetting(std::string_view setting) {
  const std::vector<Item> items = ItemsOf(setting);
  if (items.empty()) return Trimmed(setting).empty();
  std::set<std::string> names;
  for (const auto& [name, address] : items) {
    if (!IsName(name) || !BrokerAddress::Parse(address).complete()) return false;
    if (!names.insert(name).second) return false;
  }
  return true;
}

std::optional<std::string> FindAdvertised(std::string_view setting, int listener) {
  if (setting.empty()) return std::nullopt;
  const std::string wanted = NameOf(listener);
  for (auto& [name, address] : ItemsOf(setting)) {
    if (name == wanted) return std::move(address);
  }
  return std::nullopt;
}

}  // namespace braid::kafka
