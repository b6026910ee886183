// Single messages: get and delete through the API, and direct get.
#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "engine/subjects.h"
#include "engine/views.h"
#include "protocol/nats/api.h"
#include "protocol/nats/stream_config.h"

namespace braid::nats {
namespace {

constexpr int64_t kScanRecords = 512;  // read at once when looking for a subject

struct GetRequest {
  int64_t seq = 0;
  std::string last_by_subj;
  std::string next_by_subj;
  std::optional<absl::Time> start_time;
  bool no_hdr = false;

  bool empty() const {
    return seq == 0 && last_by_subj.empty() && next_by_subj.empty() && !start_time;
  }
  template <class V, class Self>
  static void Visit(V& v, Self& m) {
    v("seq", m.seq);
    v("last_by_subj", m.last_by_subj);
    v("next_by_subj", m.next_by_subj);
    v("start_time", m.start_time);
    v("no_hdr", m.no_hdr);
    v.OnlyDefault("batch", {"0"});
    v.OnlyDefault("max_bytes", {"0"});
    v.OnlyDefault("multi_last", {"[]"});
    v.OnlyDefault("up_to_seq", {"0"});
    v.OnlyDefault("up_to_time", {});
  }
};

struct DeleteRequest {
  int64_t seq = 0;
  bool no_erase = false;  // nothing is ever overwritten in place: both forms are the same here
  template <class V, class Self>
  static void Visit(V& v, Self& m) {
    v("seq", m.seq);
    v("no_erase", m.no_erase);
  }
};

struct StoredMessage {
  std::string subject;
  int64_t seq = 0;
  std::string hdrs;  // base64
  std::string data;  // base64
  absl::Time time;

