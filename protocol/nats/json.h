// JSON bodies from one description a struct. A message names each of its fields once:
//
//   struct PurgeRequest {
//     std::string filter;
//     int64_t keep = 0;
//     template <class V, class Self>
//     static void Visit(V& v, Self& m) {
//       v("filter", m.filter, Show::kIfSet);
//       v("keep", m.keep, Show::kIfSet);
//     }
//   };
//   absl::Status status = ReadJson(text, Strict::kYes, &request);
//   std::string text = WriteJson(request);
//
// Durations travel as integer nanoseconds, times as RFC 3339 with nanoseconds in UTC
// (absl::InfinitePast() is the zero time, year 1), enums by the names in their EnumNames().
#ifndef BRAID_PROTOCOL_NATS_JSON_H_
#define BRAID_PROTOCOL_NATS_JSON_H_

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "protocol/nats/text.h"

namespace braid::nats {

// Whether a field that holds its empty value is written.
enum class Show : uint8_t { kAlways, kIfSet };
// Whether a member nobody named is an error.
enum class Strict : uint8_t { kNo, kYes };

template <class E>
struct EnumName {
  E value;
  std::string_view name;
};

// An enum with a table of names: `absl::Span<const EnumName<E>> EnumNames(E)`, found by its
// namespace.
template <class E>
concept NamedEnum = std::is_enum_v<E> && requires(E e) {
  EnumNames(e);
};

struct JsonProbe {
  template <class T>
  void operator()(std::string_view, T&, Show = Show::kAlways) {}
  void OnlyDefault(std::string_view, std::initializer_list<std::string_view>) {}
  void Ignored(std::string_view) {}
};
template <class T>
concept JsonStruct = requires(JsonProbe& probe, T& value) {
  std::remove_const_t<T>::Visit(probe, value);
};

// --- Writing
// -------------------------------------------------------------------------------------------
void AppendJsonString(std::string_view text, std::string* out);  // quoted; bad UTF-8 becomes U+FFFD
void AppendJsonTime(absl::Time time, std::string* out);

class JsonWriter {
 public:
  // Appends to `out`, which outlives it.
  explicit JsonWriter(std::string* out) : out_(out) {}

  void BeginObject();
  void EndObject();

  template <class T>
  void operator()(std::string_view name, const T& value, Show show = Show::kAlways) {
    if (show == Show::kIfSet && IsEmpty(value)) return;
    Name(name);
    Value(value);
  }
  template <class T>
  void operator()(std::string_view name, const std::optional<T>& value, Show = Show::kIfSet) {
    if (value) (*this)(name, *value, Show::kAlways);
  }
  void OnlyDefault(std::string_view, std::initializer_list<std::string_view>) {}
  void Ignored(std::string_view) {}
  // A member whose value is JSON already.
  void Raw(std::string_view name, std::string_view json);
  // The members of `value`, without braces.
  template <JsonStruct T>
  void Members(const T& value) {
    T::Visit(*this, value);
  }

  void Value(const std::string& text) { AppendJsonString(text, out_); }
  void Value(std::string_view text) { AppendJsonString(text, out_); }
  void Value(const char* text) { AppendJsonString(text, out_); }
  void Value(bool value) { out_->append(value ? "true" : "false"); }
  void Value(int64_t value) { AppendNumber(value, out_); }
  void Value(int value) { AppendNumber(value, out_); }
  void Value(absl::Duration value) { AppendNumber(absl::ToInt64Nanoseconds(value), out_); }
  void Value(absl::Time value) { AppendJsonTime(value, out_); }
  template <NamedEnum E>
  void Value(E value) {
    for (const auto& row : EnumNames(value)) {
      if (row.value == value) return Value(row.name);
    }
    Value("");
  }
  template <class T>
  void Value(const std::vector<T>& values) {
    out_->push_back('[');
    for (size_t i = 0; i < values.size(); ++i) {
      if (i > 0) out_->push_back(',');
      Value(values[i]);
    }
    out_->push_back(']');
  }
  template <class T>
  void Value(const std::map<std::string, T>& values) {
    BeginObject();
    for (const auto& [key, value] : values) (*this)(key, value);
    EndObject();
  }
  template <JsonStruct T>
  void Value(const T& value) {
    BeginObject();
    T::Visit(*this, value);
    EndObject();
  }

 private:
  static bool IsEmpty(bool value) { return !value; }
  static bool IsEmpty(int64_t value) { return value == 0; }
  static bool IsEmpty(int value) { return value == 0; }
  static bool IsEmpty(absl::Duration value) { return value == absl::ZeroDuration(); }
  static bool IsEmpty(absl::Time value) { return value == absl::InfinitePast(); }
  template <class T>
  static bool IsEmpty(const T& value) {
    if constexpr (requires { value.empty(); }) {
      return value.empty();
    } else if constexpr (std::is_enum_v<T>) {
      return value == T{};
    } else {
      return false;
    }
  }
  void Name(std::string_view name);

