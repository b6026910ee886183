// Embedded stores that keep records in order, behind one interface: what peers_bench compares.
#ifndef BRAID_BENCH_PEERS_H_
#define BRAID_BENCH_PEERS_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/types/span.h"
#include "braid/record.h"

namespace braid::bench {

class Peer {
 public:
  virtual ~Peer() = default;
  // One acknowledged write of all `records`: their values, under rising keys where it has keys.
  virtual void Append(absl::Span<const RecordView> records) = 0;
  // Between the appends and the reads: what a store does in the background, it may do now.
  virtual void Settle() {}
  // Reads every value in order; returns the sum of their sizes.
  virtual uint64_t ReadAll() = 0;
};

struct PeerKind {
  std::string name;
  std::string how;
  std::function<std::unique_ptr<Peer>(const std::string& dir)> open;  // in an empty directory
};

// Braid first. What was not found when this was built is named in `missing`.
std::vector<PeerKind> AllPeers(std::vector<std::string>& missing);

// The parts of AllPeers().
std::vector<PeerKind> BraidPeers();
std::vector<PeerKind> FilePeers();
std::vector<PeerKind> RocksDbPeers();  // only where BRAID_HAVE_ROCKSDB
std::vector<PeerKind> LmdbPeers();     // only where BRAID_HAVE_LMDB

}  // namespace braid::bench

#endif  // BRAID_BENCH_PEERS_H_
