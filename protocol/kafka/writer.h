// Writes messages, through their Visit (fields.h), into one string with Buffers spliced into it.
#ifndef BRAID_PROTOCOL_KAFKA_WRITER_H_
#define BRAID_PROTOCOL_KAFKA_WRITER_H_

#include <bit>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "braid/buffer.h"
#include "protocol/kafka/api.h"
#include "protocol/kafka/fields.h"
#include "storage/coding.h"
#include "storage/varint.h"

namespace braid::kafka {

class Writer {
 public:
  // A Buffer that stands before byte `at` of bytes().
  struct Splice {
    size_t at;
    Buffer buffer;
  };

  // Forgets what was written and keeps the memory.
  void Clear() {
    bytes_.clear();
    splices_.clear();
    spliced_bytes_ = 0;
  }

  template <class M>
  void Write(const M& message, int16_t version) {
    version_ = version;
    flexible_ = version >= M::kApi.flexible_from;
    Put(message, {});
  }

  const std::string& bytes() const { return bytes_; }
  const std::vector<Splice>& splices() const { return splices_; }
  size_t total_size() const { return bytes_.size() + spliced_bytes_; }
  // Everything in one piece, for tests and small clients.
  std::string Joined() const {
    std::string all;
    all.reserve(total_size());
    size_t done = 0;
    for (const Splice& splice : splices_) {
      all.append(bytes_, done, splice.at - done).append(splice.buffer.view());
      done = splice.at;
    }
    return all.append(bytes_, done);
  }

  // --- Single values, for headers and frames ---
  template <class T>
  void PutInt(std::type_identity_t<T> value) {
    char raw[sizeof(T)];
    storage::StoreBigEndian<T>(raw, value);
    bytes_.append(raw, sizeof(raw));
  }
  void PutHeaderString(std::optional<std::string_view> value) {
    PutInt<int16_t>(value ? static_cast<int16_t>(value->size()) : int16_t{-1});
    if (value) bytes_.append(*value);
  }
  void PutVarint(uint32_t value) {
    char raw[storage::kMaxVarint32Bytes];
    const char* end = storage::PutUnsignedVarint(raw, value);
    bytes_.append(raw, static_cast<size_t>(end - raw));
  }
  // Overwrites the int32 at `at`.
  void PatchInt32(size_t at, int32_t value) {
    storage::StoreBigEndian<int32_t>(bytes_.data() + at, value);
  }

  // --- The visitor ---
  template <class T>
  void operator()(const char*, const T& field, Versions versions = {}) {
    if (!versions.Has(version_)) return;
    const bool tagged = versions.tag >= 0;
    if (tagged != (pass_ != Pass::kOrdinary)) return;
    if (!tagged) return Put(field, versions);
    if (fields::IsDefault(field)) return;
    if (pass_ == Pass::kCountTags) {
      ++tag_count_;
    } else {
      PutTagged(field, versions);
    }
  }

 private:
  enum class Pass { kOrdinary, kCountTags, kTags };

  // A length, or null, before a string (Int = int16_t), bytes or array (int32_t).
  template <class Int>
  void PutLength(std::optional<size_t> length) {
    if (flexible_) return PutVarint(length ? static_cast<uint32_t>(*length + 1) : 0);
    PutInt<Int>(length ? static_cast<Int>(*length) : Int{-1});
  }

  void Put(bool field, Versions) { bytes_.push_back(field ? '\1' : '\0'); }
  void Put(int8_t field, Versions) { bytes_.push_back(static_cast<char>(field)); }
  void Put(int16_t field, Versions) { PutInt<int16_t>(field); }
  void Put(int32_t field, Versions) { PutInt<int32_t>(field); }
  void Put(int64_t field, Versions) { PutInt<int64_t>(field); }
  void Put(uint16_t field, Versions) { PutInt<uint16_t>(field); }
  void Put(double field, Versions) { PutInt<uint64_t>(std::bit_cast<uint64_t>(field)); }
  void Put(const Uuid& field, Versions) { bytes_.append(field.begin(), field.end()); }
  void Put(std::string_view field, Versions) {
    PutLength<int16_t>(field.size());
    bytes_.append(field);
  }
  void Put(const Bytes& field, Versions) {
    PutLength<int32_t>(field.data.size());
    bytes_.append(field.data);
  }
  void Put(const Records& field, Versions) {
    const size_t size = field.size();
    PutLength<int32_t>(field.null ? std::nullopt : std::optional<size_t>(size));
    for (const Buffer& part : field.parts) splices_.push_back({bytes_.size(), part});
    spliced_bytes_ += size;
  }

  template <fields::Struct T>
  void Put(const T& field, Versions) {
    const Pass outer = std::exchange(pass_, Pass::kOrdinary);
    T::Visit(*this, field);
    if (flexible_) PutTags(field);
    pass_ = outer;
  }

  template <class T>
  requires fields::kIsArray<T>
  void Put(const T& field, Versions) {
    PutLength<int32_t>(field.size());
    for (const auto& element : field) Put(element, {});
  }

  template <class T>
  void Put(const std::optional<T>& field, Versions versions) {
    if constexpr (std::is_same_v<T, std::string_view> || fields::kIsArray<T>) {
      if (field) return Put(*field, versions);
      // A version that cannot say null is given an empty one.
      using Int = std::conditional_t<fields::kIsArray<T>, int32_t, int16_t>;
      const bool can_be_null = version_ >= versions.nullable_from;
      PutLength<Int>(can_be_null ? std::nullopt : std::optional<size_t>(0));
    } else {
      if (versions.tag < 0) bytes_.push_back(field ? '\1' : '\xff');
      if (field) Put(*field, versions);
    }
  }

  template <class T>
  void PutTags(const T& field) {
    tag_count_ = 0;
    pass_ = Pass::kCountTags;
    T::Visit(*this, field);
    const uint32_t count = tag_count_;
    PutVarint(count);
    if (count == 0) return;
    pass_ = Pass::kTags;
    T::Visit(*this, field);
  }

  template <class T>
  void PutTagged(const T& field, Versions versions) {
    PutVarint(static_cast<uint32_t>(versions.tag));
    const size_t at = bytes_.size();
    const Pass outer = std::exchange(pass_, Pass::kOrdinary);
    Put(field, versions);
    pass_ = outer;
    char raw[storage::kMaxVarint32Bytes];
    const char* end = storage::PutUnsignedVarint(raw, bytes_.size() - at);
    bytes_.insert(at, raw, static_cast<size_t>(end - raw));
  }

  std::string bytes_;
  std::vector<Splice> splices_;
  size_t spliced_bytes_ = 0;
  int16_t version_ = 0;
  bool flexible_ = false;
  Pass pass_ = Pass::kOrdinary;
  uint32_t tag_count_ = 0;
};

}  // namespace braid::kafka

#endif  // BRAID_PROTOCOL_KAFKA_WRITER_H_
