// What streams and groups get that Redis clients create. Redis has none of it: the settings'
// names begin with "braid-". Later changes are BRAID STREAM and BRAID GROUP.
#ifndef BRAID_PROTOCOL_REDIS_STREAM_DEFAULTS_H_
#define BRAID_PROTOCOL_REDIS_STREAM_DEFAULTS_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "braid/options.h"

namespace braid::redis {

struct StreamDefaults {
  int64_t max_age_ms = 0;          // entries go once they are older; 0: never
  int64_t max_groups = 0;          // of one stream; 0: any number
  int64_t max_pending = 0;         // of one group: it is given nothing new beyond; 0: no limit
  int64_t max_deliver = 0;         // a claim past it gives the entry up; 0: none does
  std::string dead_letter_suffix;  // given-up entries are copied to <key><suffix>; empty: nowhere

  StreamOptions ForStream() const;
  GroupOptions ForGroup(std::string_view topic) const;  // the stream's canonical name
};

// Those of one server. Thread-safe.
class SharedStreamDefaults {
 public:
  StreamDefaults Get() const {
    absl::MutexLock lock(&mu_);
    return defaults_;
  }
  template <typename Change>
  void Set(Change change) {
    absl::MutexLock lock(&mu_);
    change(defaults_);
  }

 private:
  mutable absl::Mutex mu_;
  StreamDefaults defaults_ ABSL_GUARDED_BY(mu_);
};

}  // namespace braid::redis

#endif  // BRAID_PROTOCOL_REDIS_STREAM_DEFAULTS_H_
