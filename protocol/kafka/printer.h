// Writes down what a message looks like in one version, a line a field, for the golden files that
// make a change of the protocol visible in review, and for people.
#ifndef BRAID_PROTOCOL_KAFKA_PRINTER_H_
#define BRAID_PROTOCOL_KAFKA_PRINTER_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

#include "protocol/kafka/api.h"
#include "protocol/kafka/fields.h"

namespace braid::kafka {

class Printer {
 public:
  // "GroupId string\nTopics []\n  Name string\n" and so on; tagged fields say their tag.
  template <class M>
  static std::string Layout(int16_t version) {
    Printer printer(version);
    M message;
    M::Visit(printer, message);
    return std::move(printer.text_);
  }

  // --- The visitor ---
  template <class T>
  void operator()(const char* name, const T& field, Versions versions = {}) {
    if (!versions.Has(version_)) return;
    text_.append(2 * static_cast<size_t>(depth_), ' ').append(name).push_back(' ');
    if (versions.tag >= 0) text_.append("tag ").append(std::to_string(versions.tag)).push_back(' ');
    Type(field, versions);
  }

 private:
  explicit Printer(int16_t version) : version_(version) {}

  template <class T>
  void Type(const T&, Versions versions) {
    if constexpr (fields::kIsOptional<T>) {
      using Value = typename T::value_type;
      constexpr bool kPlain = !std::is_same_v<Value, std::string_view> && !fields::kIsArray<Value>;
      const bool nullable = version_ >= versions.nullable_from && !(kPlain && versions.tag >= 0);
      if (nullable) text_.append("nullable ");
      Type(Value{}, {});
    } else if constexpr (fields::kIsArray<T>) {
      text_.append("[]");
      Type(typename T::value_type{}, {});
    } else if constexpr (fields::Struct<T>) {
      text_.append("struct\n");
      ++depth_;
      const T value{};
      T::Visit(*this, value);
      --depth_;
    } else {
      text_.append(Name(static_cast<const T*>(nullptr))).push_back('\n');
    }
  }

  static std::string_view Name(const bool*) { return "bool"; }
  static std::string_view Name(const int8_t*) { return "int8"; }
  static std::string_view Name(const int16_t*) { return "int16"; }
  static std::string_view Name(const int32_t*) { return "int32"; }
  static std::string_view Name(const int64_t*) { return "int64"; }
  static std::string_view Name(const uint16_t*) { return "uint16"; }
  static std::string_view Name(const double*) { return "float64"; }
  static std::string_view Name(const Uuid*) { return "uuid"; }
  static std::string_view Name(const std::string_view*) { return "string"; }
  static std::string_view Name(const Bytes*) { return "bytes"; }
  static std::string_view Name(const Records*) { return "records"; }

  const int16_t version_;
  int depth_ = 0;
  std::string text_;
};

}  // namespace braid::kafka

#endif  // BRAID_PROTOCOL_KAFKA_PRINTER_H_
