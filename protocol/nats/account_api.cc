// The account: there is one, without limits.
#include "protocol/nats/api.h"

namespace braid::nats {
namespace {

struct AccountLimits {
  template <class V, class Self>
  static void Visit(V& v, Self&) {
    const int64_t none = -1;
    v("max_memory", none);
    v("max_storage", none);
    v("max_streams", none);
    v("max_consumers", none);
    v("max_ack_pending", none);
    v("memory_max_stream_bytes", none);
    v("storage_max_stream_bytes", none);
    v("max_bytes_required", false);
  }
};

struct ApiNumbers {
  int64_t total = 0;
  int64_t errors = 0;
  template <class V, class Self>
  static void Visit(V& v, Self& m) {
    v("total", m.total);
    v("errors", m.errors);
  }
};

}  // namespace

absl::Status AccountInfo(const ApiCall& call, JsonWriter& out) {
  int64_t storage = 0, streams = 0, consumers = 0;
  for (const engine::TopicPtr& topic : call.catalog().Topics()) {
    for (const engine::StreamPtr& stream : topic->partitions) {
      storage += stream->State().record_bytes;
      consumers += static_cast<int64_t>(stream->Groups(Origin::kNats).size());
      ++streams;
    }
  }
  out("memory", int64_t{0});
  out("storage", storage);
  out("streams", streams);
  out("consumers", consumers);
  out("limits", AccountLimits());
  ApiNumbers numbers;
  numbers.total = call.jetstream.api_requests;
  numbers.errors = call.jetstream.api_errors;
  out("api", numbers);
  return absl::OkStatus();
}

}  // namespace braid::nats
