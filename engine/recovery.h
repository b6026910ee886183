// Opens a catalogue: takes the directory's lock, replays the journal, opens the logs it names, and
// rebuilds what they imply.
#ifndef BRAID_ENGINE_RECOVERY_H_
#define BRAID_ENGINE_RECOVERY_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "engine/catalog.h"
#include "engine/definitions.h"
#include "engine/entry_id.h"
#include "engine/pending_facts.h"
#include "engine/stream_reader.h"

namespace braid::engine {

// "<data_dir>/streams/<name>-<partition>~<id>".
std::string StreamDir(const EngineOptions& options, const StreamIdentity& identity);

// A stream's directory is renamed so before it is removed.
inline constexpr std::string_view kDeletedSuffix = ".deleted";

// Removes a stream's directory; what a crash leaves of it is removed at the next start. The
// journal's word that the stream is deleted must be durable.
void RemoveStreamDir(FileSystem& filesystem, const std::string& dir);

class Recovery {
 public:
  explicit Recovery(Catalog& catalog) : catalog_(catalog) {}
  absl::Status Run();

 private:
  // What the journal says of a stream or group, by its id; definitions may come after details.
  struct StreamFacts {
    Offset start = 0;
    OffsetSet deleted;
    std::optional<EntryId> last_id;
    Offset last_id_from = 0;  // records from here on have larger ones
    bool last_id_was_ahead = false;
    EntryId max_deleted_id;
    int64_t entries_added_delta = 0;
    absl::btree_map<Offset, uint64_t> floors;
    absl::btree_map<Offset, int64_t> scheduled;  // when the schedules there are due
    std::string compaction;
    Offset producers_from = 0;
    std::string producers;
    std::string transactions;
    std::optional<std::string> idempotence;
    std::map<std::pair<std::string, std::string>, std::string> names;  // (producer ID, its ID)
  };
  struct GroupFacts {
    std::optional<GroupDefinition> definition;
    std::optional<std::string> cursor;
    absl::btree_map<uint64_t, std::string> consumers;
    absl::btree_map<Offset, PendingFact> pending;
    absl::flat_hash_map<ConsumerId, absl::Time> active;  // since their own entries
  };

  absl::Status OpenFiles();
  absl::Status Apply(std::string_view key, std::optional<std::string_view> value);
  // Atomic sections (engine/recovery_sections.cc).
  using SectionPart = std::pair<std::string, std::optional<std::string>>;  // as Journal has it
  absl::Status ApplySection(std::string_view rest, std::optional<std::string_view> value);
  void UndoSections();
  void UndoPart(const std::string& entry, const std::optional<std::string>& fact);
  absl::Status ApplyStreamFact(char kind, std::string_view rest,
                               std::optional<std::string_view> value);
  absl::Status ApplyGroupFact(char kind, std::string_view rest,
                              std::optional<std::string_view> value);
  absl::Status BuildTopics();
  absl::Status BuildStream(Stream& stream, StreamFacts& facts);
  // What of `facts` goes past the log's end is of records that a power cut took. It must not fall
  // on those that get their offsets now: the journal is told so before there are any.
  void ForgetPastEnd(StreamParts& parts, StreamFacts& facts);
  static void WatchDeadlines(Stream& stream, absl::Time now);
  absl::Status BuildProducers(StreamParts& parts, const StreamFacts& facts, absl::Time now);
  absl::Status BuildGroup(const StreamPtr& stream, uint64_t id, GroupFacts& facts);
  void NameCluster();
  absl::Status FinishDeletions();

  Catalog& catalog_;
  absl::btree_map<std::string, TopicDefinition> topics_;
  std::map<uint64_t, StreamFacts> streams_;
  std::map<uint64_t, GroupFacts> groups_;
  std::map<uint64_t, std::vector<SectionPart>> sections_;  // whose end was not met yet
  std::set<uint64_t> erased_streams_;  // of topics whose deletion the journal knows
  uint64_t max_object_id_ = 0;
  int64_t max_producer_id_ = -1;    // seen in a log
  bool journal_was_ahead_ = false;  // of some log; it has been corrected
};

}  // namespace braid::engine

#endif  // BRAID_ENGINE_RECOVERY_H_
