#include "protocol/nats/counter.h"

#include <algorithm>
#include <utility>

#include <boost/multiprecision/cpp_int.hpp>

#include "protocol/nats/errors.h"
#include "protocol/nats/headers.h"
#include "protocol/nats/json.h"

namespace braid::nats {
namespace {

using boost::multiprecision::cpp_int;

struct CounterBody {
  std::string val;
  template <class V, class Self>
  static void Visit(V& v, Self& m) {
    v("val", m.val);
  }
};

// The library reads a leading zero as octal, and no plus.
cpp_int NumberOf(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  const size_t first = std::min(text.find_first_not_of('0'), text.size() - 1);
  cpp_int number(std::string(text.substr(first)));
  return negative ? -number : number;
}

absl::StatusOr<std::string> ValueIn(std::string_view body) {
  CounterBody read;
  JsonFaults faults;
  ReadJson(body, Strict::kNo, &read, &faults);
  if (!faults.invalid.empty() || !IsCount(read.val)) return MakeApiError(ApiErrc::kCounterBroken);
  return read.val;
}

}  // namespace

bool IsCount(std::string_view text) {
  if (text.starts_with('+') || text.starts_with('-')) text.remove_prefix(1);
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

absl::StatusOr<Counter> Counter::Of(const RecordView& newest) {
  Counter counter;
  const auto value = ValueIn(newest.value.value_or(""));
  if (!value.ok()) return value.status();
  counter.total_ = NumberOf(*value).str();
  const std::string_view sources = FindHeader(newest.headers, kCounterSourcesHeader).value_or("");
  if (sources.empty()) return counter;
  JsonDocument document;
  if (!document.Parse(sources) || !document.root().is_object()) {
    return MakeApiError(ApiErrc::kCounterBroken);
  }
  for (const std::string& stream : document.root().Names()) {
    const JsonNode subjects = *document.root().Find(stream);
    if (!subjects.is_object()) return MakeApiError(ApiErrc::kCounterBroken);
    for (const std::string& subject : subjects.Names()) {
      std::string seen;
      if (!subjects.Find(subject)->Get(&seen) || !IsCount(seen)) {
        return MakeApiError(ApiErrc::kCounterBroken);
      }
      counter.sources_[stream][subject] = std::move(seen);
    }
  }
  return counter;
}

void Counter::Add(std::string_view increment) {
  total_ = cpp_int(NumberOf(total_) + NumberOf(increment)).str();
}

absl::StatusOr<std::string> Counter::Take(std::string_view stream, std::string_view subject,
                                          std::string_view body) {
  auto value = ValueIn(body);
  if (!value.ok()) return value.status();
  std::string& seen = sources_[std::string(stream)][std::string(subject)];
  const cpp_int now = NumberOf(*value);
  const cpp_int difference = now - NumberOf(seen.empty() ? "0" : std::string_view(seen));
  seen = now.str();
  Add(difference.str());
  return difference.str();
}

std::string Counter::body() const {
  return fmt::format("{{\"val\":\"{}\"}}", value());
}

std::string Counter::sources() const {
  if (sources_.empty()) return {};
  std::string text;
  JsonWriter(&text).Value(sources_);
  return text;
}

}  // namespace braid::nats
