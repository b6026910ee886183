#include "protocol/redis/client.h"

#include <algorithm>
#include <utility>

#include "absl/hash/hash.h"
#include "engine/atomic_section.h"
#include "engine/names.h"
#include "engine/values.h"
#include "fmt/format.h"
#include "protocol/redis/handlers.h"
#include "protocol/redis/notify.h"

namespace braid::redis {
namespace {

constexpr size_t kShownArgs = 128;  // bytes of an unknown command that its error repeats

std::string UnknownCommand(absl::Span<const std::string_view> argv) {
  std::string shown;
  for (const std::string_view arg : argv.subspan(1)) {
    if (shown.size() >= kShownArgs) break;
    shown += fmt::format("'{}' ", arg.substr(0, kShownArgs - shown.size()));
  }
  return fmt::format("ERR unknown command '{}', with args beginning with: {}",
                     argv.front().substr(0, kShownArgs), shown);
}

// What a browser says when a web page talks it into visiting this port.
bool IsHttp(std::string_view word) {
  return SameWord(word, "post") || SameWord(word, "host:");
}

}  // namespace

engine::StreamPtr Call::Find(std::string_view key) {
  engine::StreamPtr stream = client.Find(key);
  if ((command.flags & kReadOnly) != 0) service.stats().CountLookup(stream != nullptr);
  return stream;
}

absl::StatusOr<engine::StreamPtr> Call::FindOrCreate(std::string_view key) {
  if (engine::StreamPtr stream = Find(key); stream != nullptr) return stream;
  const std::string name = engine::CanonicalName(client.database(), key);
  absl::StatusOr<engine::TopicPtr> topic;
  {
    engine::ValueEdit edit(catalog.values(), writes);  // nobody makes a value of that name now
    if (edit.Find(name) != nullptr) {
      client.NoteOther();
      return MakeError(Errc::kInvalidArgument, "the key holds a value");
    }
    StreamOptions options = service.stream_defaults().Get().ForStream();
    topic = client.database() == 0 ? catalog.CreateTopic(name, 1, std::move(options), writes)
                                   : catalog.CreatePrivateTopic(name, std::move(options), writes);
  }
  if (topic.ok()) {
    Notify(*this, KeyEvent::kNew, "new", key);
    return (*topic)->partitions.front();
  }
  // Another client may have been quicker.
  if (engine::StreamPtr stream = Find(key); stream != nullptr) return stream;
  return topic.status();
}

Client::Client(Service& service, ClientHandlePtr handle)
    : service_(service),
      handle_(std::move(handle)),
      authenticated_(service.password().empty()),
      subscriptions_(service.channels(), handle_) {}

Client::~Client() {
  StopMonitoring();
}

RequestLimits Client::limits() const {
  const Settings& settings = service_.settings();
  const int64_t bulk = settings.max_bulk_bytes;
  if (!authenticated_) {
    return {.max_args = 10,
            .max_bulk_bytes = 16384,
            .max_request_bytes = 1 << 20,
            .max_authenticated_bulk_bytes = bulk};
  }
  // What exceeds a smaller query buffer is not refused when it is announced, but when it comes.
  const RequestLimits& limits = service_.options().limits;
  return {
      .max_args = limits.max_args,
      .max_bulk_bytes = bulk,
      .max_request_bytes = std::max<int64_t>(limits.max_request_bytes, settings.query_buffer_limit),
      .max_authenticated_bulk_bytes = bulk};
}

void Client::BeginBatch() ABSL_NO_THREAD_SAFETY_ANALYSIS {
  if (listening_) handle_->pushes().Hold();
  service_.gate().ReaderLock();
  lap_ = {};
}

void Client::EndBatch() ABSL_NO_THREAD_SAFETY_ANALYSIS {
  service_.gate().ReaderUnlock();
  HandOverCounts();
  for (KeySlot& slot : keys_) slot.stream.reset();
  handle_->last_active_ms = service_.catalog().NowMs();
  handle_->queued = transaction_.active ? static_cast<int>(transaction_.queued.size()) : -1;
  handle_->watched = static_cast<int>(transaction_.watches.size());
}

void Client::Execute(absl::Span<const std::string_view> argv) {
  const size_t begin = reply_.size();
  answered_.push_back({begin, writes_.Mark()});
  Dispatch(argv);
  FinishReply(begin);
  yields_ |= monitoring_;  // what it sees of its own requests comes right behind their replies
}

void Client::Refuse(std::string_view error) {
  answered_.push_back({reply_.size(), writes_.Mark()});
  service_.stats().CountError(error);
  reply_.Error(error);
  Close();
}

void Client::AnswerRefusals() {
  Reply answers;
  answers.set_version(reply_.version());
  for (size_t i = 0; i < answered_.size(); ++i) {
    const bool last = i + 1 == answered_.size();
    const Answered& begin = answered_[i];
    const Answered end = last ? Answered{reply_.size(), writes_.size()} : answered_[i + 1];
    const absl::Status refused = writes_.RefusalOf(begin.writes, end.writes);
    if (refused.ok() || begin.reply == end.reply) {
      answers.Append(std::string_view(reply_.bytes()).substr(begin.reply, end.reply - begin.reply));
    } else {
      const std::string error = ErrorText(refused);
      service_.stats().CountError(error);
      answers.Error(error);
    }
  }
  reply_ = std::move(answers);
}

void Client::ForgetBatch() {
  answered_.clear();
  writes_.Forget();
  yields_ = false;
}

void Client::BeginListening() {
  if (std::exchange(listening_, true)) return;
  handle_->pushes().Hold();
}

void Client::TakeMessages() {
  for (const Buffer& message : handle_->pushes().TakeHeld()) reply_.Append(message.view());
}

int64_t Client::Publish(Message message) {
  const int64_t receivers = service_.channels().Receivers(message.kind, message.channel);
  if (receivers == 0) return 0;
  yields_ |= listening_ && service_.channels().Reaches(message.kind, message.channel, *handle_);
  published_.push_back(std::move(message));
  return receivers;
}

void Client::ReleaseMessages() {
  for (const Message& message : std::exchange(published_, {})) service_.Deliver(message);
  if (!listening_) return;
  handle_->pushes().Release();
  listening_ = handle_->subscribed() || monitoring_;
}

// Applies CLIENT REPLY to what was written since `begin`.
void Client::FinishReply(size_t begin) {
  const bool keeps_reply = std::exchange(keeps_reply_, false);
  switch (reply_mode_) {
    case ReplyMode::kOn:
      return;
    case ReplyMode::kOff:
      break;
    case ReplyMode::kSkipNext:  // this was CLIENT REPLY SKIP itself
      reply_mode_ = ReplyMode::kSkip;
      break;
    case ReplyMode::kSkip:
      reply_mode_ = ReplyMode::kOn;
      break;
  }
  if (!keeps_reply) reply_.Truncate(begin);
}

const Command* Client::Resolve(absl::Span<const std::string_view> argv) {
  // Pipelines repeat themselves.
  if (repeatable_ != nullptr && SameWord(repeatable_->name, argv.front())) return repeatable_;
  const Command* command = FindCommand(argv.front());
  if (command == nullptr || !service_.Knows(*command)) {
    if (IsHttp(argv.front())) Close();
    Reject(nullptr, UnknownCommand(argv));
    return nullptr;
  }
  if (SubcommandsOf(*command).empty()) return repeatable_ = command;
  if (argv.size() < 2) {
    if (command->handler != nullptr) return command;
    Reject(command, WrongArity(command->name));
    return nullptr;
  }
  const Command* subcommand = FindSubcommand(*command, argv[1]);
  if (subcommand != nullptr && service_.Knows(*subcommand)) return subcommand;
  Reject(command, UnknownSubcommand(command->name, argv[1]));
  return nullptr;
}

void Client::Dispatch(absl::Span<const std::string_view> argv) {
  const Command* command = Resolve(argv);
  if (command == nullptr) return;
  if (!command->Takes(argv.size())) return Reject(command, WrongArity(command->name));
  if (!authenticated_ && (command->flags & kNoAuth) == 0) return Reject(command, text::kNoAuth);
  if (in_subscriber_mode() && (command->flags & kWhileSubscribed) == 0) {
    return Reject(command, NotWhileSubscribed(command->name));
  }
  if (monitoring_ && (command->flags & (kWrite | kReadOnly | kMayReplicate)) != 0) {
    return Reject(command, text::kMonitorsKeepOut);
  }
  if (transaction_.active && (command->flags & kControl) == 0) {
    if ((command->flags & kNoMulti) != 0) return Reject(command, text::kNotInMulti);
    return Queue(*command, argv);
  }
  Run(*command, argv, /*in_exec=*/false);
}

void Client::Reject(const Command* command, std::string_view error) {
  reply_.Error(error);
  service_.stats().CountError(error);
  if (command != nullptr) service_.stats().CountRejected(*command);
  if (transaction_.active) transaction_.aborted = true;
}

void Client::Queue(const Command& command, absl::Span<const std::string_view> argv) {
  const ServiceOptions& options = service_.options();
  int64_t bytes = 0;
  for (const std::string_view arg : argv) {
    bytes += static_cast<int64_t>(arg.size() + sizeof(std::string));
  }
  if (static_cast<int64_t>(transaction_.queued.size()) >= options.max_queued_commands ||
      transaction_.queued_bytes + bytes > options.max_queued_bytes) {
    Reject(&command, text::kMultiTooLarge);
    return Close();
  }
  lap_ = {};
  transaction_.queued_bytes += bytes;
  transaction_.queued.push_back({&command, {argv.begin(), argv.end()}});
  reply_.Simple("QUEUED");
}

void Client::Count(const Command& command) {
  if (counted_ != &command) {
    HandOverCounts();
    counted_ = &command;
    handle_->last_command = counted_;
  }
  ++count_;
}

void Client::HandOverCounts() {
  if (count_ == 0) return;
  service_.stats().CountCalls(*counted_, std::exchange(count_, 0));
  service_.times().Add(*counted_, count_times_);
}

void Client::Run(const Command& command, absl::Span<const std::string_view> argv, bool in_exec) {
  Count(command);
  const size_t begin = reply_.size();
  const size_t name_words = command.subcommand().empty() ? 1 : 2;
  Call call{*this,
            service_,
            service_.catalog(),
            reply_,
            writes_,
            command,
            argv,
            Args(argv.subspan(name_words)),
            in_exec};
  found_other_ = false;
  const bool timed = service_.settings().times_commands();
  if (timed && lap_ == std::chrono::steady_clock::time_point()) {
    lap_ = std::chrono::steady_clock::now();
  }
  if (!HasReservedKey(command, argv)) command.handler(call);
  if (timed) NoteTime(command, argv);
  if (!service_.monitors().empty()) ShowToMonitors(command, argv);
  if (found_other_ && command.group == "stream") {  // it has done nothing then
    reply_.Truncate(begin);
    reply_.Error(text::kWrongType);
    blocked_.reset();
  }
  const bool may_push = (command.flags & kWrite) != 0 || command.handler == Exec;
  if (may_push && !in_exec && !service_.pops().empty()) service_.pops().Serve(call);
  if (reply_.IsErrorAt(begin)) {
    service_.stats().CountFailed(command);
    service_.stats().CountError(reply_.From(begin + 1));
  }
}

bool Client::HasReservedKey(const Command& command, absl::Span<const std::string_view> argv) {
  if (database_ != 0 || std::none_of(argv.begin(), argv.end(), engine::IsPrivate)) return false;
  for (const size_t position : KeyPositions(command, argv)) {
    if (!engine::IsPrivate(argv[position])) continue;
    reply_.Error(text::kReservedKey);
    return true;
  }
  return false;
}

void Client::RunAlone(absl::FunctionRef<void()> fn) ABSL_NO_THREAD_SAFETY_ANALYSIS {
  service_.gate().ReaderUnlock();
  service_.gate().WriterLock();
  fn();
  service_.gate().WriterUnlock();
  service_.gate().ReaderLock();
}

void Client::RunTransaction(absl::FunctionRef<bool()> may_run) {
  RunAlone([&] {
    const bool runs = may_run();
    const std::vector<Transaction::Queued> queued = std::move(transaction_.queued);
    EndTransaction();
    if (!runs) return reply_.NullArray();
    const engine::AtomicSection section(service_.catalog());
    reply_.Array(queued.size());
    lap_ = {};
    for (const Transaction::Queued& entry : queued) {
      const std::vector<std::string_view> argv(entry.argv.begin(), entry.argv.end());
      Run(*entry.command, argv, /*in_exec=*/true);
    }
  });
}

void Client::EndTransaction() {
  transaction_ = Transaction();
}

void Client::set_reply_version(int version) {
  reply_.set_version(version);
  handle_->reply_version = version;
}

void Client::Reset() {
  EndTransaction();
  StopMonitoring();
  subscriptions_.Clear();
  set_reply_version(2);
  reply_mode_ = ReplyMode::kOn;
  set_database(0);
  authenticated_ = service_.password().empty();
  handle_->set_name("");
  handle_->no_evict = false;
  handle_->no_touch = false;
}

void Client::set_database(int database) {
  database_ = database;
  handle_->database = database;
  for (KeySlot& slot : keys_) slot.stream.reset();
}

engine::StreamPtr Client::Find(std::string_view key) {
  engine::Catalog& catalog = service_.catalog();
  // Both only grow, so that the sum differs whenever one of them does.
  const uint64_t version = catalog.topics_version() + catalog.values().names_version();
  if (version != keys_version_) {
    for (KeySlot& slot : keys_) slot.stream.reset();
    keys_version_ = version;
  }
  KeySlot& slot = keys_[absl::Hash<std::string_view>()(key) % keys_.size()];
  if (slot.stream != nullptr && slot.stream->expiry_ms() != engine::kNeverMs) slot.stream.reset();
  if (slot.stream != nullptr && slot.key == key) return slot.stream;
  if (!catalog.values().none() && catalog.values().Holds(engine::CanonicalName(database_, key))) {
    found_other_ = true;
    return nullptr;
  }
  slot.stream = catalog.FindRedis(database_, key);
  if (slot.stream != nullptr) slot.key = key;
  return slot.stream;
}

void Client::ArmBlocked(const engine::WaiterPtr& waiter) {
  handle_->SetWaiter(waiter);
  blocked_->Arm(*this, waiter);
}

bool Client::ResumeBlocked(bool timed_out) {
  const std::optional<Unblock> unblocked = handle_->ClearWaiter();
  const size_t begin = reply_.size();
  answered_.push_back({begin, writes_.Mark()});
  if (unblocked == Unblock::kError) {
    if (!blocked_->EndWait(*this)) {
      reply_.Error(text::kUnblocked);
      service_.stats().CountError(text::kUnblocked);
    }
  } else if (!blocked_->Try(*this)) {
    if (!timed_out && !unblocked) return false;
    if (!blocked_->EndWait(*this)) reply_.NullArray();
  }
  blocked_.reset();
  FinishReply(begin);
  return true;
}

}  // namespace braid::redis
