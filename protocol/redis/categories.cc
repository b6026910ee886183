#include "protocol/redis/categories.h"

#include <algorithm>
#include <array>
#include <utility>

#include "protocol/redis/words.h"

namespace braid::redis {
namespace {

constexpr auto kCategories = std::to_array<std::string_view>(
    {"keyspace", "read",   "write",       "set",       "sortedset",  "list",        "hash",
     "string",   "bitmap", "hyperloglog", "geo",       "stream",     "pubsub",      "admin",
     "fast",     "slow",   "blocking",    "dangerous", "connection", "transaction", "scripting"});

// Groups whose commands are a category of that name, or of another one.
constexpr auto kOfGroup = std::to_array<std::pair<std::string_view, std::string_view>>({
    {"generic", "keyspace"},
    {"transactions", "transaction"},
    {"set", "set"},
    {"list", "list"},
    {"hash", "hash"},
    {"string", "string"},
    {"stream", "stream"},
    {"connection", "connection"},
    {"scripting", "scripting"},
});

// What neither flags nor group tell: commands that harm, or that are about
// something else than their group.
constexpr auto kHarmful = std::to_array<std::string_view>(
    {"flushall", "flushdb", "info", "keys", "lastsave", "restore", "role", "swapdb"});
constexpr auto kAdministrative = std::to_array<std::string_view>({"lastsave", "role"});
constexpr auto kAboutKeys =
    std::to_array<std::string_view>({"dbsize", "flushall", "flushdb", "swapdb"});
constexpr auto kAboutConnection = std::to_array<std::string_view>(
    {"asking", "command", "readonly", "readwrite", "wait", "waitaof"});

template <typename List>
bool Has(const List& list, std::string_view name) {
  return std::find(list.begin(), list.end(), name) != list.end();
}

std::string_view OfGroup(const Command& command) {
  if (Has(kAboutConnection, command.name.substr(0, command.name.find('|')))) return "connection";
  if (Has(kAboutKeys, command.name)) return "keyspace";
  for (const auto& [group, category] : kOfGroup) {
    if (group == command.group) return category;
  }
  return {};
}

bool Belongs(const Command& command, std::string_view category) {
  const auto has = [&](uint32_t flag) { return (command.flags & flag) != 0; };
  const bool fast = has(kFast);
  if (category == "fast") return fast;
  if (category == "slow") return !fast;
  if (command.handler == nullptr) return false;  // its subcommands are what counts
  const bool admin = has(kAdmin) || Has(kAdministrative, command.name);
  if (category == "write") return has(kWrite);
  if (category == "read") return has(kReadOnly) && command.group != "scripting";
  if (category == "pubsub") return has(kPubSub);
  if (category == "blocking") return has(kBlocking);
  if (category == "admin") return admin;
  if (category == "dangerous") return admin || Has(kHarmful, command.name);
  return category == OfGroup(command);
}

}  // namespace

absl::Span<const std::string_view> Categories() {
  return kCategories;
}

bool IsCategory(std::string_view name) {
  return std::any_of(kCategories.begin(), kCategories.end(),
                     [&](std::string_view category) { return SameWord(category, name); });
}

std::vector<std::string_view> CategoriesOf(const Command& command) {
  std::vector<std::string_view> names;
  for (const std::string_view category : kCategories) {
    if (Belongs(command, category)) names.push_back(category);
  }
  return names;
}

bool InCategory(const Command& command, std::string_view category) {
  const std::vector<std::string_view> names = CategoriesOf(command);
  return std::any_of(names.begin(), names.end(),
                     [&](std::string_view name) { return SameWord(name, category); });
}

}  // namespace braid::redis
