// The JetStream API: requests published on $JS.API.> become calls of one table's handlers; results
// leave as JSON, or as raw messages, on the request's reply subject once everything is committed.
#ifndef BRAID_PROTOCOL_NATS_API_H_
#define BRAID_PROTOCOL_NATS_API_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/any_io_executor.hpp>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "protocol/nats/errors.h"
#include "protocol/nats/headers.h"
#include "protocol/nats/jetstream.h"
#include "protocol/nats/json.h"
#include "protocol/nats/turn.h"

namespace braid::nats {

inline constexpr std::string_view kApiPrefix = "$JS.API.";

// One request. Views, valid for the call.
struct ApiCall {
  JetStream& jetstream;
  Turn& turn;
  const boost::asio::any_io_executor& executor;  // of the connection that asks
  std::vector<std::string_view> names;  // the tokens that stood for a `*` or `>` of the pattern
  std::string_view body;
  std::string_view reply;

  engine::Catalog& catalog() const { return jetstream.catalog(); }
  engine::Writes& writes() const { return turn.writes; }
  // kStreamNotFound.
  absl::StatusOr<engine::StreamPtr> Stream() const;  // by names[0]
  // Reads the body, which may be empty, over `request`. kInvalidJson; kBadRequest for a field that
  // is not offered.
  template <JsonStruct T>
  absl::Status Read(T* request) const {
    if (body.empty()) return absl::OkStatus();
    JsonFaults faults;
    ReadJson(body, Strict::kYes, request, &faults);
    return ToStatus(faults, ApiErrc::kBadRequest);
  }
  // A field that is understood and not offered becomes `unsupported`.
  static absl::Status ToStatus(const JsonFaults& faults, ApiErrc unsupported);
};

// Handlers write the members of their response, after "type".
using ApiHandler = absl::Status (*)(const ApiCall& call, JsonWriter& out);

enum class ApiBody : uint8_t { kAny, kEmpty };

struct ApiEntry {
  std::string_view pattern;  // after kApiPrefix
  // io.nats.jetstream.api.v1.<type>_response. "": the stream or consumer answers by itself, in
  // messages; an error of the handler means that there is none that would.
  std::string_view type;
  ApiBody body;
  ApiHandler handler;
};
absl::Span<const ApiEntry> ApiTable();

// Executes the request on request.subject. False when there is nobody to answer: its subject is
// none, or what it names does not exist and would answer by itself.
bool CallApi(JetStream& jetstream, Turn& turn, const boost::asio::any_io_executor& executor,
             const Message& request);

// The same request in an account that has no JetStream: it is told so where there is somebody to
// tell. Always taken.
bool RefuseApi(Turn& turn, const Message& request);

// --- The handlers, by family
// --------------------------------------------------------------------------- account_api.cc
absl::Status AccountInfo(const ApiCall& call, JsonWriter& out);
// stream_api.cc
absl::Status StreamCreate(const ApiCall& call, JsonWriter& out);
absl::Status StreamUpdate(const ApiCall& call, JsonWriter& out);
absl::Status StreamInfo(const ApiCall& call, JsonWriter& out);
absl::Status StreamNames(const ApiCall& call, JsonWriter& out);
absl::Status StreamList(const ApiCall& call, JsonWriter& out);
absl::Status StreamDelete(const ApiCall& call, JsonWriter& out);
absl::Status StreamPurge(const ApiCall& call, JsonWriter& out);
// message_api.cc
absl::Status MessageGet(const ApiCall& call, JsonWriter& out);
absl::Status MessageDelete(const ApiCall& call, JsonWriter& out);
absl::Status DirectGet(const ApiCall& call, JsonWriter& out);
absl::Status DirectGetLast(const ApiCall& call, JsonWriter& out);
// consumer_api.cc
absl::Status ConsumerCreate(const ApiCall& call, JsonWriter& out);
absl::Status ConsumerCreateNamed(const ApiCall& call, JsonWriter& out);
absl::Status ConsumerCreateFiltered(const ApiCall& call, JsonWriter& out);
absl::Status ConsumerCreateDurable(const ApiCall& call, JsonWriter& out);
absl::Status ConsumerInfo(const ApiCall& call, JsonWriter& out);
absl::Status ConsumerNames(const ApiCall& call, JsonWriter& out);
absl::Status ConsumerList(const ApiCall& call, JsonWriter& out);
absl::Status ConsumerDelete(const ApiCall& call, JsonWriter& out);
absl::Status ConsumerNext(const ApiCall& call, JsonWriter& out);

}  // namespace braid::nats

#endif  // BRAID_PROTOCOL_NATS_API_H_
