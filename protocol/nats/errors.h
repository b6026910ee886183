// The errors of the JetStream API, in one table, and how an engine error becomes one of them.
#ifndef BRAID_PROTOCOL_NATS_ERRORS_H_
#define BRAID_PROTOCOL_NATS_ERRORS_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "braid/error.h"
#include "protocol/nats/error_codes.h"
#include "protocol/nats/json.h"

namespace braid::nats {

struct ApiErrorRow {
  ApiErrc errc;
  int code;                      // in the manner of HTTP
  std::string_view description;  // "{}": the occasion's own words
};
absl::Span<const ApiErrorRow> ApiErrors();

// The error object of a response.
struct ApiError {
  int code = 0;
  int64_t err_code = 0;
  std::string description;

  template <class V, class Self>
  static void Visit(V& v, Self& m) {
    v("code", m.code);
    v("err_code", m.err_code);
    v("description", m.description);
  }
};

// A status that becomes this error on the wire. `words` fill the place that the table's description
// leaves for them; where it leaves none, they are said instead of it.
absl::Status MakeApiError(ApiErrc errc, std::string_view words = "");

// What `status`, not ok, looks like on the wire: made by MakeApiError, or an engine error.
ApiError ToApiError(const absl::Status& status);
// The body of a response that says only that.
std::string ErrorJson(const absl::Status& status);

// The table's word for an engine error.
ApiErrc ApiErrcOf(Errc errc);

}  // namespace braid::nats

#endif  // BRAID_PROTOCOL_NATS_ERRORS_H_
