// Immutable bytes with a shared owner.
//
// A Buffer is a window into memory that somebody owns. Copying or slicing it costs one reference
// count and never touches the bytes; the owner lives until its last Buffer is gone. The bytes
// behind a Buffer never change once a second reference to them exists, so Buffers may be read from
// any thread.
//
//   Buffer frame = Buffer::Copy("header|payload");
//   Buffer payload = frame.Slice(7);            // no copy, keeps `frame`'s memory alive
#ifndef BRAID_BUFFER_H_
#define BRAID_BUFFER_H_

#include <cassert>
#include <cstddef>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace braid {

class Buffer {
 public:
  Buffer() = default;

  // Bytes copied out of `bytes`.
  static Buffer Copy(std::string_view bytes) {
    if (bytes.empty()) return {};
    std::shared_ptr<char[]> owner(new char[bytes.size()]);
    std::memcpy(owner.get(), bytes.data(), bytes.size());
    const char* data = owner.get();
    return Own(std::move(owner), {data, bytes.size()});
  }

  // Takes over a string without copying its bytes.
  static Buffer Take(std::string&& bytes) {
    auto owner = std::make_shared<const std::string>(std::move(bytes));
    std::string_view window = *owner;
    return Own(std::move(owner), window);
  }

  // A window into memory that `owner` keeps alive: `owner_size` bytes, or just the window's when 0.
  static Buffer Own(std::shared_ptr<const void> owner, std::string_view window,
                    size_t owner_size = 0) {
    Buffer buffer;
    buffer.owner_ = std::move(owner);
    buffer.data_ = window.data();
    buffer.size_ = window.size();
    buffer.owner_size_ = owner_size == 0 ? window.size() : owner_size;
    return buffer;
  }

  // A window into memory that outlives every Buffer: string literals and static tables.
  static Buffer Static(std::string_view window) { return Own(nullptr, window); }

  const char* data() const { return data_; }
  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  std::string_view view() const { return {data_, size_}; }
  const std::shared_ptr<const void>& owner() const { return owner_; }
  // Bytes that holding this Buffer keeps in memory; whoever keeps a small slice for long copies it.
  size_t owner_size() const { return owner_size_; }

  // The window [pos, pos + n) of this one, clipped to its end. Requires pos <= size().
  Buffer Slice(size_t pos, size_t n = std::string_view::npos) const {
    assert(pos <= size_);
    return Own(owner_, view().substr(pos, n), owner_size_);
  }

 private:
  std::shared_ptr<const void> owner_;
  const char* data_ = nullptr;
  size_t size_ = 0;
  size_t owner_size_ = 0;
};

// Memory that one writer fills and then freezes into a Buffer without a copy. Its bytes start
// uninitialised. Movable, not copyable.
class MutableBuffer {
 public:
  MutableBuffer() = default;
  explicit MutableBuffer(size_t size) : bytes_(new char[size]), size_(size) {}
  MutableBuffer(MutableBuffer&&) = default;
  MutableBuffer& operator=(MutableBuffer&&) = default;

  char* data() { return bytes_.get(); }
  const char* data() const { return bytes_.get(); }
  size_t size() const { return size_; }

  // The first `used` bytes as a Buffer; this object is empty afterwards.
  Buffer Freeze(size_t used) && {
    assert(used <= size_);
    const char* data = bytes_.get();
    const size_t owner_size = std::exchange(size_, 0);
    return Buffer::Own(std::shared_ptr<char[]>(std::move(bytes_)), {data, used}, owner_size);
  }

 private:
  std::unique_ptr<char[]> bytes_;
  size_t size_ = 0;
};

}  // namespace braid

#endif  // BRAID_BUFFER_H_
