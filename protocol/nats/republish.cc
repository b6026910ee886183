#include "protocol/nats/republish.h"

#include <utility>

#include "protocol/nats/headers.h"
#include "protocol/nats/json.h"

namespace braid::nats {

std::shared_ptr<const Republish> Republish::Of(const RepublishConfig& config) {
  auto transform = engine::SubjectTransform::Make(config.src, config.dest);
  if (!transform.ok()) return nullptr;
  return std::shared_ptr<const Republish>(
      new Republish(*std::move(transform), config.headers_only));
}

std::string Republish::Headers(const Stored& stored) const {
  std::string block(kHeaderLine);
  for (const HeaderView& header : stored.record.headers) {
    AppendHeaderLine(header.key, header.value.value_or(""), &block);
  }
  std::string time;
  AppendJsonTime(absl::FromUnixMillis(stored.timestamp_ms), &time);
  AppendHeaderLine("Nats-Stream", stored.stream, &block);
  AppendHeaderLine("Nats-Subject", stored.subject, &block);
  AppendHeaderLine("Nats-Sequence", fmt::format("{}", stored.offset + 1), &block);
  AppendHeaderLine("Nats-Time-Stamp", std::string_view(time).substr(1, time.size() - 2), &block);
  AppendHeaderLine("Nats-Last-Sequence", fmt::format("{}", stored.previous + 1), &block);
  if (headers_only_) {
    AppendHeaderLine("Nats-Msg-Size", fmt::format("{}", stored.record.value.value_or("").size()),
                     &block);
  }
  return block.append("\r\n");
}

std::string_view Republish::Payload(const Stored& stored) const {
  return headers_only_ ? std::string_view() : stored.record.value.value_or("");
}

}  // namespace braid::nats
