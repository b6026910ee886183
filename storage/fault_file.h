// One file of the fault-injecting file system: what a reader sees, what a power cut would leave,
// and the operations between the two.
#ifndef BRAID_STORAGE_FAULT_FILE_H_
#define BRAID_STORAGE_FAULT_FILE_H_

#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace braid::storage {

// Not thread-safe; the file system's mutex guards it.
class FaultFile {
 public:
  const std::string& content() const { return content_; }

  void Append(std::string_view bytes);
  void Truncate(uint64_t size);
  // All of the content becomes durable.
  void Sync();
  // The power goes: the content becomes the durable part plus what chance saved of the rest. The
  // file system writes a file's operations back in order, so a prefix of them survives whole; the
  // append after it may be torn (cut short, or extended with zeros where its data did not arrive).
  // With `reorder` the sectors that the appends since the last truncate went to are written back
  // each for itself: each is as it was after any one of them, zero where nothing was yet.
  void Crash(std::mt19937_64& random, bool reorder);
  void FlipBit(uint64_t byte, int bit);

 private:
  struct Change {
    bool truncate;
    uint64_t size;      // of the file before an append, or after a truncate
    std::string bytes;  // appended
  };

  static void Apply(const Change& change, std::string& content);
  static void Tear(const Change& change, std::mt19937_64& random, std::string& content);
  // The changes from `first` on are all appends, to sectors that arrive or do not.
  void ScatterSectors(size_t first, std::mt19937_64& random);

  std::string content_;
  std::string durable_;
  std::vector<Change> unsynced_;  // durable_ with these applied is content_
};

}  // namespace braid::storage

#endif  // BRAID_STORAGE_FAULT_FILE_H_
