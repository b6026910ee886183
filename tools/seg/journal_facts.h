// What a data directory's journal says of its streams, read without opening the engine.
#ifndef BRAID_TOOLS_SEG_JOURNAL_FACTS_H_
#define BRAID_TOOLS_SEG_JOURNAL_FACTS_H_

#include <cstdint>
#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "braid/filesystem.h"
#include "braid/record.h"
#include "engine/stream_reader.h"

namespace braid::seg {

struct StreamFacts {
  std::string topic;  // empty: no topic has the stream any more
  int partition = 0;
  Offset start = 0;           // trimmed by hand up to there
  engine::OffsetSet deleted;  // offsets whose records are deleted

  bool IsDead(Offset offset) const {
    return offset < start || deleted.contains(static_cast<uint64_t>(offset));
  }
};

// By stream id. Entries that cannot be read are passed over: what the journal is worth is for
// `verify` to say.
absl::StatusOr<std::map<uint64_t, StreamFacts>> ReadJournalFacts(FileSystem& filesystem,
                                                                 const std::string& journal_dir);

}  // namespace braid::seg

#endif  // BRAID_TOOLS_SEG_JOURNAL_FACTS_H_
