// The least that an append log can be: frames of length, CRC and records, one write(2) each.
#include <fcntl.h>
#include <lz4.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "bench/measure.h"
#include "bench/peers.h"
#include "storage/coding.h"
#include "storage/crc32c.h"

namespace braid::bench {
namespace {

using storage::LoadBigEndian;
using storage::StoreBigEndian;

constexpr size_t kHeaderBytes = 12;  // u32 bytes that follow, u32 their CRC, u32 bytes in clear
constexpr size_t kReadBytes = size_t{1} << 20;

class FilePeer : public Peer {
 public:
  FilePeer(const std::string& dir, bool lz4)
      : lz4_(lz4),
        fd_(::open((dir + "/log").c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0644)) {
    if (fd_ < 0) Check(absl::ErrnoToStatus(errno, dir));
  }
  ~FilePeer() override { ::close(fd_); }
  FilePeer(const FilePeer&) = delete;
  FilePeer& operator=(const FilePeer&) = delete;

  void Append(absl::Span<const RecordView> records) override {
    clear_.clear();
    for (const RecordView& record : records) {
      char length[sizeof(uint32_t)];
      StoreBigEndian<uint32_t>(length, static_cast<uint32_t>(record.value->size()));
      clear_.append(length, sizeof(length));
      clear_.append(*record.value);
    }
    frame_.resize(kHeaderBytes);
    if (lz4_) {
      const int bound = LZ4_compressBound(static_cast<int>(clear_.size()));
      frame_.resize(kHeaderBytes + static_cast<size_t>(bound));
      const int used = LZ4_compress_default(clear_.data(), frame_.data() + kHeaderBytes,
                                            static_cast<int>(clear_.size()), bound);
      frame_.resize(kHeaderBytes + static_cast<size_t>(used));
    } else {
      frame_ += clear_;
    }
    const std::string_view body = std::string_view(frame_).substr(kHeaderBytes);
    StoreBigEndian<uint32_t>(frame_.data(), static_cast<uint32_t>(body.size()));
    StoreBigEndian<uint32_t>(frame_.data() + 4, storage::Crc32c(body));
    StoreBigEndian<uint32_t>(frame_.data() + 8, static_cast<uint32_t>(clear_.size()));
    if (::write(fd_, frame_.data(), frame_.size()) != static_cast<ssize_t>(frame_.size())) {
      Check(absl::ErrnoToStatus(errno, "write"));
    }
  }

  uint64_t ReadAll() override {
    uint64_t bytes = 0;
    std::string window;
    std::string clear;
    off_t at = 0;
    for (;;) {
      const size_t kept = window.size();
      window.resize(kept + kReadBytes);
      const ssize_t got = ::pread(fd_, window.data() + kept, kReadBytes, at);
      if (got < 0) Check(absl::ErrnoToStatus(errno, "read"));
      window.resize(kept + static_cast<size_t>(got));
      if (got == 0) break;
      at += got;
      std::string_view rest = window;
      while (ReadFrame(rest, clear, bytes)) {
      }
      window.erase(0, window.size() - rest.size());
    }
    if (!window.empty()) Check(absl::DataLossError("the file ends within a frame"));
    return bytes;
  }

 private:
  // Takes a frame off `rest`; false when there is no whole one.
  bool ReadFrame(std::string_view& rest, std::string& clear, uint64_t& bytes) const {
    if (rest.size() < kHeaderBytes) return false;
    const size_t size = LoadBigEndian<uint32_t>(rest.data());
    if (rest.size() < kHeaderBytes + size) return false;
    std::string_view body = rest.substr(kHeaderBytes, size);
    if (storage::Crc32c(body) != LoadBigEndian<uint32_t>(rest.data() + 4)) {
      Check(absl::DataLossError("a frame fails its CRC"));
    }
    if (lz4_) {
      clear.resize(LoadBigEndian<uint32_t>(rest.data() + 8));
      const int got = LZ4_decompress_safe(body.data(), clear.data(), static_cast<int>(body.size()),
                                          static_cast<int>(clear.size()));
      if (got != static_cast<int>(clear.size())) Check(absl::DataLossError("a frame is damaged"));
      body = clear;
    }
    while (!body.empty()) {
      const size_t length = LoadBigEndian<uint32_t>(body.data());
      body.remove_prefix(sizeof(uint32_t) + length);
      bytes += length;
    }
    rest.remove_prefix(kHeaderBytes + size);
    return true;
  }

  const bool lz4_;
  const int fd_;
  std::string clear_;
  std::string frame_;
};

}  // namespace

std::vector<PeerKind> FilePeers() {
  const auto kind = [](std::string name, bool lz4) {
    return PeerKind{std::move(name), "a frame and a write(2) a write; read back 1 MiB at a time",
                    [lz4](const std::string& dir) { return std::make_unique<FilePeer>(dir, lz4); }};
  };
  return {kind("bare file", false), kind("bare file, lz4", true)};
}

}  // namespace braid::bench
