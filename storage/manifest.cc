#include "storage/manifest.h"

#include "braid/error.h"
#include "storage/atomic_file.h"
#include "storage/coding.h"
#include "storage/crc32c.h"

namespace braid::storage {
namespace {

// Layout, big-endian; drawn in docs/format.md.
constexpr std::string_view kMagic = "BMAN";
constexpr uint16_t kVersion = 1;
constexpr size_t kHeaderBytes = 28;   // magic, version, 0, tail base, tail running maximum, count
constexpr size_t kSegmentBytes = 60;  // without its damage
constexpr size_t kDamageBytes = 32;
constexpr size_t kTrailerBytes = 4;  // CRC-32C of everything before it
constexpr uint16_t kRepackedFlag = 1;

absl::Status Damaged(std::string_view what) {
  return MakeError(Errc::kCorrupt, what);
}

template <typename T>
void Put(std::string& out, T value) {
  char bytes[sizeof(T)];
  StoreBigEndian<T>(bytes, value);
  out.append(bytes, sizeof(T));
}

// Takes integers off the front of bytes whose length was checked.
class Reader {
 public:
  explicit Reader(std::string_view in) : in_(in) {}
  bool Has(size_t n) const { return in_.size() >= n; }
  template <typename T>
  T Take() {
    const T value = LoadBigEndian<T>(in_.data());
    in_.remove_prefix(sizeof(T));
    return value;
  }

 private:
  std::string_view in_;
};

void PutSegment(std::string& out, const SegmentSummary& segment) {
  Put<int64_t>(out, segment.base_offset);
  Put<int64_t>(out, segment.next_offset);
  Put<int64_t>(out, segment.bytes);
  Put<int64_t>(out, segment.max_timestamp_ms);
  Put<int64_t>(out, segment.running_max_before_ms);
  Put<int64_t>(out, segment.dropped);
  Put<uint32_t>(out, segment.generation);
  Put<uint16_t>(out, segment.repacked ? kRepackedFlag : 0);
  Put<uint16_t>(out, 0);
  Put<uint32_t>(out, static_cast<uint32_t>(segment.damage.size()));
  for (const Damage& damage : segment.damage) {
    Put<uint64_t>(out, damage.position);
    Put<uint64_t>(out, damage.bytes);
    Put<int64_t>(out, damage.offset);
    Put<int64_t>(out, damage.next_offset);
  }
}

// False when the bytes end before it does.
bool TakeSegment(Reader& in, SegmentSummary& segment) {
  if (!in.Has(kSegmentBytes)) return false;
  segment.base_offset = in.Take<int64_t>();
  segment.next_offset = in.Take<int64_t>();
  segment.bytes = in.Take<int64_t>();
  segment.max_timestamp_ms = in.Take<int64_t>();
  segment.running_max_before_ms = in.Take<int64_t>();
  segment.dropped = in.Take<int64_t>();
  segment.generation = in.Take<uint32_t>();
  segment.repacked = (in.Take<uint16_t>() & kRepackedFlag) != 0;
  in.Take<uint16_t>();
  const auto count = in.Take<uint32_t>();
  if (!in.Has(size_t{count} * kDamageBytes)) return false;
  for (uint32_t i = 0; i < count; ++i) {
    Damage damage;
    damage.position = in.Take<uint64_t>();
    damage.bytes = in.Take<uint64_t>();
    damage.offset = in.Take<int64_t>();
    damage.next_offset = in.Take<int64_t>();
    segment.damage.push_back(damage);
  }
  return true;
}

bool LiesWithin(const Damage& damage, const SegmentSummary& segment) {
  const auto bytes = static_cast<uint64_t>(segment.bytes);
  return damage.position <= bytes && damage.bytes <= bytes - damage.position &&
         segment.base_offset <= damage.offset && damage.offset <= damage.next_offset &&
         damage.next_offset <= segment.next_offset;
}

// Segments are not empty, but for holes, which are all damage; they follow each other, and end
// where the tail begins.
bool IsOrdered(const Manifest& manifest) {
  for (size_t i = 0; i < manifest.sealed.size(); ++i) {
    const SegmentSummary& segment = manifest.sealed[i];
    if (segment.base_offset < 0 || segment.next_offset <= segment.base_offset) return false;
    if (segment.bytes < 0) return false;
    const Damage whole{0, 0, segment.base_offset, segment.next_offset};
    if (segment.bytes == 0 && segment.damage != std::vector<Damage>{whole}) return false;
    for (const Damage& damage : segment.damage) {
      if (!LiesWithin(damage, segment)) return false;
    }
    if (i > 0 && segment.base_offset != manifest.sealed[i - 1].next_offset) return false;
  }
  return manifest.sealed.empty() || manifest.sealed.back().next_offset == manifest.tail_base;
}

}  // namespace

std::string EncodeManifest(const Manifest& manifest) {
  std::string out(kMagic);
  Put<uint16_t>(out, kVersion);
  Put<uint16_t>(out, 0);
  Put<int64_t>(out, manifest.tail_base);
  Put<int64_t>(out, manifest.tail_running_max_ms);
  Put<uint32_t>(out, static_cast<uint32_t>(manifest.sealed.size()));
  for (const SegmentSummary& segment : manifest.sealed) PutSegment(out, segment);
  Put<uint32_t>(out, Crc32c(out));
  return out;
}

absl::StatusOr<Manifest> DecodeManifest(std::string_view bytes) {
  if (bytes.size() < kHeaderBytes + kTrailerBytes) return Damaged("manifest is cut short");
  if (bytes.substr(0, kMagic.size()) != kMagic) return Damaged("manifest has a foreign magic");
  const std::string_view body = bytes.substr(0, bytes.size() - kTrailerBytes);
  if (LoadBigEndian<uint32_t>(bytes.data() + body.size()) != Crc32c(body)) {
    return Damaged("manifest fails its CRC");
  }
  Reader in(body.substr(kMagic.size()));
  if (in.Take<uint16_t>() != kVersion) return Damaged("manifest has an unknown version");
  in.Take<uint16_t>();
  Manifest manifest;
  manifest.tail_base = in.Take<int64_t>();
  manifest.tail_running_max_ms = in.Take<int64_t>();
  const auto count = in.Take<uint32_t>();
  for (uint32_t i = 0; i < count; ++i) {
    SegmentSummary segment;
    if (!TakeSegment(in, segment)) return Damaged("manifest lists more than it holds");
    manifest.sealed.push_back(std::move(segment));
  }
  if (in.Has(1)) return Damaged("manifest holds more than it lists");
  if (manifest.tail_base < 0 || !IsOrdered(manifest)) {
    return Damaged("segments in the manifest do not follow each other");
  }
  return manifest;
}

absl::Status WriteManifest(FileSystem& filesystem, const std::string& dir,
                           const Manifest& manifest) {
  const std::string path = dir + "/" + std::string(kManifestName);
  absl::Status status = ReplaceFile(filesystem, path, Buffer::Take(EncodeManifest(manifest)));
  if (!status.ok()) return status;
  return filesystem.SyncDir(dir);
}

absl::StatusOr<Manifest> ReadManifest(FileSystem& filesystem, const std::string& dir) {
  const absl::StatusOr<Buffer> bytes =
      ReadWholeFile(filesystem, dir + "/" + std::string(kManifestName));
  if (!bytes.ok()) return bytes.status();
  return DecodeManifest(bytes->view());
}

}  // namespace braid::storage
