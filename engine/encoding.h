// Small binary values for the journal: varint integers, length-prefixed strings, in order. A
// Decoder never reads past its input; the first fault latches and every later read gives zero, so a
// caller checks ok() once at the end.
#ifndef BRAID_ENGINE_ENCODING_H_
#define BRAID_ENGINE_ENCODING_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/time/time.h"

namespace braid::engine {

class Encoder {
 public:
  Encoder& U64(uint64_t value) {
    while (value >= 0x80) {
      bytes_.push_back(static_cast<char>(value | 0x80));
      value >>= 7;
    }
    bytes_.push_back(static_cast<char>(value));
    return *this;
  }
  Encoder& I64(int64_t value) {  // zig-zag
    return U64((static_cast<uint64_t>(value) << 1) ^ static_cast<uint64_t>(value >> 63));
  }
  Encoder& Bool(bool value) { return U64(value ? 1 : 0); }
  Encoder& Str(std::string_view value) {
    U64(value.size());
    bytes_.append(value);
    return *this;
  }
  // To the nanosecond, for the years 1678 to 2262; the infinite future and past survive.
  Encoder& Time(absl::Time value) {
    if (value == absl::InfiniteFuture()) return I64(INT64_MAX);
    if (value == absl::InfinitePast()) return I64(INT64_MIN);
    return I64(absl::ToUnixNanos(value));
  }
  Encoder& Duration(absl::Duration value) { return I64(absl::ToInt64Nanoseconds(value)); }

  const std::string& bytes() const { return bytes_; }
  std::string Take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

class Decoder {
 public:
  explicit Decoder(std::string_view input) : rest_(input) {}

  uint64_t U64() {
    uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      if (rest_.empty()) return Fail();
      const auto byte = static_cast<uint8_t>(rest_.front());
      rest_.remove_prefix(1);
      value |= static_cast<uint64_t>(byte & 0x7f) << shift;
      if ((byte & 0x80) == 0) return value;
    }
    return Fail();
  }
  int64_t I64() {
    const uint64_t raw = U64();
    return static_cast<int64_t>(raw >> 1) ^ -static_cast<int64_t>(raw & 1);
  }
  bool Bool() { return U64() != 0; }
  std::string_view Str() {
    const uint64_t size = U64();
    if (size > rest_.size()) {
      Fail();
      return {};
    }
    std::string_view value = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return value;
  }
  absl::Time Time() {
    const int64_t nanos = I64();
    if (nanos == INT64_MAX) return absl::InfiniteFuture();
    if (nanos == INT64_MIN) return absl::InfinitePast();
    return absl::FromUnixNanos(nanos);
  }
  absl::Duration Duration() {
    const int64_t nanos = I64();
    return nanos == INT64_MAX ? absl::InfiniteDuration() : absl::Nanoseconds(nanos);
  }

  // A count of things that take at least one byte each; faults when the input cannot hold so many.
  uint64_t Count() {
    const uint64_t count = U64();
    return count > rest_.size() ? Fail() : count;
  }
  bool ok() const { return ok_; }
  std::string_view rest() const { return rest_; }

 private:
  uint64_t Fail() {
    ok_ = false;
    rest_ = {};
    return 0;
  }
  std::string_view rest_;
  bool ok_ = true;
};

}  // namespace braid::engine

#endif  // BRAID_ENGINE_ENCODING_H_
