// The field-visitor idiom: how a message describes itself.
//
// Every message, and every struct inside one, has a static `Visit` that names each field once, in
// wire order, with the versions that have it. Reader, Writer and Printer, and the tests' Random,
// are visitors:
//
//   struct HeartbeatRequest {
//     static constexpr Api kApi = kHeartbeatApi;
//     std::string_view group_id;
//     std::optional<std::string_view> group_instance_id;
//
//     template <class V, class M>
//     static void Visit(V& visit, M& m) {
//       visit("GroupId", m.group_id);
//       visit("GroupInstanceId", m.group_instance_id, From(3));
//     }
//     friend bool operator==(const HeartbeatRequest&, const HeartbeatRequest&) = default;
//   };
//
// Field types: bool, int8_t .. int64_t, uint16_t, double, Uuid, std::string_view, Bytes, Records, a
// struct with a Visit; a std::vector or absl::InlinedVector of those; std::optional of a string, an
// array or a struct, where the protocol allows null. A field that a version lacks keeps its
// initialiser on reading and is left out on writing.
//
// Tagged fields come last on the wire, whatever their place in Visit, which lists them by rising
// tag. One is written only when it differs from its default: std::optional without a value, an
// empty array, zero. A number whose default is not zero is therefore a std::optional here.
//
// Strings and Bytes are windows: a message that was read lives no longer than its frame, and one
// that is written no longer than what it was filled from.
#ifndef BRAID_PROTOCOL_KAFKA_FIELDS_H_
#define BRAID_PROTOCOL_KAFKA_FIELDS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "braid/buffer.h"

namespace braid::kafka {

using Uuid = std::array<uint8_t, 16>;

// Opaque bytes with an int32 (or compact) length.
struct Bytes {
  std::string_view data;
  friend bool operator==(const Bytes&, const Bytes&) = default;
};

// Record batches, in one piece when read and in any number of pieces when written; pieces are
// spliced into the output, never copied. `null` is what some clients send for "none".
struct Records {
  absl::InlinedVector<Buffer, 1> parts;
  bool null = false;

  // A piece that lies right behind the last one in the same memory, as batches of one file read do,
  // makes that one longer.
  void Append(const Buffer& bytes) {
    if (!parts.empty()) {
      Buffer& last = parts.back();
      if (last.owner() == bytes.owner() && last.data() + last.size() == bytes.data()) {
        last =
            Buffer::Own(last.owner(), {last.data(), last.size() + bytes.size()}, last.owner_size());
        return;
      }
    }
    parts.push_back(bytes);
  }
  size_t size() const {
    size_t total = 0;
    for (const Buffer& part : parts) total += part.size();
    return total;
  }
  std::string Joined() const {
    std::string bytes;
    for (const Buffer& part : parts) bytes.append(part.view());
    return bytes;
  }
  friend bool operator==(const Records& a, const Records& b) {
    return a.null == b.null && a.Joined() == b.Joined();
  }
};

// What a list of permitted operations says when it was not asked for.
inline constexpr int32_t kOperationsNotAsked = INT32_MIN;

// An array with room for one element in place: most requests name one topic, and often one
// partition.
template <class T>
using FewOf = absl::InlinedVector<T, 1>;

// The versions of one field. Built with From, Between, Tag and Nullable.
struct Versions {
  int16_t first = 0;
  int16_t last = INT16_MAX;
  int16_t nullable_from = 0;  // of a std::optional field: older versions cannot say null
  int16_t tag = -1;           // -1: not tagged

  constexpr bool Has(int16_t version) const { return first <= version && version <= last; }
  constexpr Versions NullableFrom(int16_t version) const { return {first, last, version, tag}; }
  constexpr Versions Tag(int16_t number) const { return {first, last, nullable_from, number}; }
};

constexpr Versions From(int16_t first) {
  return {.first = first};
}
constexpr Versions Between(int16_t first, int16_t last) {
  return {.first = first, .last = last};
}
constexpr Versions NullableFrom(int16_t version) {
  return Versions{}.NullableFrom(version);
}

namespace fields {

template <class T>
inline constexpr bool kIsArray = false;
template <class T>
inline constexpr bool kIsArray<std::vector<T>> = true;
template <class T, size_t N>
inline constexpr bool kIsArray<absl::InlinedVector<T, N>> = true;

template <class T>
inline constexpr bool kIsOptional = false;
template <class T>
inline constexpr bool kIsOptional<std::optional<T>> = true;

struct AnyVisitor {
  template <class T>
  void operator()(const char*, T&, Versions = {}) {}
};
template <class T>
concept Struct = requires(AnyVisitor& v, T& m) {
  T::Visit(v, m);
};

// Whether a tagged field has its default, so that it is left out.
template <class T>
bool IsDefault(const T& field) {
  if constexpr (kIsOptional<T>) {
    return !field.has_value();
  } else if constexpr (kIsArray<T>) {
    return field.empty();
  } else {
    return field == T{};
  }
}

}  // namespace fields
}  // namespace braid::kafka

#endif  // BRAID_PROTOCOL_KAFKA_FIELDS_H_
