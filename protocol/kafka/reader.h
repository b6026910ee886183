// Reads messages off a frame, through their Visit (fields.h). Trusts nothing: every length and
// count is held against the bytes that are there before anything is allocated for it. The first
// fault latches, and everything read after it is empty, so a caller checks once at the end.
//
// Refused: a frame that ends early, a null where none may be, a negative length, a tag given twice,
// a tagged field that is not as long as it says, more than kMaxElements array elements in one
// message. Bytes after the end of the message are left alone, as Kafka does.
#ifndef BRAID_PROTOCOL_KAFKA_READER_H_
#define BRAID_PROTOCOL_KAFKA_READER_H_

#include <algorithm>
#include <bit>
#include <cstdint>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>

#include "braid/buffer.h"
#include "protocol/kafka/api.h"
#include "protocol/kafka/fields.h"
#include "storage/coding.h"
#include "storage/varint.h"

namespace braid::kafka {

class Reader {
 public:
  static constexpr size_t kMaxElements = size_t{1} << 20;

  // Reads from byte `at` of `frame`, whose owner keeps Records alive.
  Reader(const Buffer& frame, size_t at)
      : frame_(frame), rest_(frame.view().substr(std::min(at, frame.size()))) {}

  // One message of `version`. Nullopt when it is malformed.
  template <class M>
  std::optional<M> Read(int16_t version) {
    M message;
    if (!ReadInto(message, version)) return std::nullopt;
    return message;
  }
  template <class M>
  bool ReadInto(M& message, int16_t version) {
    version_ = version;
    flexible_ = version >= M::kApi.flexible_from;
    Take(message, {});
    return ok_;
  }

  bool ok() const { return ok_; }
  // Where reading has got to, from the start of the frame.
  size_t position() const { return frame_.size() - rest_.size(); }

  // --- Single values, for headers ---
  template <class T>
  T TakeInt() {
    if (rest_.size() < sizeof(T)) return Fail(), T{};
    const T value = storage::LoadBigEndian<T>(rest_.data());
    rest_.remove_prefix(sizeof(T));
    return value;
  }
  // A string with an int16 length, whatever the version; -1 is null.
  std::optional<std::string_view> TakeHeaderString() {
    const auto size = TakeInt<int16_t>();
    if (size < 0) return size == -1 ? std::nullopt : (Fail(), std::nullopt);
    return TakeView(static_cast<size_t>(size));
  }
  void SkipTags() {
    const uint32_t count = TakeVarint();
    for (uint32_t i = 0; i < count && ok_; ++i) {
      TakeVarint();
      TakeView(TakeVarint());
    }
  }

  // --- The visitor ---
  template <class T>
  void operator()(const char*, T& field, Versions versions = {}) {
    if (versions.tag != tag_ || !versions.Has(version_) || !ok_) return;
    const int16_t tag = std::exchange(tag_, kNoTag);
    Take(field, versions);
    if (tag != kNoTag) tag_found_ = true;
    tag_ = tag;
  }

 private:
  static constexpr int16_t kNoTag = -1;

  void Fail() {
    ok_ = false;
    rest_ = {};
  }

  std::string_view TakeView(size_t size) {
    if (size > rest_.size()) return Fail(), std::string_view();
    const std::string_view view = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return view;
  }

  uint32_t TakeVarint() {
    const std::optional<uint32_t> value = storage::TakeUnsignedVarint32(rest_);
    if (!value) return Fail(), 0;
    return *value;
  }

  // The length before a string (Int = int16_t), bytes or array (int32_t): nullopt for null.
  template <class Int>
  std::optional<size_t> TakeLength() {
    if (flexible_) {
      const uint32_t raw = TakeVarint();
      if (raw == 0) return std::nullopt;
      return raw - 1;
    }
    const Int raw = TakeInt<Int>();
    if (raw < -1) Fail();
    if (raw < 0) return std::nullopt;
    return static_cast<size_t>(raw);
  }
  template <class Int>
  size_t TakePresentLength() {
    const std::optional<size_t> length = TakeLength<Int>();
    if (!length) Fail();
    return length.value_or(0);
  }