  template <class V, class Self>
  static void Visit(V& v, Self& m) {
    v("subject", m.subject);
    v("seq", m.seq);
    v("hdrs", m.hdrs, Show::kIfSet);
    v("data", m.data, Show::kIfSet);
    v("time", m.time);
  }
};

std::string Base64Of(std::string_view bytes) {
  return absl::Base64Escape(absl::string_view(bytes.data(), bytes.size()));
}

absl::Status NoMessage() {
  return MakeApiError(ApiErrc::kNoMessage);
}

// First record from `begin` on whose subject `filter` matches.
absl::StatusOr<engine::StoredRecord> FindNext(engine::Stream& stream, Offset begin,
                                              std::string_view filter) {
  const std::vector<std::string> subjects = stream.options().subjects;
  engine::RecordRange range;
  range.max_records = kScanRecords;
  range.begin = std::max<Offset>(begin, stream.start_offset());
  while (true) {
    auto records = stream.Read(range);
    if (!records.ok()) return records.status();
    if (records->empty()) return NoMessage();
    for (engine::StoredRecord& record : *records) {
      if (filter.empty() ||
          engine::Matches(filter, engine::SubjectOf(record, stream.identity(), subjects))) {
        return std::move(record);
      }
    }
    range.begin = records->back().offset + 1;
  }
}

absl::StatusOr<engine::StoredRecord> ScanForLast(engine::Stream& stream, std::string_view filter) {
  const std::vector<std::string> subjects = stream.options().subjects;
  engine::RecordRange range;
  range.max_records = kScanRecords;
  range.reverse = true;
  while (true) {
    auto records = stream.Read(range);
    if (!records.ok()) return records.status();
    if (records->empty()) return NoMessage();
    for (engine::StoredRecord& record : *records) {
      if (engine::Matches(filter, engine::SubjectOf(record, stream.identity(), subjects))) {
        return std::move(record);
      }
    }
    range.end = records->back().offset;
  }
}

absl::StatusOr<engine::StoredRecord> FindLast(engine::Stream& stream, std::string_view filter) {
  const bool indexed = !stream.options().subjects.empty() && !engine::HasWildcard(filter);
  return indexed ? stream.ReadLast(filter) : ScanForLast(stream, filter);
}

// The message a get request names. kNoMessage, kBadRequest.
absl::StatusOr<engine::StoredRecord> Find(engine::Stream& stream, const GetRequest& request) {
  if (request.seq < 0 ||
      (!request.last_by_subj.empty() && (!request.next_by_subj.empty() || request.seq > 0))) {
    return MakeApiError(ApiErrc::kBadRequest);
  }
  for (const std::string* filter : {&request.last_by_subj, &request.next_by_subj}) {
    if (!filter->empty() && !engine::IsValidFilter(*filter)) {
      return MakeApiError(ApiErrc::kBadRequest);
    }
  }
  if (!request.last_by_subj.empty()) return FindLast(stream, request.last_by_subj);
  if (request.start_time) {
    if (request.seq > 0) return MakeApiError(ApiErrc::kBadRequest);
    // Times are kept in whole milliseconds: a message of the same one is not before it.
    const auto at = stream.FindTime(absl::ToUnixMillis(*request.start_time));
    if (!at.ok()) return at.status();
    if (!*at) return NoMessage();
    return FindNext(stream, (*at)->offset, request.next_by_subj);
  }
  const Offset begin = std::max<int64_t>(1, request.seq) - 1;
  if (!request.next_by_subj.empty()) return FindNext(stream, begin, request.next_by_subj);
  return stream.ReadOne(begin);
}

// --- Direct get
// ----------------------------------------------------------------------------------------

absl::Status ReplyStatus(const ApiCall& call, int code, std::string_view text) {
  call.turn.Reply(call.reply, StatusBlock(code, text), {});
  return absl::OkStatus();
}

// A direct get is answered by streams that allow it; elsewhere nobody listens.
engine::StreamPtr FindDirect(const ApiCall& call) {
  engine::StreamPtr stream = call.catalog().FindJetStream(call.names[0]);
  if (stream == nullptr || !ConfigOf(stream->identity(), stream->options()).allow_direct) {
    return nullptr;
  }
  return stream;
}

absl::Status ReplyDirect(const ApiCall& call, engine::Stream& stream, const GetRequest& request) {
  const auto found = Find(stream, request);
  if (!found.ok()) {
    const ApiError error = ToApiError(found.status());
    if (error.err_code == static_cast<int64_t>(ApiErrc::kBadRequest)) {
      return ReplyStatus(call, 408, "Bad Request");
    }
    return ReplyStatus(call, 404, "Message Not Found");
  }
  std::string time;
  AppendJsonTime(absl::FromUnixMillis(found->timestamp_ms), &time);
  std::string block(kHeaderLine);
  if (!request.no_hdr) {
    for (const HeaderView& header : found->headers) {
      AppendHeaderLine(header.key, header.value.value_or(""), &block);
    }
  }
  AppendHeaderLine("Nats-Stream", call.names[0], &block);
  AppendHeaderLine("Nats-Subject",
                   engine::SubjectOf(*found, stream.identity(), stream.options().subjects), &block);
  AppendHeaderLine("Nats-Sequence", fmt::format("{}", found->offset + 1), &block);
  AppendHeaderLine("Nats-Time-Stamp", std::string_view(time).substr(1, time.size() - 2), &block);
  block.append("\r\n");
  call.turn.Reply(call.reply, block, engine::PayloadOf(*found).view());
  return absl::OkStatus();
}

}  // namespace

absl::Status MessageGet(const ApiCall& call, JsonWriter& out) {
  GetRequest request;
  if (absl::Status s = call.Read(&request); !s.ok()) return s;
  const auto stream = call.Stream();
  if (!stream.ok()) return stream.status();
  if (request.empty()) return MakeApiError(ApiErrc::kBadRequest);
  const auto found = Find(**stream, request);
  if (!found.ok()) return found.status();
  StoredMessage message;
  message.subject = engine::SubjectOf(*found, (*stream)->identity(), (*stream)->options().subjects);
  message.seq = found->offset + 1;
  if (!request.no_hdr) message.hdrs = Base64Of(HeaderBlock(found->headers));
  message.data = Base64Of(engine::PayloadOf(*found).view());
  message.time = absl::FromUnixMillis(found->timestamp_ms);
  out("message", message);
  return absl::OkStatus();
}

absl::Status MessageDelete(const ApiCall& call, JsonWriter& out) {
  DeleteRequest request;
  if (absl::Status s = call.Read(&request); !s.ok()) return s;
  const auto stream = call.Stream();
  if (!stream.ok()) return stream.status();
  if (request.seq <= 0) return MakeApiError(ApiErrc::kBadRequest);
  const StreamConfig config = ConfigOf((*stream)->identity(), (*stream)->options());
  if (config.sealed) return MakeApiError(ApiErrc::kSealed);
  if (config.deny_delete) {
    return MakeApiError(ApiErrc::kMessageDelete, "message delete not permitted");
  }
  const Offset offsets[] = {request.seq - 1};
  const auto deleted = (*stream)->Delete(offsets, call.writes());
  if (!deleted.ok()) return deleted.status();
  if (*deleted == 0) {
    return MakeApiError(ApiErrc::kSequenceNotFound, fmt::format("{}", request.seq));
  }
  out("success", true);
  return absl::OkStatus();
}

absl::Status DirectGet(const ApiCall& call, JsonWriter&) {
  if (call.reply.empty()) return absl::OkStatus();
  const engine::StreamPtr stream = FindDirect(call);
  if (stream == nullptr) return NoMessage();
  if (call.body.empty()) return ReplyStatus(call, 408, "Empty Request");
  GetRequest request;
  if (const absl::Status s = call.Read(&request); !s.ok()) {
    const bool unreadable = ToApiError(s).err_code == static_cast<int64_t>(ApiErrc::kInvalidJson);
    return ReplyStatus(call, 408, unreadable ? "Malformed Request" : "Bad Request");
  }
  if (request.empty()) return ReplyStatus(call, 408, "Empty Request");
  return ReplyDirect(call, *stream, request);
}

absl::Status DirectGetLast(const ApiCall& call, JsonWriter&) {
  if (call.reply.empty()) return absl::OkStatus();
  const engine::StreamPtr stream = FindDirect(call);
  if (stream == nullptr) return NoMessage();
  if (!call.body.empty()) return ReplyStatus(call, 408, "Bad Request");
  GetRequest request;
  request.last_by_subj = std::string(call.names[1]);
  return ReplyDirect(call, *stream, request);
}

}  // namespace braid::nats
