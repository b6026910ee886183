// Entries that producers have numbered themselves: an entry that arrives twice under the same
// producer ID and idempotent ID is stored once, and the second writer is told the first entry's ID.
//
// Of each producer the newest `max_ids` idempotent IDs are remembered, each for `window`. What is
// remembered is in the journal, one entry for each ID, and one for the settings and counts.
//
// Not thread-safe: guarded by its stream.
#ifndef BRAID_ENGINE_IDEMPOTENCE_H_
#define BRAID_ENGINE_IDEMPOTENCE_H_

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "braid/record.h"
#include "engine/dedup.h"
#include "engine/entry_id.h"

namespace braid::engine {

class Journal;

struct IdempotenceOptions {
  absl::Duration window = absl::Seconds(100);
  int64_t max_ids = 100;  // of each producer
  friend bool operator==(const IdempotenceOptions&, const IdempotenceOptions&) = default;
};

struct IdempotenceStats {
  int64_t producers = 0;   // remembered
  int64_t ids = 0;         // remembered, of all producers
  int64_t added = 0;       // ever
  int64_t duplicates = 0;  // ever found
};

// All of it, of a stream that is copied.
struct IdempotenceImage {
  struct Name {
    std::string producer, id;
    EntryId entry;
    absl::Time at;
  };
  std::optional<IdempotenceOptions> options;
  std::vector<Name> names;  // of each producer oldest first
  int64_t added = 0;
  int64_t duplicates = 0;
};

// What a producer calls an entry.
struct IdempotentName {
  std::string_view producer;
  std::string_view id;
};

class Idempotence {
 public:
  // Nothing has been set or remembered: there is nothing to journal.
  bool untouched() const { return !options_.has_value() && stats_.added == 0; }
  // nullopt: those of whoever records first.
  const std::optional<IdempotenceOptions>& options() const { return options_; }
  // Other ones than there are forget everything remembered; true then.
  bool SetOptions(const IdempotenceOptions& options, Journal& journal, uint64_t stream_id);

  // The entry of that name, if it is remembered.
  std::optional<EntryId> Find(const IdempotentName& name, absl::Time now) const;
  void CountDuplicate(Journal& journal, uint64_t stream_id);
  // Requires options().
  void Record(const IdempotentName& name, EntryId id, Offset offset, absl::Time now,
              Journal& journal, uint64_t stream_id);
  // The records from `offset` on were lost before anybody was told of them.
  void ForgetFrom(Offset offset, Journal& journal, uint64_t stream_id);

  IdempotenceStats Stats(absl::Time now) const;
  IdempotenceImage Image() const;
  // Of one that is untouched. `offset`: of a record that cannot be lost.
  void Adopt(const IdempotenceImage& image, Offset offset, Journal& journal, uint64_t stream_id);

  // --- Journal ---
  void EmitAll(Journal& journal, uint64_t stream_id) const;
  // What the two kinds of journal entries say. Names in any order; RestoreDone() sorts them, and
  // leaves out records from `end` on.
  absl::Status RestoreSettings(std::string_view value);
  absl::Status RestoreName(std::string_view producer, std::string_view id, std::string_view value);
  void RestoreDone(Offset end, absl::Time now);

 private:
  struct Named {
    EntryId id;
    Offset offset = 0;
  };
  struct Restored {
    std::string producer, id;
    Named named;
    absl::Time at;
    uint64_t era = 0;
  };
  using Names = DedupWindow<Named>;

  Names& NamesOf(std::string_view producer);
  void EmitSettings(Journal& journal, uint64_t stream_id) const;
  std::string Encode(const Named& named, absl::Time at) const;

  std::optional<IdempotenceOptions> options_;
  std::map<std::string, Names, std::less<>> producers_;
  uint64_t era_ = 0;        // how often everything was forgotten
  IdempotenceStats stats_;  // the counts alone
  std::vector<Restored> restored_;
};

}  // namespace braid::engine

#endif  // BRAID_ENGINE_IDEMPOTENCE_H_