  void Take(bool& field, Versions) { field = TakeInt<int8_t>() != 0; }
  void Take(int8_t& field, Versions) { field = TakeInt<int8_t>(); }
  void Take(int16_t& field, Versions) { field = TakeInt<int16_t>(); }
  void Take(int32_t& field, Versions) { field = TakeInt<int32_t>(); }
  void Take(int64_t& field, Versions) { field = TakeInt<int64_t>(); }
  void Take(uint16_t& field, Versions) { field = TakeInt<uint16_t>(); }
  void Take(double& field, Versions) { field = std::bit_cast<double>(TakeInt<uint64_t>()); }
  void Take(Uuid& field, Versions) {
    const std::string_view bytes = TakeView(field.size());
    std::copy(bytes.begin(), bytes.end(), field.begin());
  }
  void Take(std::string_view& field, Versions) { field = TakeView(TakePresentLength<int16_t>()); }
  void Take(Bytes& field, Versions) { field.data = TakeView(TakePresentLength<int32_t>()); }
  void Take(Records& field, Versions) {
    const std::optional<size_t> length = TakeLength<int32_t>();
    field.null = !length;
    const size_t at = position();
    const std::string_view bytes = TakeView(length.value_or(0));
    field.parts.clear();
    if (!bytes.empty()) field.parts.push_back(frame_.Slice(at, bytes.size()));
  }

  template <fields::Struct T>
  void Take(T& field, Versions) {
    T::Visit(*this, field);
    if (flexible_ && ok_) TakeTags(field);
  }

  template <class T>
  requires fields::kIsArray<T>
  void Take(T& field, Versions) { TakeElements(field, TakePresentLength<int32_t>()); }

  template <class T>
  void Take(std::optional<T>& field, Versions versions) {
    field.reset();
    if constexpr (std::is_same_v<T, std::string_view>) {
      const std::optional<size_t> length = TakeLength<int16_t>();
      if (length) field = TakeView(*length);
    } else if constexpr (fields::kIsArray<T>) {
      const std::optional<size_t> length = TakeLength<int32_t>();
      if (length) TakeElements(field.emplace(), *length);
    } else {
      // A tagged value is there or not; any other struct says so in a byte before it.
      if (versions.tag == kNoTag && TakeInt<int8_t>() < 0) return;
      Take(field.emplace(), versions);
    }
    if (!field && version_ < versions.nullable_from) Fail();
  }

  template <class T>
  void TakeElements(T& array, size_t count) {
    using Element = typename T::value_type;
    // Nothing takes less than a byte, numbers take all of theirs.
    constexpr size_t kLeast = std::is_arithmetic_v<Element> ? sizeof(Element) : 1;
    if (count > rest_.size() / kLeast || count > elements_left_) return Fail();
    elements_left_ -= count;
    array.clear();
    array.reserve(std::min(count, kReserve));
    for (size_t i = 0; i < count && ok_; ++i) Take(array.emplace_back(), {});
  }

  template <class T>
  void TakeTags(T& field) {
    const uint32_t count = TakeVarint();
    uint64_t seen = 0;
    for (uint32_t i = 0; i < count && ok_; ++i) {
      const uint32_t tag = TakeVarint();
      const std::string_view bytes = TakeView(TakeVarint());
      if (!ok_ || tag >= 64) continue;  // no message has so high a tag: unknown
      if ((seen >> tag & 1) != 0) return Fail();
      seen |= uint64_t{1} << tag;
      TakeTagged(field, static_cast<int16_t>(tag), bytes);
    }
  }

  template <class T>
  void TakeTagged(T& field, int16_t tag, std::string_view bytes) {
    const std::string_view after = rest_;
    // Shortened to the tag's own bytes, so that its field cannot read on.
    const Buffer frame = std::exchange(
        frame_, frame_.Slice(0, static_cast<size_t>(bytes.data() - frame_.data()) + bytes.size()));
    rest_ = bytes;
    tag_ = tag;
    tag_found_ = false;
    T::Visit(*this, field);
    tag_ = kNoTag;
    if (ok_ && tag_found_ && !rest_.empty()) Fail();
    frame_ = frame;
    if (ok_) rest_ = after;
  }

  static constexpr size_t kReserve = 256;

  Buffer frame_;
  std::string_view rest_;
  int16_t version_ = 0;
  bool flexible_ = false;
  bool ok_ = true;
  int16_t tag_ = kNoTag;  // the tag being looked for; kNoTag: the ordinary fields
  bool tag_found_ = false;
  size_t elements_left_ = kMaxElements;
};

}  // namespace braid::kafka

#endif  // BRAID_PROTOCOL_KAFKA_READER_H_
