#include <rocksdb/db.h>
#include <rocksdb/options.h>
#include <rocksdb/write_batch.h>

#include "bench/measure.h"
#include "bench/peers.h"
#include "storage/coding.h"

namespace braid::bench {
namespace {

void CheckRocks(const rocksdb::Status& status) {
  if (!status.ok()) Check(absl::InternalError("RocksDB: " + status.ToString()));
}

class RocksDbPeer : public Peer {
 public:
  RocksDbPeer(const std::string& dir, bool wal) {
    rocksdb::Options options;
    options.create_if_missing = true;
    options.compression = rocksdb::kLZ4Compression;
    rocksdb::DB* db = nullptr;
    CheckRocks(rocksdb::DB::Open(options, dir, &db));
    db_.reset(db);
    write_.disableWAL = !wal;
  }

  void Append(absl::Span<const RecordView> records) override {
    for (const RecordView& record : records) {
      char key[sizeof(uint64_t)];
      storage::StoreBigEndian<uint64_t>(key, next_++);
      batch_.Put({key, sizeof(key)}, {record.value->data(), record.value->size()});
    }
    CheckRocks(db_->Write(write_, &batch_));
    batch_.Clear();
  }

  void Settle() override { CheckRocks(db_->Flush({})); }

  uint64_t ReadAll() override {
    uint64_t bytes = 0;
    const std::unique_ptr<rocksdb::Iterator> it(db_->NewIterator({}));
    for (it->SeekToFirst(); it->Valid(); it->Next()) bytes += it->value().size();
    CheckRocks(it->status());
    return bytes;
  }

 private:
  std::unique_ptr<rocksdb::DB> db_;
  rocksdb::WriteOptions write_;
  rocksdb::WriteBatch batch_;
  uint64_t next_ = 0;
};

}  // namespace

std::vector<PeerKind> RocksDbPeers() {
  const auto kind = [](std::string name, bool wal) {
    return PeerKind{
        std::move(name), "a WriteBatch a write, 8-byte keys, lz4, otherwise defaults",
        [wal](const std::string& dir) { return std::make_unique<RocksDbPeer>(dir, wal); }};
  };
  return {kind("RocksDB", true), kind("RocksDB without WAL", false)};
}

}  // namespace braid::bench
