// Strings that are numbers: INCR and its relatives. They keep the time at which a key goes.
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>

#include "fmt/format.h"
#include "protocol/redis/handlers.h"
#include "protocol/redis/keyspace.h"
#include "protocol/redis/notify.h"

namespace braid::redis {
namespace {

using engine::ValueKind;

constexpr std::string_view kNotAFloat = "ERR value is not a valid float";

std::optional<int64_t> ParseInteger(std::string_view bytes) {
  const std::string_view only[] = {bytes};
  Args args(only);
  const int64_t number = args.NextInt();
  return args.ok() ? std::optional(number) : std::nullopt;
}

// As Redis computes: with the long double of the machine.
std::optional<long double> ParseFloat(std::string_view bytes) {
  if (bytes.empty() || bytes.front() == ' ') return std::nullopt;
  const std::string text(bytes);
  char* end = nullptr;
  const long double number = std::strtold(text.c_str(), &end);
  if (end != text.c_str() + text.size() || std::isnan(number)) return std::nullopt;
  return number;
}

// Up to 17 digits behind the point, without zeros at the end.
std::string Shown(long double number) {
  std::string text = fmt::format("{:.17f}", number);
  if (text.find('.') != std::string::npos) {
    text.erase(text.find_last_not_of('0') + 1);
    if (text.back() == '.') text.pop_back();
  }
  return text == "-0" ? "0" : text;
}

// Stores what the string has become. False, and the reply is written, when it cannot be.
bool Store(Call& call, Keyspace& keyspace, std::string_view name, Key key, std::string bytes,
           std::string_view event) {
  if (!key.exists()) {
    const auto made = keyspace.Make(name, ValueKind::kString);
    if (call.Failed(made.status())) return false;
    key.value = *made;
  }
  keyspace.edit().SetBytes(*key.value, std::move(bytes));
  Notify(call, KeyEvent::kString, event, name);
  return true;
}

void Change(Call& call, std::string_view name, int64_t by) {
  Keyspace keyspace(call);
  const Key key = keyspace.Find(name);
  if (HoldsOther(call, key, ValueKind::kString)) return;
  const auto before = key.exists() ? ParseInteger(key.value->bytes) : 0;
  if (!before) return call.reply.Error(text::kNotAnInteger);
  int64_t after = 0;
  if (__builtin_add_overflow(*before, by, &after)) {
    return call.reply.Error("ERR increment or decrement would overflow");
  }
  if (Store(call, keyspace, name, key, std::to_string(after), "incrby")) call.reply.Integer(after);
}

}  // namespace

void Incr(Call& call) {
  Change(call, call.args.Next(), 1);
}

void Decr(Call& call) {
  Change(call, call.args.Next(), -1);
}

void IncrBy(Call& call) {
  const std::string_view name = call.args.Next();
  const int64_t by = call.args.NextInt();
  if (!call.Failed()) Change(call, name, by);
}

void DecrBy(Call& call) {
  const std::string_view name = call.args.Next();
  const int64_t by = call.args.NextInt();
  if (by == INT64_MIN) call.args.Fail("ERR decrement would overflow");
  if (!call.Failed()) Change(call, name, -by);
}

void IncrByFloat(Call& call) {
  const std::string_view name = call.args.Next();
  Keyspace keyspace(call);
  const Key key = keyspace.Find(name);
  if (HoldsOther(call, key, ValueKind::kString)) return;
  const auto before = key.exists() ? ParseFloat(key.value->bytes) : 0.0L;
  const auto by = ParseFloat(call.args.Next());
  if (!before || !by) return call.reply.Error(kNotAFloat);
  const long double after = *before + *by;
  if (std::isnan(after) || std::isinf(after)) {
    return call.reply.Error("ERR increment would produce NaN or Infinity");
  }
  const std::string shown = Shown(after);
  if (Store(call, keyspace, name, key, shown, "incrbyfloat")) call.reply.Bulk(shown);
}

}  // namespace braid::redis
