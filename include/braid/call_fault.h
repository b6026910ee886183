// What goes wrong with requests of clients on demand, so that a test meets what its client does
// then.
//
//   broker.InjectKafka({.call = "Produce", .kind = CallFault::Kind::kLoseAnswer, .after = 2});
#ifndef BRAID_CALL_FAULT_H_
#define BRAID_CALL_FAULT_H_

#include <string>

#include "absl/time/time.h"

namespace braid {

struct CallFault {
  enum class Kind {
    kLoseRequest,  // the connection ends before it is served
    kLoseAnswer,   // it is served, and the connection ends without an answer
    kDelay,        // it is served `delay` later; what its connection sends behind it waits as well
    kRefuse,       // it is not served, and answered with `error`
  };

  std::string call;  // of Kafka: the name of an API, as "Produce" or "OffsetCommit"
  Kind kind = Kind::kLoseRequest;
  std::string client_id = {};  // of this client alone; empty: of all
  int after = 0;               // so many such calls go well first
  int times = 1;               // then it happens to as many; negative: to all
  absl::Duration delay = absl::ZeroDuration();
  int error = 0;  // Kafka's number of it
};

}  // namespace braid

#endif  // BRAID_CALL_FAULT_H_
