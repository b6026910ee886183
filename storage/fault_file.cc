#include "storage/fault_file.h"

#include <algorithm>
#include <cstddef>

namespace braid::storage {
namespace {

constexpr uint64_t kSectorBytes = 512;

void FlipBitOf(std::string& bytes, uint64_t at, int bit) {
  bytes[at] = static_cast<char>(static_cast<unsigned char>(bytes[at]) ^ (1u << (bit & 7)));
}

}  // namespace

void FaultFile::Apply(const Change& change, std::string& content) {
  if (change.truncate) {
    content.resize(std::min<uint64_t>(change.size, content.size()));
  } else {
    content += change.bytes;
  }
}

void FaultFile::Append(std::string_view bytes) {
  unsynced_.push_back({false, content_.size(), std::string(bytes)});
  content_ += bytes;
}

void FaultFile::Truncate(uint64_t size) {
  if (size >= content_.size()) return;
  unsynced_.push_back({true, size, ""});
  content_.resize(size);
}

void FaultFile::Sync() {
  for (const Change& change : unsynced_) Apply(change, durable_);
  unsynced_.clear();
}

void FaultFile::Tear(const Change& change, std::mt19937_64& random, std::string& content) {
  if (change.truncate) return;  // a truncate happens or does not
  const size_t kept = random() % (change.bytes.size() + 1);
  content += change.bytes.substr(0, kept);
  const bool size_arrived = random() % 4 == 0;  // the length was written, the data was not
  if (size_arrived) content.append(change.bytes.size() - kept, '\0');
}

void FaultFile::ScatterSectors(size_t first, std::mt19937_64& random) {
  // The file's sizes as it grew; up to sizes[k] the content is what it was then.
  std::vector<uint64_t> sizes = {durable_.size()};
  for (size_t i = first; i < unsynced_.size(); ++i) {
    sizes.push_back(sizes.back() + unsynced_[i].bytes.size());
  }
  std::string newest = durable_;
  for (size_t i = first; i < unsynced_.size(); ++i) Apply(unsynced_[i], newest);
  const uint64_t size = sizes[random() % sizes.size()];
  for (uint64_t sector = durable_.size() / kSectorBytes; sector * kSectorBytes < size; ++sector) {
    const uint64_t begin = std::max<uint64_t>(sector * kSectorBytes, durable_.size());
    const uint64_t end = std::min<uint64_t>((sector + 1) * kSectorBytes, size);
    const bool is_newest = random() % 2 == 0;
    const uint64_t then = is_newest ? sizes.back() : sizes[random() % sizes.size()];
    const uint64_t arrived = std::clamp(then, begin, end);
    durable_.append(newest, begin, arrived - begin);
    durable_.append(end - arrived, '\0');
  }
}

void FaultFile::Crash(std::mt19937_64& random, bool reorder) {
  size_t whole = random() % (unsynced_.size() + 1);
  size_t appends = unsynced_.size();  // from here on there is no truncate
  while (appends > 0 && !unsynced_[appends - 1].truncate) --appends;
  if (reorder && whole > appends) whole = appends;
  for (size_t i = 0; i < whole; ++i) Apply(unsynced_[i], durable_);
  if (reorder && whole == appends) {
    ScatterSectors(whole, random);
  } else if (whole < unsynced_.size()) {
    Tear(unsynced_[whole], random, durable_);
  }
  content_ = durable_;
  unsynced_.clear();
}

void FaultFile::FlipBit(uint64_t byte, int bit) {
  FlipBitOf(content_, byte, bit);
  // The byte on disk is the one that the last change to that place wrote.
  for (auto change = unsynced_.rbegin(); change != unsynced_.rend(); ++change) {
    if (change->truncate || byte < change->size) continue;
    if (byte - change->size < change->bytes.size()) {
      return FlipBitOf(change->bytes, byte - change->size, bit);
    }
  }
  FlipBitOf(durable_, byte, bit);
}

}  // namespace braid::storage
