// Streams: create, update, look, list, purge, delete.
#include <algorithm>
#include <limits>
#include <utility>

#include "engine/names.h"
#include "engine/subjects.h"
#include "engine/views.h"
#include "protocol/nats/api.h"
#include "protocol/nats/stream_config.h"
#include "protocol/nats/stream_info.h"

namespace braid::nats {
namespace {

constexpr int64_t kNamesPage = 1024;
constexpr int64_t kListPage = 256;
constexpr int64_t kSubjectsPage = 100'000;

struct StreamRequest : StreamConfig {
  template <class V, class Self>
  static void Visit(V& v, Self& m) {
    StreamConfig::Visit(v, m);
    v.OnlyDefault("pedantic", {"false"});
  }
};

struct InfoRequest {
  int64_t offset = 0;
  bool deleted_details = false;
  std::string subjects_filter;
  template <class V, class Self>
  static void Visit(V& v, Self& m) {
    v("offset", m.offset);
    v("deleted_details", m.deleted_details);
    v("subjects_filter", m.subjects_filter);
  }
};

struct PageRequest {
  int64_t offset = 0;
  std::string subject;  // streams that could capture this
  template <class V, class Self>
  static void Visit(V& v, Self& m) {
    v("offset", m.offset);
    v("subject", m.subject);
  }
};

struct PurgeRequest {
  std::string filter;
  int64_t seq = 0;   // purge below this; zero: no bound
  int64_t keep = 0;  // newest to keep
  template <class V, class Self>
  static void Visit(V& v, Self& m) {
    v("filter", m.filter);
    v("seq", m.seq);
    v("keep", m.keep);
  }
};

absl::StatusOr<StreamConfig> ReadConfig(const ApiCall& call) {
  StreamRequest request;
  JsonFaults faults;
  ReadJson(call.body, Strict::kYes, &request, &faults);
  if (absl::Status s = ApiCall::ToStatus(faults, ApiErrc::kStreamInvalidConfig); !s.ok()) return s;
  if (request.name != call.names[0]) return MakeApiError(ApiErrc::kStreamMismatch);
  return Complete(static_cast<StreamConfig&&>(request));
}

struct Named {
  std::string name;
  engine::StreamPtr stream;
};

bool Captures(const engine::StreamPtr& stream, std::string_view subject) {
  const StreamConfig config = ConfigOf(stream->identity(), stream->options());
  return std::any_of(config.subjects.begin(), config.subjects.end(),
                     [&](const std::string& mine) { return engine::Overlaps(mine, subject); });
}

// All streams, of whichever model, by name.
std::vector<Named> StreamsFor(const ApiCall& call, std::string_view subject) {
  std::vector<Named> streams;
  for (const engine::TopicPtr& topic : call.catalog().Topics()) {
    for (const engine::StreamPtr& stream : topic->partitions) {
      if (!subject.empty() && !Captures(stream, subject)) continue;
      streams.push_back({engine::JetStreamNameOf(stream->identity()), stream});
    }
  }
  std::sort(streams.begin(), streams.end(),
            [](const Named& a, const Named& b) { return a.name < b.name; });
  return streams;
}

// Writes total, offset and limit, and returns the page.
absl::Span<const Named> Page(const std::vector<Named>& all, int64_t offset, int64_t limit,
                             JsonWriter& out) {
  const auto total = static_cast<int64_t>(all.size());
  const int64_t begin = std::clamp<int64_t>(offset, 0, total);
  out("total", total);
  out("offset", begin);
  out("limit", limit);
  return absl::MakeConstSpan(all).subspan(static_cast<size_t>(begin), static_cast<size_t>(limit));
}

absl::StatusOr<PageRequest> ReadPage(const ApiCall& call) {
  PageRequest request;
  if (absl::Status s = call.Read(&request); !s.ok()) return s;
  if (!request.subject.empty() && !engine::IsValidSubject(request.subject)) {
    return MakeApiError(ApiErrc::kBadRequest);
  }
  return request;
}

}  // namespace

absl::Status StreamCreate(const ApiCall& call, JsonWriter& out) {
  const auto config = ReadConfig(call);
  if (!config.ok()) return config.status();
  if (engine::StreamPtr known = call.catalog().FindJetStream(config->name)) {
    if (ConfigOf(known->identity(), known->options()) != *config) {
      return MakeApiError(ApiErrc::kStreamNameExists);
    }
    out.Members(DescribeStream(*known));
    out("did_create", true);
    return absl::OkStatus();
  }
  const auto topic = call.catalog().CreateTopic(engine::Unescape(config->name), 1,
                                                ToStreamOptions(*config), call.writes());
  if (!topic.ok()) return topic.status();
  out.Members(DescribeStream(*(*topic)->partitions[0]));
  out("did_create", true);
  call.turn.After([jetstream = call.jetstream.shared_from_this(), name = config->name] {
    jetstream->AdviseStream("create", name);
  });
  return absl::OkStatus();
}

absl::Status StreamUpdate(const ApiCall& call, JsonWriter& out) {
  auto config = ReadConfig(call);
  if (!config.ok()) return config.status();
  const auto stream = call.Stream();
  if (!stream.ok()) return stream.status();
  const StreamOptions options = (*stream)->options();
  if (options.owner != Origin::kNats) {
    return MakeApiError(ApiErrc::kStreamInvalidConfig,
                        "the stream was created by another protocol and is configured there");
  }
  const StreamConfig current = ConfigOf((*stream)->identity(), options);
  if (absl::Status s = CheckUpdate(current, *config); !s.ok()) return s;
  if (absl::Status s = (*stream)->SetOptions(ToStreamOptions(*config), call.writes()); !s.ok()) {
    return s;
  }
  out.Members(DescribeStream(**stream));
  call.turn.After([jetstream = call.jetstream.shared_from_this(), name = config->name] {
    jetstream->AdviseStream("modify", name);
  });
  return absl::OkStatus();
}

absl::Status StreamInfo(const ApiCall& call, JsonWriter& out) {
  InfoRequest request;
  if (absl::Status s = call.Read(&request); !s.ok()) return s;
  const auto stream = call.Stream();
  if (!stream.ok()) return stream.status();
  StreamDescription description = DescribeStream(**stream);
  if (request.deleted_details) {
    const auto deleted = DeletedSequences(**stream);
    if (!deleted.ok()) return deleted.status();
    description.state.deleted = *deleted;
  }
  int64_t total = 0, limit = 0;
  const int64_t offset = std::max<int64_t>(0, request.offset);
  if (!request.subjects_filter.empty()) {
    if (!engine::IsValidFilter(request.subjects_filter)) return MakeApiError(ApiErrc::kBadRequest);
    const auto counts =
        (*stream)->SubjectCounts(request.subjects_filter, std::numeric_limits<int64_t>::max());
    total = static_cast<int64_t>(counts.size());
    limit = kSubjectsPage;
    for (int64_t i = offset; i < std::min(total, offset + limit); ++i) {
      description.state.subjects[counts[static_cast<size_t>(i)].first] =
          counts[static_cast<size_t>(i)].second;
    }
  }
  out("total", total);
  out("offset", total > 0 ? offset : 0);
  out("limit", limit);
  out.Members(description);
  return absl::OkStatus();
}

absl::Status StreamNames(const ApiCall& call, JsonWriter& out) {
  const auto request = ReadPage(call);
  if (!request.ok()) return request.status();
  const std::vector<Named> streams = StreamsFor(call, request->subject);
  std::vector<std::string> names;
  for (const Named& named : Page(streams, request->offset, kNamesPage, out)) {
    names.push_back(named.name);
  }
  if (names.empty()) {
    out.Raw("streams", "null");
  } else {
    out("streams", names);
  }
  return absl::OkStatus();
}

absl::Status StreamList(const ApiCall& call, JsonWriter& out) {
  const auto request = ReadPage(call);
  if (!request.ok()) return request.status();
  const std::vector<Named> streams = StreamsFor(call, request->subject);
  std::vector<StreamDescription> descriptions;
  for (const Named& named : Page(streams, request->offset, kListPage, out)) {
    descriptions.push_back(DescribeStream(*named.stream));
  }
  out("streams", descriptions);
  return absl::OkStatus();
}

absl::Status StreamDelete(const ApiCall& call, JsonWriter& out) {
  const auto stream = call.Stream();
  if (!stream.ok()) return stream.status();
  const engine::StreamIdentity& identity = (*stream)->identity();
  if (identity.partition_count > 1) {
    return MakeApiError(ApiErrc::kBadRequest,
                        "the stream is one partition of a topic and can not go alone");
  }
  if (absl::Status s = call.catalog().DeleteTopic(identity.topic.str(), call.writes()); !s.ok())
    return s;
  out("success", true);
  call.turn.After([jetstream = call.jetstream.shared_from_this(),
                   name = std::string(call.names[0])] { jetstream->AdviseStream("delete", name); });
  return absl::OkStatus();
}

absl::Status StreamPurge(const ApiCall& call, JsonWriter& out) {
  PurgeRequest request;
  if (absl::Status s = call.Read(&request); !s.ok()) return s;
  const auto stream = call.Stream();
  if (!stream.ok()) return stream.status();
  const StreamConfig config = ConfigOf((*stream)->identity(), (*stream)->options());
  if (config.sealed) return MakeApiError(ApiErrc::kSealed);
  if (config.deny_purge) return MakeApiError(ApiErrc::kPurge, "stream purge not permitted");
  if (request.seq < 0 || request.keep < 0 || (request.seq > 0 && request.keep > 0) ||
      (!request.filter.empty() && !engine::IsValidFilter(request.filter))) {
    return MakeApiError(ApiErrc::kBadRequest);
  }
  std::optional<Offset> end;
  if (request.seq > 0) end = request.seq - 1;
  const auto purged = (*stream)->Purge(request.filter, end, request.keep, call.writes());
  if (!purged.ok()) return purged.status();
  out("success", true);
  out("purged", *purged);
  return absl::OkStatus();
}

}  // namespace braid::nats
