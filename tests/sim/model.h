// What the engine must hold, in plain memory: no log, no journal, no files. Clients say what was
// done and what was answered; the World compares. Everything ever appended stays here, also when it
// is deleted, so that nothing may come back and nothing that never was may appear.
#ifndef BRAID_TESTS_SIM_MODEL_H_
#define BRAID_TESTS_SIM_MODEL_H_

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "braid/options.h"
#include "braid/record.h"
#include "engine/entry_id.h"
#include "engine/stream.h"
#include "tests/sim/history.h"

namespace braid::sim {

using engine::EntryId;

struct ModelRecord {
  std::string body;     // origin, time, key, value and headers as one string: see BodyOf
  std::string subject;  // what filters see
  std::string msg_id;
  int64_t timestamp_ms = 0;
  int64_t accounted_bytes = 0;
  std::optional<EntryId> id;  // once known it never changes
  // Of the first record of an idempotent producer's batch.
  int64_t producer_id = -1;
  int32_t first_sequence = -1;
  int32_t batch_records = 0;
};

struct ModelPending {
  std::string consumer;
  int64_t count = 0;
  absl::Time ready_at = absl::InfinitePast();  // when it may be, and must be, delivered again
  bool ready_is_known = true;
  bool released = false;  // given back, so that nothing can extend it

  // Of what the journal keeps.
  friend bool operator==(const ModelPending& a, const ModelPending& b) {
    return a.consumer == b.consumer && a.count == b.count;
  }
};

struct GroupFacts {
  bool exists = false;
  Offset cursor = 0;
  int64_t deliveries = 0;  // the sequence number of the last one
  std::string metadata;
  std::map<Offset, ModelPending> pending;
  std::set<std::string> consumers;
};

struct GroupModel {
  uint64_t id = 0;
  std::string name;
  GroupOptions options;  // constant
  History<GroupFacts> facts;

  const GroupFacts& now() const { return facts.now(); }
  absl::Duration Wait(int64_t count) const;  // after delivery number `count`; zero: for ever
  bool Wants(std::string_view subject) const;
};

struct StreamFacts {
  StreamOptions options;
  Offset start = 0;           // first live one
  Offset start_by_hand = 0;   // what of it was asked for; the rest follows from limits
  std::set<Offset> deleted;   // never forgotten
  EntryId least_last_id;      // the last ID is this or larger
  EntryId max_deleted_id;     // as far as it is known
  int64_t entries_added = 0;  // beyond the offsets
};

// A message ID in a stream's window.
struct ModelMessageId {
  Offset offset = 0;
  absl::Time at;
  bool sure = true;  // false: the engine may have forgotten it, its record being gone
};

struct StreamModel {
  engine::StreamIdentity identity;
  std::vector<ModelRecord> records;  // by offset, from 0
  Offset next() const { return static_cast<Offset>(records.size()); }
  Offset written = 0;  // below this survives the death of the process
  Offset durable = 0;  // below this survives a power cut
  History<StreamFacts> facts;
  std::map<std::string, ModelMessageId, std::less<>> message_ids;
  std::map<uint64_t, GroupModel> groups;  // by id; of deleted ones while they may come back

  const StreamFacts& now() const { return facts.now(); }
  bool IsLive(Offset offset) const { return IsLive(now(), offset); }
  bool IsLive(const StreamFacts& facts, Offset offset) const {
    return offset >= facts.start && offset < next() && !facts.deleted.contains(offset);
  }
  int64_t live() const;
  int64_t accounted_bytes() const;
  std::vector<Offset> LiveOffsets() const;
  std::vector<Offset> LiveOf(std::string_view subject) const;
  // The records at and past `next` never were.
  void RewindTo(Offset next);
  // The message IDs that the log still tells; others may be forgotten.
  void DoubtMessageIds();
  // The first live offset at or past `start`.
  Offset SkipDeleted(Offset start, const std::set<Offset>& deleted) const;
};
using StreamModelPtr = std::shared_ptr<StreamModel>;

// One life of a topic, from creation to deletion.
struct Incarnation {
  std::array<uint8_t, 16> uuid{};
  std::vector<StreamModelPtr> partitions;
};
using IncarnationPtr = std::shared_ptr<Incarnation>;

// Origin, time, key, value and headers, told apart.
std::string BodyOf(const RecordView& record, Origin origin);

}  // namespace braid::sim

#endif  // BRAID_TESTS_SIM_MODEL_H_
