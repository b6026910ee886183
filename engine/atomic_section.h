// What this thread writes while an AtomicSection lives happens at one time, and survives a crash of
// the process together or not at all: a Redis transaction. Others may see it half done, unless
// whoever opens sections keeps them away.
//
// How: the section's journal entries are marked as parts of it, and count only once its end is in
// the journal, too. Records name themselves there before they are written to their logs, so that
// those of a section without an end are deleted when the engine opens (docs/format.md, section 8).
//
// A power cut may tear a section that nobody acknowledged: its end may have reached the disk, and a
// record not.
//
// One at a time in an engine; a second waits. No commit, checkpoint or other wait while it lives.
#ifndef BRAID_ENGINE_ATOMIC_SECTION_H_
#define BRAID_ENGINE_ATOMIC_SECTION_H_

#include "absl/base/thread_annotations.h"
#include "engine/catalog.h"

namespace braid::engine {

class ABSL_SCOPED_LOCKABLE AtomicSection {
 public:
  explicit AtomicSection(Catalog& catalog) ABSL_EXCLUSIVE_LOCK_FUNCTION(catalog.section_mu());
  ~AtomicSection() ABSL_UNLOCK_FUNCTION();
  AtomicSection(const AtomicSection&) = delete;
  AtomicSection& operator=(const AtomicSection&) = delete;

 private:
  Catalog& catalog_;
};

}  // namespace braid::engine

#endif  // BRAID_ENGINE_ATOMIC_SECTION_H_