  std::string* out_;
  bool first_ = true;
};

template <JsonStruct T>
std::string WriteJson(const T& value) {
  std::string text;
  JsonWriter(&text).Value(value);
  return text;
}

// --- Reading
// ------------------------------------------------------------------------------------------- One
// value of a parsed document, which outlives it.
class JsonNode {
 public:
  explicit JsonNode(const void* node) : node_(node) {}
  bool is_null() const;
  bool is_object() const;
  bool is_array() const;
  std::optional<JsonNode> Find(std::string_view name) const;  // objects
  std::vector<std::string> Names() const;                     // objects
  size_t size() const;                                        // arrays
  JsonNode At(size_t index) const;                            // arrays
  std::string Text() const;                                   // as JSON, without blanks

  // False when it is something else, or does not fit.
  bool Get(std::string* value) const;
  bool Get(bool* value) const;
  bool Get(int64_t* value) const;
  bool Get(int* value) const;
  bool Get(absl::Duration* value) const;
  bool Get(absl::Time* value) const;

 private:
  const void* node_;
};

// A parsed text.
class JsonDocument {
 public:
  // False when `text` is no JSON.
  bool Parse(std::string_view text);
  JsonNode root() const { return JsonNode(root_.get()); }

 private:
  std::shared_ptr<const void> root_;
};

// What reading found wrong; the first finding of each kind counts.
struct JsonFaults {
  std::string invalid;      // wrong type or unknown member, in words
  std::string unsupported;  // a member that may only hold its default, by name
};

class JsonReader {
 public:
  JsonReader(JsonNode object, Strict strict, JsonFaults* faults)
      : object_(object), strict_(strict), faults_(faults) {}

  template <class T>
  void operator()(std::string_view name, T& value, Show = Show::kAlways) {
    seen_.push_back(name);
    const std::optional<JsonNode> node = object_.Find(name);
    if (node && !node->is_null() && !Read(*node, &value)) Mistyped(name);
  }
  // A member that is understood, and refused unless it holds one of `defaults` (JSON texts).
  void OnlyDefault(std::string_view name, std::initializer_list<std::string_view> defaults);
  // A member that is accepted and means nothing here.
  void Ignored(std::string_view name) { seen_.push_back(name); }
  // Call last.
  void Finish();

 private:
  template <class T>
  requires requires(const JsonNode& node, T* value) { node.Get(value); }
  bool Read(const JsonNode& node, T* value) { return node.Get(value); }
  template <class T>
  bool Read(const JsonNode& node, std::optional<T>* value) {
    return Read(node, &value->emplace());
  }
  template <NamedEnum E>
  bool Read(const JsonNode& node, E* value) {
    std::string name;
    if (!node.Get(&name)) return false;
    for (const auto& row : EnumNames(*value)) {
      if (row.name == name) {
        *value = row.value;
        return true;
      }
    }
    return false;
  }
  template <class T>
  bool Read(const JsonNode& node, std::vector<T>* values) {
    if (!node.is_array()) return false;
    values->clear();
    for (size_t i = 0; i < node.size(); ++i) {
      if (!Read(node.At(i), &values->emplace_back())) return false;
    }
    return true;
  }
  template <class T>
  bool Read(const JsonNode& node, std::map<std::string, T>* values) {
    if (!node.is_object()) return false;
    values->clear();
    for (const std::string& name : node.Names()) {
      if (!Read(*node.Find(name), &(*values)[name])) return false;
    }
    return true;
  }
  template <JsonStruct T>
  bool Read(const JsonNode& node, T* value) {
    if (!node.is_object()) return false;
    JsonReader reader(node, strict_, faults_);
    T::Visit(reader, *value);
    reader.Finish();
    return true;
  }
  void Mistyped(std::string_view name);

  const JsonNode object_;
  const Strict strict_;
  JsonFaults* const faults_;
  absl::InlinedVector<std::string_view, 32> seen_;
};

// Reads `text`, an object, over what `value` holds: members that are absent or null stay. What is
// wrong with it goes to `faults`; `value` then holds what was read so far.
template <JsonStruct T>
void ReadJson(std::string_view text, Strict strict, T* value, JsonFaults* faults) {
  JsonDocument document;
  if (!document.Parse(text) || !document.root().is_object()) {
    faults->invalid = "not a JSON object";
    return;
  }
  JsonReader reader(document.root(), strict, faults);
  T::Visit(reader, *value);
  reader.Finish();
}

}  // namespace braid::nats

#endif  // BRAID_PROTOCOL_NATS_JSON_H_
