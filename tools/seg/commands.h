// What `braid seg` does to a directory, one function a command. Each prints to standard output,
// complains on standard error, and returns the exit status: 0, kFailed or kUsage of
// tools/cli/verbs.h.
//
// DIR is one log (a directory with segments in it) or a whole data directory: then every log under
// streams/, and the journal.
#ifndef BRAID_TOOLS_SEG_COMMANDS_H_
#define BRAID_TOOLS_SEG_COMMANDS_H_

#include <cstdint>
#include <string>

#include "braid/record.h"

namespace braid::seg {

// Segments, one line each.
int Ls(const std::string& dir, bool json);

struct DumpOptions {
  bool records = false;  // the records of each batch as well
  Offset from = 0;       // the batch or record with this offset, or the first one behind it
  int64_t max = -1;      // of batches, or of records when these are shown; -1: all
  bool json = false;     // one object a line
};
int Dump(const std::string& dir, const DumpOptions& options);

// Everything that can be checked; kFailed when anything is wrong.
int Verify(const std::string& dir, bool json);

int Stats(const std::string& dir, bool json);

// Copies what is whole to `to`, which must not exist.
int Repair(const std::string& dir, const std::string& to, bool json);

struct ImportOptions {
  std::string kafka_dir;  // of one partition
  std::string data;       // Braid's data directory; made when missing
  std::string stream;     // a name that is not taken
  bool json = false;
};
int Import(const ImportOptions& options);

}  // namespace braid::seg

#endif  // BRAID_TOOLS_SEG_COMMANDS_H_
