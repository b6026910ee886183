#include "engine/writes.h"

#include "engine/stream.h"

namespace braid::engine {

void Writes::Touch(std::shared_ptr<Stream> stream) {
  any_ = true;
  if (marked_) Note(stream.get());
  for (const Touched& known : streams_) {
    if (known.stream == stream) return;
  }
  const uint64_t undone = stream->undone();
  streams_.push_back({std::move(stream), undone});
}

void Writes::TouchJournal() {
  any_ = true;
  if (marked_) Note(nullptr);
}

void Writes::Note(const Stream* stream) {
  if (!std::exchange(fresh_, false) && trail_.back() == stream) return;
  trail_.push_back(stream);
}

absl::Status Writes::RefusalOf(size_t begin, size_t end) const {
  for (size_t i = begin; i < end; ++i) {
    for (const auto& [stream, why] : refusals_) {
      // Without the journal nothing can be promised, whatever it was.
      if (stream == trail_[i] || stream == nullptr) return why;
    }
  }
  return absl::OkStatus();
}

void Writes::Forget() {
  marked_ = false;
  trail_.clear();
  refusals_.clear();
}

}  // namespace braid::engine
