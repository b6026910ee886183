#include <lmdb.h>

#include "bench/measure.h"
#include "bench/peers.h"
#include "storage/coding.h"

namespace braid::bench {
namespace {

constexpr size_t kMapBytes = size_t{4} << 30;

void CheckLmdb(int code) {
  if (code != 0) Check(absl::InternalError(std::string("LMDB: ") + mdb_strerror(code)));
}

class LmdbPeer : public Peer {
 public:
  explicit LmdbPeer(const std::string& dir) {
    CheckLmdb(mdb_env_create(&env_));
    CheckLmdb(mdb_env_set_mapsize(env_, kMapBytes));
    CheckLmdb(mdb_env_open(env_, dir.c_str(), MDB_NOSYNC, 0644));
    MDB_txn* txn = nullptr;
    CheckLmdb(mdb_txn_begin(env_, nullptr, 0, &txn));
    CheckLmdb(mdb_dbi_open(txn, nullptr, 0, &dbi_));
    CheckLmdb(mdb_txn_commit(txn));
  }
  ~LmdbPeer() override { mdb_env_close(env_); }
  LmdbPeer(const LmdbPeer&) = delete;
  LmdbPeer& operator=(const LmdbPeer&) = delete;

  void Append(absl::Span<const RecordView> records) override {
    MDB_txn* txn = nullptr;
    CheckLmdb(mdb_txn_begin(env_, nullptr, 0, &txn));
    for (const RecordView& record : records) {
      char bytes[sizeof(uint64_t)];
      storage::StoreBigEndian<uint64_t>(bytes, next_++);
      MDB_val key{sizeof(bytes), bytes};
      MDB_val value{record.value->size(), const_cast<char*>(record.value->data())};
      CheckLmdb(mdb_put(txn, dbi_, &key, &value, MDB_APPEND));
    }
    CheckLmdb(mdb_txn_commit(txn));
  }

  uint64_t ReadAll() override {
    MDB_txn* txn = nullptr;
    MDB_cursor* cursor = nullptr;
    CheckLmdb(mdb_txn_begin(env_, nullptr, MDB_RDONLY, &txn));
    CheckLmdb(mdb_cursor_open(txn, dbi_, &cursor));
    uint64_t bytes = 0;
    MDB_val key, value;
    int code = mdb_cursor_get(cursor, &key, &value, MDB_FIRST);
    for (; code == 0; code = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) {
      bytes += value.mv_size;
    }
    if (code != MDB_NOTFOUND) CheckLmdb(code);
    mdb_cursor_close(cursor);
    mdb_txn_abort(txn);
    return bytes;
  }

 private:
  MDB_env* env_ = nullptr;
  MDB_dbi dbi_ = 0;
  uint64_t next_ = 0;
};

}  // namespace

std::vector<PeerKind> LmdbPeers() {
  return {{"LMDB", "a transaction a write, MDB_APPEND, MDB_NOSYNC, 8-byte keys",
           [](const std::string& dir) { return std::make_unique<LmdbPeer>(dir); }}};
}

}  // namespace braid::bench
