#include "engine/atomic_section.h"

#include <utility>

#include "engine/journal.h"

namespace braid::engine {

AtomicSection::AtomicSection(Catalog& catalog) : catalog_(catalog) {
  catalog_.section_mu().Lock();
  catalog_.BeginSection();
}

AtomicSection::~AtomicSection() {
  catalog_.EndSection();
  catalog_.section_mu().Unlock();
}

void Catalog::BeginSection() {
  frozen_at_ = clock_->Now();
  frozen_here_ = this;
  journal_->BeginSection();
}

void Catalog::NoteInSection(Stream& stream, Offset offset) {
  journal_->NoteAppend(stream.identity().id, offset);
  if (section_streams_.empty() || section_streams_.back().get() != &stream) {
    section_streams_.push_back(stream.shared_from_this());
  }
}

void Catalog::EndSection() {
  // The end says that all records are written. Where the disk refuses one it is not, and whoever
  // commits hears of that; the rest stays, since others may have built on it by then.
  for (const StreamPtr& stream : std::exchange(section_streams_, {})) {
    stream->Flush().IgnoreError();
  }
  journal_->EndSection();
  frozen_here_ = nullptr;
}

}  // namespace braid::engine
