#include "engine/catalog.h"

#include <algorithm>
#include <charconv>
#include <random>
#include <utility>

#include "absl/strings/str_cat.h"
#include "braid/error.h"
#include "engine/definitions.h"
#include "engine/journal.h"
#include "engine/keys.h"
#include "engine/names.h"
#include "engine/recovery.h"
#include "engine/stream_parts.h"
#include "engine/subject_cache.h"
#include "engine/subjects.h"
#include "engine/transactions.h"
#include "engine/values.h"
#include "engine/views.h"
#include "storage/log.h"

namespace braid::engine {
namespace {

constexpr int kMaxPartitions = 10000;
constexpr size_t kMaxNameBytes = 4096;
constexpr int64_t kPublicIdBlock = 1000;  // public ids taken from the journal at once

uint64_t EntropySeed() {
  std::random_device device;
  return (uint64_t{device()} << 32) ^ device();
}

// splitmix64: one add and three mixes; good enough for ids and jitter, and the same on every
// machine.
uint64_t NextRandom(uint64_t& state) {
  uint64_t z = (state += 0x9e3779b97f4a7c15);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

}  // namespace

Catalog::Catalog(EngineOptions options)
    : options_(std::move(options)),
      block_cache_(options_.decoded_cache_bytes),
      segment_pool_(std::make_shared<storage::SegmentPool>(
          static_cast<size_t>(std::max<int64_t>(1, options_.open_segments)))),
      tail_budget_(std::make_shared<storage::TailBudget>(options_.total_tail_cache_bytes)),
      subject_cache_(std::make_unique<SubjectCache>()) {
  clock_ = options_.clock != nullptr ? options_.clock : &Clock::System();
  random_state_ = options_.seed != 0 ? options_.seed : EntropySeed();
  transactions_ = std::make_unique<Transactions>(*this);
  values_ = std::make_unique<Values>(*this);
}

absl::StatusOr<std::unique_ptr<Catalog>> Catalog::Open(EngineOptions options) {
  std::unique_ptr<Catalog> catalog(new Catalog(std::move(options)));
  if (absl::Status s = Recovery(*catalog).Run(); !s.ok()) return s;
  return catalog;
}

Catalog::~Catalog() {
  timers_.SetEarlierHook({});
  if (journal_ == nullptr) return;
  for (const TopicPtr& topic : AllTopics()) {
    for (const StreamPtr& stream : topic->partitions) stream->Flush().IgnoreError();
  }
  journal_->Flush().IgnoreError();
  if (options_.durability == Durability::kSync) Flush().IgnoreError();
  RemoveDeleted();
  for (const TopicPtr& topic : AllTopics()) {
    for (const StreamPtr& stream : topic->partitions) stream->Close(/*erased=*/false);
  }
}

uint64_t Catalog::Random() {
  absl::MutexLock lock(&random_mu_);
  return NextRandom(random_state_);
}

// --- Topics ---

absl::StatusOr<StreamPtr> Catalog::MakeStream(StreamIdentity identity,
                                              const StreamOptions& options) {
  storage::LogOptions log_options;
  log_options.segment_bytes = SegmentBytesOf(options_, options);
  log_options.segment_pool = segment_pool_;
  log_options.tail_budget = tail_budget_;
  log_options.tail_cache_bytes = options_.tail_cache_bytes;
  storage::RecoveryReport report;
  auto log = storage::Log::Open(*filesystem_, StreamDir(options_, identity), log_options, &report);
  if (!log.ok()) return log.status();
  if (report.torn_bytes > 0) {
    recovery_notes_.push_back(absl::StrCat(identity.topic.str(), ":", identity.partition, ": cut ",
                                           report.torn_bytes, " bytes torn off the end"));
  }
  for (const std::string& damage : report.damage) recovery_notes_.push_back(damage);
  lost_at_open_ = std::move(report.lost);
  return std::make_shared<Stream>(this, std::move(identity), options, *std::move(log));
}

absl::StatusOr<TopicPtr> Catalog::CreateTopic(std::string_view name, int partitions,
                                              StreamOptions options, Writes& writes) {
  if (IsPrivate(name)) return MakeError(Errc::kInvalidName, "the name begins with reserved bytes");
  return AddTopic(name, partitions, std::move(options), writes);
}

absl::StatusOr<TopicPtr> Catalog::CreatePrivateTopic(std::string_view name, StreamOptions options,
                                                     Writes& writes) {
  if (!IsPrivate(name)) return MakeError(Errc::kInvalidName, "the name is not a private one");
  return AddTopic(name, 1, std::move(options), writes);
}

absl::StatusOr<TopicPtr> Catalog::AddTopic(std::string_view name, int partitions,
                                           StreamOptions options, Writes& writes) {
  if (name.size() > kMaxNameBytes) return MakeError(Errc::kInvalidName, "the name is too long");
  if (partitions < 1 || partitions > kMaxPartitions) {
    return MakeError(Errc::kInvalidArgument, "partitions must be 1 to 10000");
  }
  // What has expired is in nobody's way, whether its timer has run or not.
  const auto expired = [this](const Topic& topic) { return Expired(topic); };
  if (DeleteTopicIf(name, expired, writes).ok()) SayExpired(std::string(name));
  absl::MutexLock one_at_a_time(&definition_mu_);
  if (absl::Status s = CheckSubjects(name, options); !s.ok()) return s;
  auto topic = std::make_shared<Topic>();
  topic->name = name;
  const uint64_t random[2] = {Random(), Random()};
  std::copy_n(reinterpret_cast<const uint8_t*>(random), topic->uuid.size(), topic->uuid.begin());
  std::vector<WaiterPtr> wake;
  {
    absl::MutexLock lock(&mu_);
    if (topics_.contains(name)) return MakeError(Errc::kStreamExists, "the name is taken");
    if (absl::Status s = MakeStreams(*topic, 0, partitions, options); !s.ok()) return s;
    EmitTopic(*topic);
    InstallTopic(topic);
    wake = topic_waiters_.Take();
  }
  writes.TouchJournal();
  TopicsChanged(std::move(wake));
  return topic;
}

absl::Status Catalog::MakeStreams(Topic& topic, int from, int count, const StreamOptions& options) {
  for (int i = from; i < count; ++i) {
    auto stream = MakeStream(
        {.id = next_object_id_++,
         .topic = topic.name,
         .partition = i,
         .partition_count = count,
         .created = Now(),
         .birth_name = topic.partitions.empty() ? topic.name
                                                : topic.partitions.front()->identity().birth_name},
        options);
    if (!stream.ok()) return stream.status();
    topic.partitions.push_back(*std::move(stream));
  }
  return absl::OkStatus();
}

absl::StatusOr<TopicPtr> Catalog::AddPartitions(std::string_view name, int partitions,
                                                Writes& writes) {
  absl::MutexLock one_at_a_time(&definition_mu_);
  std::shared_ptr<Topic> grown;
  std::vector<WaiterPtr> wake;
  {
    absl::MutexLock lock(&mu_);
    auto it = topics_.find(name);
    if (it == topics_.end()) return MakeError(Errc::kStreamNotFound, "there is no such stream");
    grown = std::make_shared<Topic>(*it->second);
    const int before = static_cast<int>(grown->partitions.size());
    if (partitions <= before || partitions > kMaxPartitions) {
      return MakeError(Errc::kInvalidArgument, "partitions only grow, up to 10000");
    }
    const StreamOptions options = grown->partitions.front()->options();
    if (absl::Status s = MakeStreams(*grown, before, partitions, options); !s.ok()) return s;
    for (int i = 0; i < before; ++i) {
      grown->partitions[static_cast<size_t>(i)]->identity_.partition_count = partitions;
    }
    EmitTopic(*grown);
    InstallTopic(grown);
    wake = topic_waiters_.Take();
  }
  writes.TouchJournal();
  TopicsChanged(std::move(wake));
  return grown;
}

absl::Status Catalog::SetOptions(absl::Span<const StreamPtr> streams, const StreamOptions& options,
                                 Writes& writes) {
  absl::MutexLock one_at_a_time(&definition_mu_);
  if (absl::Status s = CheckSubjects(streams.front()->identity().topic.str(), options); !s.ok())
    return s;
  for (const StreamPtr& stream : streams) {
    if (absl::Status s = stream->BeforeOptions(); !s.ok()) return s;
  }
  // The journal has the limits before anything that follows from them.
  JournalOptions(streams, options);
  for (const StreamPtr& stream : streams) {
    if (absl::Status s = stream->AdoptOptions(options); !s.ok()) return s;
  }
  writes.TouchJournal();
  return absl::OkStatus();
}

void Catalog::InstallTopic(TopicPtr topic) {
  topics_[topic->name] = std::move(topic);
}

void Catalog::TopicsChanged(std::vector<WaiterPtr> wake) {
  topics_version_.fetch_add(1);
  WakeAll(std::move(wake));
}

TopicPtr Catalog::FindTopic(std::string_view name) const {
  return IsPrivate(name) ? nullptr : FindAny(name);
}

TopicPtr Catalog::FindAny(std::string_view name) const {
  absl::ReaderMutexLock lock(&mu_);
  auto it = topics_.find(name);
  return it == topics_.end() || Expired(*it->second) ? nullptr : it->second;
}

TopicPtr Catalog::FindTopic(const std::array<uint8_t, 16>& uuid) const {
  absl::ReaderMutexLock lock(&mu_);
  for (const auto& [name, topic] : topics_) {
    if (topic->uuid == uuid && !IsPrivate(name) && !Expired(*topic)) return topic;
  }
  return nullptr;
}

absl::Status Catalog::DeleteTopic(std::string_view name, Writes& writes) {
  return DeleteTopicIf(
      name, [](const Topic&) { return true; }, writes);
}

absl::Status Catalog::DeleteTopicIf(std::string_view name,
                                    absl::FunctionRef<bool(const Topic&)> wanted, Writes& writes) {
  TopicPtr topic;
  std::vector<WaiterPtr> wake;
  {
    absl::MutexLock lock(&mu_);
    auto it = topics_.find(name);
    if (it == topics_.end() || !wanted(*it->second)) {
      return MakeError(Errc::kStreamNotFound, "there is no such stream");
    }
    topic = it->second;
    topics_.erase(it);
    journal_->Erase(keys::Of(keys::kTopic, name));
    wake = topic_waiters_.Take();
  }
  writes.TouchJournal();
  absl::Status written = journal_->Flush();
  Retire({topic}, written);
  TopicsChanged(std::move(wake));
  return written;
}

void Catalog::Retire(const std::vector<TopicPtr>& topics, const absl::Status& written) {
  for (const TopicPtr& topic : topics) {
    DisarmExpiry(*topic->partitions.front());
    for (const StreamPtr& stream : topic->partitions) stream->Close(/*erased=*/written.ok());
    if (!written.ok()) continue;
    // The files go only once the journal says so for good: a topic must not come back empty.
    absl::MutexLock lock(&commit_mu_);
    for (const StreamPtr& stream : topic->partitions) {
      deleted_dirs_.push_back(StreamDir(options_, stream->identity()));
    }
  }
  if (in_memory()) {
    RemoveDeleted();
  } else {
    timers_.Add(Now(), [this] { RemoveDeleted(); });
  }
}

std::vector<TopicPtr> Catalog::AllTopics() const {
  absl::ReaderMutexLock lock(&mu_);
  std::vector<TopicPtr> out;
  out.reserve(topics_.size());
  for (const auto& [name, topic] : topics_) out.push_back(topic);
  return out;
}

std::vector<TopicPtr> Catalog::Topics() const {
  std::vector<TopicPtr> topics = AllTopics();
  std::erase_if(
      topics, [this](const TopicPtr& topic) { return IsPrivate(topic->name) || Expired(*topic); });
  return topics;
}

void Catalog::WaitTopics(WaiterPtr waiter) {
  absl::MutexLock lock(&mu_);
  topic_waiters_.Add(std::move(waiter));
}

TopicDefinition Catalog::DefinitionOf(const Topic& topic) {
  TopicDefinition definition;
  definition.uuid = topic.uuid;
  const Stream& first = *topic.partitions.front();
  definition.created = first.identity().created;
  definition.expiry_ms = first.expiry_ms();
  if (first.identity().birth_name != topic.name)
    definition.birth_name = first.identity().birth_name;
  for (const StreamPtr& stream : topic.partitions) {
    definition.stream_ids.push_back(stream->identity().id);
    definition.options.push_back(stream->options());
  }
  return definition;
}

void Catalog::EmitTopic(const Topic& topic) {
  journal_->Put(keys::Of(keys::kTopic, topic.name), EncodeTopic(DefinitionOf(topic)));
}

void Catalog::JournalOptions(absl::Span<const StreamPtr> streams, const StreamOptions& options) {
  absl::MutexLock lock(&mu_);
  auto it = topics_.find(streams.front()->identity().topic.str());
  if (it == topics_.end()) return;
  TopicDefinition definition = DefinitionOf(*it->second);
  for (const StreamPtr& stream : streams) {
    const auto partition = static_cast<size_t>(stream->identity().partition);
    const std::vector<StreamPtr>& now = it->second->partitions;
    if (partition >= now.size() || now[partition] != stream) return;  // deleted, perhaps made anew
    definition.options[partition] = options;
  }
  journal_->Put(keys::Of(keys::kTopic, it->first), EncodeTopic(definition));
  topics_version_.fetch_add(1);
}

// --- Views ---

StreamPtr Catalog::FindKafka(std::string_view topic, int partition) const {
  TopicPtr found = FindTopic(topic);
  if (found == nullptr) found = FindTopic(Unescape(topic));
  if (found == nullptr || partition < 0 ||
      partition >= static_cast<int>(found->partitions.size())) {
    return nullptr;
  }
  return found->partitions[static_cast<size_t>(partition)];
}

// "name", or "name<separator>N" of a topic with several partitions.
StreamPtr Catalog::FindView(std::string_view name, char separator) const {
  if (TopicPtr topic = FindTopic(name); topic != nullptr && topic->partitions.size() == 1) {
    return topic->partitions.front();
  }
  const size_t cut = name.rfind(separator);
  if (cut == std::string_view::npos) return nullptr;
  int partition = 0;
  const std::string_view digits = name.substr(cut + 1);
  std::from_chars(digits.data(), digits.data() + digits.size(), partition);
  if (absl::StrCat(partition) != digits) return nullptr;
  const TopicPtr topic = FindTopic(name.substr(0, cut));
  if (topic == nullptr || topic->partitions.size() == 1 || partition < 0 ||
      partition >= static_cast<int>(topic->partitions.size())) {
    return nullptr;
  }
  return topic->partitions[static_cast<size_t>(partition)];
}

StreamPtr Catalog::FindRedis(int database, std::string_view key) const {
  if (database == 0) return FindView(key, ':');
  const TopicPtr topic = FindAny(CanonicalName(database, key));
  return topic == nullptr ? nullptr : topic->partitions.front();
}

StreamPtr Catalog::FindJetStream(std::string_view name) const {
  if (StreamPtr stream = FindView(Unescape(name), '-'); stream != nullptr) {
    // Only the one spelling: an escape that was not needed names nothing.
    if (JetStreamNameOf(stream->identity()) == name) return stream;
  }
  return nullptr;
}

StreamPtr Catalog::FindBySubject(std::string_view subject) const {
  // Requests, acknowledgements and their answers are not messages to keep; $KV. and $O. are.
  for (const std::string_view reserved : {"$JS.", "$SYS.", "_INBOX."}) {
    if (subject.starts_with(reserved)) return nullptr;
  }
  if (subject.empty()) return nullptr;
  const uint64_t version = topics_version_.load();
  if (std::optional<StreamPtr> known = subject_cache_->Find(subject, version)) return *known;
  StreamPtr found = LookUpSubject(subject);
  subject_cache_->Put(subject, version, found);
  return found;
}

StreamPtr Catalog::LookUpSubject(std::string_view subject) const {
  for (const TopicPtr& topic : Topics()) {
    for (const StreamPtr& stream : topic->partitions) {
      for (const std::string& pattern : stream->options().subjects) {
        if (Matches(pattern, subject)) return stream;
      }
    }
  }
  // By name: the subject itself, or its first tokens, as a stream without subjects of its own.
  for (size_t end = subject.size(); end != std::string_view::npos && end > 0;
       end = subject.rfind('.', end - 1)) {
    const std::string_view prefix = subject.substr(0, end);
    StreamPtr stream = FindView(prefix, '-');
    if (stream == nullptr) stream = FindJetStream(prefix);
    if (stream != nullptr && stream->options().subjects.empty()) {
      for (const std::string& implicit : ImplicitSubjects(stream->identity())) {
        if (Matches(implicit, subject)) return stream;
      }
    }
  }
  return nullptr;
}

absl::Status Catalog::CheckSubjects(std::string_view name, const StreamOptions& options) const {
  if (options.subjects.empty()) return absl::OkStatus();
  for (const TopicPtr& topic : Topics()) {
    if (topic->name == name) continue;
    for (const std::string& theirs : topic->partitions.front()->options().subjects) {
      for (const std::string& mine : options.subjects) {
        if (Overlaps(mine, theirs)) {
          return MakeError(Errc::kSubjectOverlap, "subjects overlap with an existing stream");
        }
      }
    }
  }
  return absl::OkStatus();
}

// --- Settings and ids ---

uint64_t Catalog::NewObjectId() {
  absl::MutexLock lock(&mu_);
  return next_object_id_++;
}

absl::StatusOr<int64_t> Catalog::NextId(Writes& writes) {
  absl::MutexLock lock(&mu_);
  if (next_public_id_ % kPublicIdBlock == 0) {
    // The whole block is taken before its first id is given.
    journal_->Put(keys::Of(keys::kIds),
                  Encoder().U64(next_object_id_).I64(next_public_id_ + kPublicIdBlock).bytes());
  }
  writes.TouchJournal();
  return next_public_id_++;
}

void Catalog::SkipIds(int64_t end, Writes& writes) {
  absl::MutexLock lock(&mu_);
  if (end <= next_public_id_) return;
  // To the beginning of a block, so that NextId takes the block before it gives of it.
  next_public_id_ = (end + kPublicIdBlock - 1) / kPublicIdBlock * kPublicIdBlock;
  journal_->Put(keys::Of(keys::kIds), Encoder().U64(next_object_id_).I64(next_public_id_).bytes());
  writes.TouchJournal();
}

void Catalog::SkipPublicIds(int64_t used) {
  // Clients may produce under any id at all; one far off is not ours.
  const int64_t next = (used / kPublicIdBlock + 1) * kPublicIdBlock;
  if (used >= next_public_id_ && used < next_public_id_ + 1000 * kPublicIdBlock)
    next_public_id_ = next;
}

absl::Status Catalog::PutSetting(std::string_view key, std::string_view value, Writes& writes) {
  absl::MutexLock lock(&mu_);
  writes.TouchJournal();
  if (value.empty()) {
    settings_.erase(std::string(key));
    journal_->Erase(keys::Of(keys::kSetting, key));
  } else {
    settings_[std::string(key)] = value;
    journal_->Put(keys::Of(keys::kSetting, key), value);
  }
  return absl::OkStatus();
}

void Catalog::PutSettings(absl::Span<const std::pair<std::string, std::string>> settings,
                          Writes& writes) {
  std::vector<Journal::Change> changes;
  changes.reserve(settings.size());
  absl::MutexLock lock(&mu_);
  writes.TouchJournal();
  for (const auto& [key, value] : settings) {
    Journal::Change& change = changes.emplace_back();
    change.key = keys::Of(keys::kSetting, key);
    if (value.empty()) {
      settings_.erase(key);
    } else {
      settings_[key] = value;
      change.value = value;
    }
  }
  journal_->PutTogether(changes);
}

std::optional<std::string> Catalog::GetSetting(std::string_view key) const {
  absl::ReaderMutexLock lock(&mu_);
  auto it = settings_.find(key);
  if (it == settings_.end()) return std::nullopt;
  return it->second;
}

std::vector<std::pair<std::string, std::string>> Catalog::Settings(std::string_view prefix) const {
  absl::ReaderMutexLock lock(&mu_);
  std::vector<std::pair<std::string, std::string>> out;
  for (auto it = settings_.lower_bound(prefix);
       it != settings_.end() && it->first.starts_with(prefix); ++it) {
    out.emplace_back(*it);
  }
  return out;
}

// --- Time ---

absl::Time Catalog::Tick() {
  timers_.RunDue(Now());
  return timers_.NextDeadline();
}

void Catalog::ArmStream(const StreamPtr& stream, absl::Time when) {
  timers_.Add(when, [weak = std::weak_ptr<Stream>(stream)] {
    if (StreamPtr alive = weak.lock()) alive->RunDeadlines();
  });
}

}  // namespace braid::engine
