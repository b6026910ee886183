// What JetStream does about publishing that no session does for itself.
#include "protocol/nats/headers.h"
#include "protocol/nats/jetstream.h"
#include "protocol/nats/json.h"
#include "protocol/nats/publication.h"

namespace braid::nats {
namespace {

constexpr int kIdLength = 22;

struct BatchAbandoned {
  std::string type = "io.nats.jetstream.advisory.v1.stream_batch_abandoned";
  std::string id;
  absl::Time timestamp;
  std::string stream;
  std::string batch;
  std::string reason;
  template <class V, class Self>
  static void Visit(V& v, Self& m) {
    v("type", m.type);
    v("id", m.id);
    v("timestamp", m.timestamp);
    v("stream", m.stream);
    v("batch", m.batch);
    v("reason", m.reason);
  }
};

}  // namespace

void JetStream::StartPublishing() {
  atomic_batches_ = std::make_shared<AtomicBatches>(
      catalog_, [weak = weak_from_this()](std::string_view stream, std::string_view batch,
                                          std::string_view reason) {
        if (const auto self = weak.lock()) self->AdviseBatchAbandoned(stream, batch, reason);
      });
  fast_batches_ = std::make_shared<FastBatches>(catalog_);
  catalog_.SetProducedHook([weak = weak_from_this()](const engine::StreamPtr& stream,
                                                     const engine::StoredRecord& record,
                                                     Offset previous) {
    if (const auto self = weak.lock()) self->RepublishProduced(stream, record, previous);
  });
}

void JetStream::AdviseBatchAbandoned(std::string_view stream, std::string_view batch,
                                     std::string_view reason) {
  const std::string subject = fmt::format("$JS.EVENT.ADVISORY.STREAM.BATCH_ABANDONED.{}", stream);
  if (!router_.HasInterest(subject)) return;
  BatchAbandoned advisory;
  advisory.id = NewName(kIdLength);
  advisory.timestamp = catalog_.Now();
  advisory.stream = std::string(stream);
  advisory.batch = std::string(batch);
  advisory.reason = std::string(reason);
  Publish(subject, WriteJson(advisory));
}

// Delete markers, and what schedules produce.
void JetStream::RepublishProduced(const engine::StreamPtr& stream,
                                  const engine::StoredRecord& record, Offset previous) {
  const StreamConfig config = ConfigOf(stream->identity(), stream->options());
  if (!config.republish.has_value()) return;
  const auto republish = Republish::Of(*config.republish);
  const std::string_view subject = record.key.value_or("");
  const auto to = republish == nullptr ? std::nullopt : republish->SubjectFor(subject);
  if (!to.has_value()) return;
  const Republish::Stored stored{.stream = config.name,
                                 .subject = subject,
                                 .offset = record.offset,
                                 .previous = previous,
                                 .timestamp_ms = record.timestamp_ms,
                                 .record = record};
  const std::string headers = republish->Headers(stored);
  Publisher publisher(router_, catalog_.Random());
  Message message;
  message.subject = *to;
  message.headers = headers;
  message.payload = republish->Payload(stored);
  publisher.Publish(message);
  publisher.Flush();
}

}  // namespace braid::nats
