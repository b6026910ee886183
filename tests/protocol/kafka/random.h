// The visitor that fills a message with something: every field its version has, and no other, so
// that what is written reads back equal.
#ifndef BRAID_TESTS_PROTOCOL_KAFKA_RANDOM_H_
#define BRAID_TESTS_PROTOCOL_KAFKA_RANDOM_H_

#include <cstdint>
#include <forward_list>
#include <limits>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <type_traits>

#include "braid/buffer.h"
#include "protocol/kafka/fields.h"

namespace braid::kafka {

class Random {
 public:
  // Any there are, or such as every other implementation writes alike: text is text, and numbers
  // are not the extremes that are defaults of tagged fields, which may be left out or not.
  enum class Values { kAny, kCommon };

  explicit Random(uint64_t seed, Values values = Values::kAny) : engine_(seed), values_(values) {}

  // Views in the message live as long as this object.
  template <class M>
  M Message(int16_t version) {
    version_ = version;
    M message;
    M::Visit(*this, message);
    return message;
  }

  uint64_t Below(uint64_t bound) { return engine_() % bound; }

  template <class T>
  void operator()(const char*, T& field, Versions versions = {}) {
    if (versions.Has(version_)) Fill(field, versions);
  }

 private:
  void Fill(bool& field, Versions) { field = Below(2) == 1; }
  template <class T>
  requires std::is_integral_v<T>
  void Fill(T& field, Versions) {
    constexpr T kExtremes[] = {0, 1, static_cast<T>(-1), std::numeric_limits<T>::min(),
                               std::numeric_limits<T>::max()};
    const bool extreme = values_ == Values::kAny && Below(2) == 0;
    field = extreme ? kExtremes[Below(std::size(kExtremes))] : static_cast<T>(engine_());
  }
  void Fill(double& field, Versions) { field = static_cast<double>(engine_()) / 1024; }
  void Fill(Uuid& field, Versions) {
    for (uint8_t& byte : field) byte = static_cast<uint8_t>(engine_());
  }
  void Fill(std::string_view& field, Versions) { field = Text(); }
  void Fill(Bytes& field, Versions) { field.data = Text(); }
  void Fill(Records& field, Versions) {
    field.null = values_ == Values::kAny && Below(4) == 0;  // not all others can read such
    if (field.null) return;
    for (uint64_t parts = Below(3); parts > 0; --parts) {
      field.parts.push_back(Buffer::Copy("batch" + std::string(Text())));
    }
  }
  template <fields::Struct T>
  void Fill(T& field, Versions) {
    T::Visit(*this, field);
  }
  template <class T>
  requires fields::kIsArray<T>
  void Fill(T& field, Versions) {
    for (uint64_t count = Below(4); count > 0; --count) Fill(field.emplace_back(), {});
  }
  template <class T>
  void Fill(std::optional<T>& field, Versions versions) {
    const bool may_be_null = version_ >= versions.nullable_from;
    if (may_be_null && Below(3) == 0) return;
    Fill(field.emplace(), {});
  }

  std::string_view Text() {
    // Lengths on both sides of what one byte of a compact length can say.
    const size_t length = Below(8) == 0 ? 120 + Below(20) : Below(12);
    std::string& text = texts_.emplace_front(length, '\0');
    for (char& c : text) {
      c = static_cast<char>(values_ == Values::kAny ? engine_() : ' ' + Below('~' - ' '));
    }
    return text;
  }

  std::mt19937_64 engine_;
  const Values values_;
  int16_t version_ = 0;
  std::forward_list<std::string> texts_;
};

}  // namespace braid::kafka

#endif  // BRAID_TESTS_PROTOCOL_KAFKA_RANDOM_H_
