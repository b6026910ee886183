// Consumers: create in its four forms, look, list, delete, and the pull request.
#include <algorithm>
#include <optional>
#include <utility>

#include "engine/subjects.h"
#include "engine/views.h"
#include "protocol/nats/api.h"
#include "protocol/nats/consumer_config.h"
#include "protocol/nats/consumer_info.h"
#include "protocol/nats/start_position.h"

namespace braid::nats {
namespace {

constexpr int64_t kNamesPage = 1024;
constexpr int64_t kListPage = 256;
constexpr int kEphemeralName = 8;

enum class CreateAction : uint8_t { kUpsert, kCreate, kUpdate };

constexpr EnumName<CreateAction> kActions[] = {{CreateAction::kUpsert, ""},
                                               {CreateAction::kCreate, "create"},
                                               {CreateAction::kUpdate, "update"}};
absl::Span<const EnumName<CreateAction>> EnumNames(CreateAction) {
  return kActions;
}

struct CreateRequest {
  std::string stream_name;
  ConsumerConfig config;
  CreateAction action = CreateAction::kUpsert;
  template <class V, class Self>
  static void Visit(V& v, Self& m) {
    v("stream_name", m.stream_name);
    v("config", m.config);
    v("action", m.action);
    v.OnlyDefault("pedantic", {"false"});
  }
};

struct PageRequest {
  int64_t offset = 0;
  template <class V, class Self>
  static void Visit(V& v, Self& m) {
    v("offset", m.offset);
    v.Ignored("subject");  // old clients send it empty
  }
};

absl::StatusOr<CreateRequest> ReadCreate(const ApiCall& call) {
  CreateRequest request;
  JsonFaults faults;
  ReadJson(call.body, Strict::kYes, &request, &faults);
  if (absl::Status s = ApiCall::ToStatus(faults, ApiErrc::kConsumerCreate); !s.ok()) return s;
  if (request.stream_name != call.names[0]) return MakeApiError(ApiErrc::kStreamMismatch);
  return request;
}

// A consumer of that name exists: it is left as it is, changed, or the request is refused.
absl::Status Update(const ApiCall& call, const engine::GroupPtr& group,
                    const ConsumerConfig& config, CreateAction action) {
  const ConsumerConfig current = ConfigOf(group->name(), group->options());
  if (current == config) return absl::OkStatus();
  if (action == CreateAction::kCreate) return MakeApiError(ApiErrc::kConsumerExists);
  const ConsumerPtr running = call.jetstream.FindRunning(group->id());
  if (current.deliver_subject != config.deliver_subject && running != nullptr &&
      running->push_bound()) {
    return MakeApiError(ApiErrc::kConsumerReplacement);
  }
  if (absl::Status s = CheckUpdate(current, config); !s.ok()) return s;
  GroupOptions options = ToGroupOptions(config);
  const GroupOptions old = group->options();
  options.start = old.start;
  options.start_offset = old.start_offset;
  if (absl::Status s = group->SetOptions(std::move(options), call.writes()); !s.ok()) return s;
  call.turn.After([running, config] {
    if (running != nullptr) running->Configure(config);
  });
  return absl::OkStatus();
}

absl::Status CheckCount(const engine::StreamPtr& stream) {
  const StreamConfig config = ConfigOf(stream->identity(), stream->options());
  const auto count = static_cast<int64_t>(stream->Groups(Origin::kNats).size());
  if (config.max_consumers > 0 && count >= config.max_consumers) {
    return MakeApiError(ApiErrc::kMaxConsumers);
  }
  return absl::OkStatus();
}

absl::StatusOr<engine::GroupPtr> Make(const ApiCall& call, const engine::StreamPtr& stream,
                                      const ConsumerConfig& config) {
  if (absl::Status s = CheckCount(stream); !s.ok()) return s;
  const auto start = FindStart(*stream, config);
  if (!start.ok()) return start.status();
  GroupOptions options = ToGroupOptions(config);
  options.start = StartAt::kOffset;
  options.start_offset = start->offset;
  auto group = stream->CreateGroup(config.name, std::move(options), call.writes());
  if (!group.ok()) return group.status();
  call.jetstream.Watch(*group);
  if (config.push() || config.inactive_threshold > absl::ZeroDuration()) {
    const ConsumerPtr running = call.jetstream.Run(*group, call.executor);
    running->SetPrelude(start->prelude);
    call.turn.After([running] { running->Start(); });
  }
  call.turn.After([jetstream = call.jetstream.shared_from_this(),
                   stream_name = engine::JetStreamNameOf(stream->identity()),
                   name = config.name] { jetstream->AdviseConsumer("create", stream_name, name); });
  return group;
}

absl::Status Create(const ApiCall& call, CreateRequest request, JsonWriter& out) {
  const auto stream = call.Stream();
  if (!stream.ok()) return stream.status();
  if (request.config.name.empty() && !request.config.durable()) {
    request.config.name = call.jetstream.NewName(kEphemeralName);
  }
  const StreamConfig stream_config = ConfigOf((*stream)->identity(), (*stream)->options());
  const auto config = Complete(std::move(request.config), stream_config.subjects);
  if (!config.ok()) return config.status();
  engine::GroupPtr group = (*stream)->FindGroup(Origin::kNats, config->name);
  if (group != nullptr) {
    if (absl::Status s = Update(call, group, *config, request.action); !s.ok()) return s;
  } else {
    if (request.action == CreateAction::kUpdate) {
      return MakeApiError(ApiErrc::kConsumerDoesNotExist);
    }
    auto made = Make(call, *stream, *config);
    if (!made.ok()) return made.status();
    group = *std::move(made);
  }
  out.Members(DescribeConsumer(call.jetstream, *group));
  return absl::OkStatus();
}

absl::StatusOr<engine::GroupPtr> FindGroup(const ApiCall& call) {
  const auto stream = call.Stream();
  if (!stream.ok()) return stream.status();
  engine::GroupPtr group = (*stream)->FindGroup(Origin::kNats, call.names[1]);
  if (group == nullptr) return MakeApiError(ApiErrc::kConsumerNotFound);
  return group;
}

// Writes total, offset and limit, and returns the page.
absl::StatusOr<std::vector<engine::GroupPtr>> Page(const ApiCall& call, int64_t limit,
                                                   JsonWriter& out) {
  PageRequest request;
  if (absl::Status s = call.Read(&request); !s.ok()) return s;
  const auto stream = call.Stream();
  if (!stream.ok()) return stream.status();
  std::vector<engine::GroupPtr> groups = (*stream)->Groups(Origin::kNats);
  const auto total = static_cast<int64_t>(groups.size());
  const int64_t begin = std::clamp<int64_t>(request.offset, 0, total);
  out("total", total);
  out("offset", begin);
  out("limit", limit);
  groups.erase(groups.begin(), groups.begin() + begin);
  if (static_cast<int64_t>(groups.size()) > limit) groups.resize(static_cast<size_t>(limit));
  return groups;
}

}  // namespace

// $JS.API.CONSUMER.CREATE.<stream>: an ephemeral without a name.
absl::Status ConsumerCreate(const ApiCall& call, JsonWriter& out) {
  auto request = ReadCreate(call);
  if (!request.ok()) return request.status();
  if (request->config.durable()) return MakeApiError(ApiErrc::kEphemeralWithDurable);
  return Create(call, *std::move(request), out);
}

// $JS.API.CONSUMER.CREATE.<stream>.<consumer>
absl::Status ConsumerCreateNamed(const ApiCall& call, JsonWriter& out) {
  auto request = ReadCreate(call);
  if (!request.ok()) return request.status();
  ConsumerConfig& config = request->config;
  const std::string& named = config.durable() ? config.durable_name : config.name;
  if (!named.empty() && named != call.names[1]) return MakeApiError(ApiErrc::kDurableMismatch);
  if (config.name.empty()) config.name = std::string(call.names[1]);
  return Create(call, *std::move(request), out);
}

// $JS.API.CONSUMER.CREATE.<stream>.<consumer>.<filter>
absl::Status ConsumerCreateFiltered(const ApiCall& call, JsonWriter& out) {
  const auto request = ReadCreate(call);
  if (!request.ok()) return request.status();
  if (request->config.filter_subjects.size() > 1) {
    return MakeApiError(ApiErrc::kMultipleFiltersInSubject);
  }
  if (request->config.filter_subject != call.names[2]) {
    return MakeApiError(ApiErrc::kCreateFilterMismatch);
  }
  return ConsumerCreateNamed(call, out);
}

// $JS.API.CONSUMER.DURABLE.CREATE.<stream>.<consumer>
absl::Status ConsumerCreateDurable(const ApiCall& call, JsonWriter& out) {
  const auto request = ReadCreate(call);
  if (!request.ok()) return request.status();
  if (!request->config.durable()) return MakeApiError(ApiErrc::kDurableNotSet);
  return ConsumerCreateNamed(call, out);
}

absl::Status ConsumerInfo(const ApiCall& call, JsonWriter& out) {
  const auto group = FindGroup(call);
  if (!group.ok()) return group.status();
  out.Members(DescribeConsumer(call.jetstream, **group));
  return absl::OkStatus();
}

absl::Status ConsumerNames(const ApiCall& call, JsonWriter& out) {
  const auto groups = Page(call, kNamesPage, out);
  if (!groups.ok()) return groups.status();
  std::vector<std::string> names;
  for (const engine::GroupPtr& group : *groups) names.push_back(group->name());
  out("consumers", names);
  return absl::OkStatus();
}

absl::Status ConsumerList(const ApiCall& call, JsonWriter& out) {
  const auto groups = Page(call, kListPage, out);
  if (!groups.ok()) return groups.status();
  std::vector<ConsumerDescription> descriptions;
  for (const engine::GroupPtr& group : *groups) {
    descriptions.push_back(DescribeConsumer(call.jetstream, *group));
  }
  out("consumers", descriptions);
  return absl::OkStatus();
}

absl::Status ConsumerDelete(const ApiCall& call, JsonWriter& out) {
  const auto stream = call.Stream();
  if (!stream.ok()) return stream.status();
  const auto deleted = call.jetstream.DeleteConsumer(*stream, call.names[1], call.writes());
  if (!deleted.ok()) return deleted.status();
  if (!*deleted) return MakeApiError(ApiErrc::kConsumerNotFound);
  out("success", true);
  call.turn.After([jetstream = call.jetstream.shared_from_this(),
                   stream_name = std::string(call.names[0]), name = std::string(call.names[1])] {
    jetstream->AdviseConsumer("delete", stream_name, name);
  });
  return absl::OkStatus();
}

absl::Status ConsumerNext(const ApiCall& call, JsonWriter&) {
  const auto group = FindGroup(call);
  if (!group.ok()) return group.status();
  if (call.reply.empty()) return absl::OkStatus();
  auto request = ParsePullRequest(call.body);
  if (!request.ok()) {
    const absl::string_view text = request.status().message();
    call.turn.Reply(call.reply, StatusBlock(400, {text.data(), text.size()}), {});
    return absl::OkStatus();
  }
  request->reply = std::string(call.reply);
  const ConsumerPtr running = call.jetstream.Run(*group, call.executor);
  call.turn.After([running, request = *std::move(request)] { running->Pull(request); });
  return absl::OkStatus();
}

}  // namespace braid::nats
