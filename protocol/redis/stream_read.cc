#include "protocol/redis/stream_read.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "protocol/redis/groups.h"
#include "protocol/redis/handlers.h"
#include "protocol/redis/notify.h"
#include "protocol/redis/read_budget.h"
#include "protocol/redis/stream_reply.h"

namespace braid::redis {
namespace {

using engine::EntryId;
using From = ReadSource::From;

// What a group hands out at once; more is asked for in turns.
constexpr int64_t kPageRecords = 1024;
constexpr int64_t kPageBytes = int64_t{1} << 20;

std::string NoGroup(const ReadSource& source, const ReadRequest& request) {
  return NoGroupForReading(source.key, request.group);
}

// --- Looking
// ---------------------------------------------------------------------------------------

// [key, entries] pairs, under a header that is written when it is known how many there are.
class KeyedReply {
 public:
  explicit KeyedReply(Reply& reply) : reply_(reply), begin_(reply.size()) {}

  // The caller writes the entries next.
  void AddKey(std::string_view key) {
    last_key_ = reply_.size();
    if (reply_.version() == 2) reply_.Array(2);
    reply_.Bulk(key);
    ++keys_;
  }
  // It has no entries: takes it back.
  void DropKey() {
    reply_.Truncate(last_key_);
    --keys_;
  }
  // The whole reply is this error instead.
  void Fail(std::string_view error) {
    reply_.Truncate(begin_);
    reply_.Error(error);
    failed_ = true;
  }
  bool failed() const { return failed_; }
  // True when there is a reply.
  bool Finish() {
    if (failed_) return true;
    if (keys_ == 0) return false;
    if (reply_.version() == 3) {
      reply_.EndMap(begin_, keys_);
    } else {
      reply_.EndArray(begin_, keys_);
    }
    return true;
  }

 private:
  Reply& reply_;
  const size_t begin_;
  size_t last_key_ = 0;
  size_t keys_ = 0;
  bool failed_ = false;
};

void ReadAfter(Client& client, const ReadRequest& request, ReadSource& source, ReadBudget& budget,
               KeyedReply& out) {
  const engine::StreamPtr stream = client.Find(source.key);
  client.service().stats().CountLookup(stream != nullptr);
  source.seen = stream == nullptr ? -1 : stream->next_offset();
  if (stream == nullptr || stream->record_count() == 0) return;
  EntryRange range;
  if (source.from == From::kNewest) {
    range.reverse = true;
    range.count = 1;
  } else {
    const auto next = engine::Next(source.after);
    if (!next.ok() || *next > stream->last_id()) return;
    range.first = *next;
    range.count = request.count;
  }
  Reply& reply = client.reply();
  out.AddKey(source.key);
  const size_t begin = reply.BeginArray();
  range.admit = [&] { return budget.Admit(0); };
  const auto written = WriteEntries(reply, *stream, range);
  if (!written.ok()) return out.Fail(ErrorText(written.status()));
  if (*written == 0) return out.DropKey();
  reply.EndArray(begin, *written);
}

// Entries of one key that a group hands out, in as many turns as it takes.
class Handout {
 public:
  Handout(Client& client, const ReadRequest& request, const ReadSource& source, KeyedReply& out)
      : client_(client), request_(request), source_(source), out_(out) {}

  int64_t written() const { return written_; }
  // How many more are asked for.
  int64_t room() const { return request_.count > 0 ? request_.count - written_ : INT64_MAX; }

  // One turn; how many there were, -1 after an error.
  int64_t Take(engine::Group& group, const engine::GroupFetch& fetch) {
    const auto records = group.Fetch(fetch, client_.writes());
    if (!records.ok()) {
      // What was handed out is answered; the next read meets the error again.
      if (written_ == 0) {
        out_.Fail(CodeOf(records.status()) == Errc::kGroupNotFound ? NoGroup(source_, request_)
                                                                   : ErrorText(records.status()));
      }
      return -1;
    }
    if (records->empty()) return 0;
    Reply& reply = client_.reply();
    if (written_ == 0) {
      out_.AddKey(source_.key);
      begin_ = reply.BeginArray();
    }
    for (const engine::DeliveredRecord& record : *records) {
      if (request_.min_idle) {
        WriteClaimedEntry(reply, record);
      } else {
        WriteEntry(reply, record);
      }
    }
    written_ += static_cast<int64_t>(records->size());
    return static_cast<int64_t>(records->size());
  }
  void Finish() {
    if (written_ > 0) client_.reply().EndArray(begin_, static_cast<size_t>(written_));
  }

 private:
  Client& client_;
  const ReadRequest& request_;
  const ReadSource& source_;
  KeyedReply& out_;
  int64_t written_ = 0;
  size_t begin_ = 0;
};

void ReadNew(Client& client, const ReadRequest& request, const ReadSource& source,
             engine::Group& group, ReadBudget& budget, KeyedReply& out) {
  Handout handout(client, request, source, out);
  engine::GroupFetch fetch;
  fetch.consumer = request.consumer;
  fetch.no_ack = request.no_ack;
  fetch.only_new = true;
  if (request.min_idle) {
    // At once: what is claimed now could be claimed again in the next turn.
    fetch.min_idle = *request.min_idle;
    fetch.max_records = handout.room();
    fetch.admit = budget.Admission(source.key);
    if (handout.Take(group, fetch) < 0) return;
    fetch.min_idle.reset();
  }
  fetch.max_bytes = kPageBytes;
  while (true) {
    fetch.max_records = std::min(kPageRecords, handout.room());
    fetch.admit = budget.Admission(handout.written() == 0 ? source.key : std::string_view());
    if (fetch.max_records <= 0 || handout.Take(group, fetch) <= 0) break;
  }
  handout.Finish();
}

// The consumer's own outstanding entries above an ID: always an answer, if an empty one.
void ReadHistory(Client& client, const ReadRequest& request, const ReadSource& source,
                 engine::Group& group, ReadBudget& budget, KeyedReply& out) {
  const auto next = engine::Next(source.after);
  std::optional<Offset> begin;
  if (next.ok()) begin = group.PendingLowerBound(*next);
  std::vector<engine::Group::HistoryEntry> entries;
  if (begin) {
    auto read =
        group.ReadHistory(request.consumer, *begin, request.count > 0 ? request.count : INT64_MAX,
                          client.writes(), budget.Admission(source.key));
    if (!read.ok()) return out.Fail(ErrorText(read.status()));
    entries = *std::move(read);
  } else {
    group.CreateConsumer(request.consumer, client.writes());
  }
  Reply& reply = client.reply();
  out.AddKey(source.key);
  reply.Array(entries.size());
  for (const engine::Group::HistoryEntry& entry : entries) {
    if (!entry.deleted) {
      WriteEntry(reply, entry.record);
      continue;
    }
    reply.Array(2);
    reply.Id(entry.record.id);
    reply.NullArray();
  }
}

void ReadGroup(Client& client, const ReadRequest& request, const ReadSource& source,
               ReadBudget& budget, KeyedReply& out) {
  const engine::GroupPtr group = FindGroup(client, source.key, request.group);
  if (group == nullptr) return out.Fail(NoGroup(source, request));
  if (source.from == From::kNew) {
    ReadNew(client, request, source, *group, budget, out);
  } else {
    ReadHistory(client, request, source, *group, budget, out);
  }
}

// Whoever reads is a consumer, also when there is nothing to read.
void MakeConsumers(Call& call, const ReadRequest& request) {
  for (const ReadSource& source : request.sources) {
    const engine::GroupPtr group = FindGroup(call.client, source.key, request.group);
    if (group == nullptr || !group->CreateConsumer(request.consumer, call.writes)) continue;
    Notify(call, KeyEvent::kStream, "xgroup-createconsumer", source.key);
  }
}

void Read(Call& call, bool group_read) {
  ReadRequest request = ParseRead(call, group_read);
  if (call.Failed()) return;
  if (group_read) MakeConsumers(call, request);
  if (TryRead(call.client, request)) return;
  if (!request.block_ms || call.in_exec) return call.reply.NullArray();
  const absl::Time deadline = *request.block_ms == 0
                                  ? absl::InfiniteFuture()
                                  : call.catalog.Now() + absl::Milliseconds(*request.block_ms);
  call.client.Block(std::make_unique<BlockedRead>(request, deadline));
}

}  // namespace

BlockedRead::BlockedRead(const ReadRequest& request, absl::Time deadline)
    : Blocked(deadline), request_(request) {
  request_.group = Own(request_.group);
  request_.consumer = Own(request_.consumer);
  for (ReadSource& source : request_.sources) source.key = Own(source.key);
}

std::string_view BlockedRead::Own(std::string_view bytes) {
  return owned_.emplace_back(bytes);
}

namespace {

// What a waiting group read is told that cannot go on; empty: what it would be told now.
std::string_view WhyEnded(Client& client, const ReadRequest& request) {
  const bool tells_now = client.service().Offers({7, 2});
  if (tells_now) return client.found_other() ? text::kWrongType : std::string_view();
  for (const ReadSource& source : request.sources) {
    if (client.Find(source.key) == nullptr) return text::kKeyGone;
    if (FindGroup(client, source.key, request.group) == nullptr) return text::kGroupGone;
  }
  return {};
}

}  // namespace

bool BlockedRead::Try(Client& client) {
  client.ForgetOther();
  const size_t begin = client.reply().size();
  const bool replied = TryRead(client, request_);
  if (!request_.group_read || !replied) return replied;
  // A key that is gone or holds something else ends the wait of a group, and so does a group that
  // is gone. Until 7.2 it had words of its own.
  if (client.found_other() || client.reply().IsErrorAt(begin)) {
    if (const std::string_view why = WhyEnded(client, request_); !why.empty()) {
      client.reply().Truncate(begin);
      client.reply().Error(why);
    }
  }
  return true;
}

void BlockedRead::Arm(Client& client, const engine::WaiterPtr& waiter) {
  ArmRead(client, request_, waiter);
}

bool TryRead(Client& client, ReadRequest& request) {
  request.seen_topics = client.service().catalog().topics_version();
  KeyedReply out(client.reply());
  ReadBudget budget(request, client.reply());
  for (ReadSource& source : request.sources) {
    if (request.group_read) {
      ReadGroup(client, request, source, budget, out);
    } else {
      ReadAfter(client, request, source, budget, out);
    }
    if (out.failed()) break;
  }
  return out.Finish();
}

void ArmRead(Client& client, const ReadRequest& request, const engine::WaiterPtr& waiter) {
  engine::Catalog& catalog = client.service().catalog();
  bool missing = false;
  for (const ReadSource& source : request.sources) {
    if (request.group_read) {
      const engine::GroupPtr group = FindGroup(client, source.key, request.group);
      if (group == nullptr) {
        waiter->Wake();  // that is an error now
      } else {
        group->Wait(waiter, request.min_idle);
      }
      continue;
    }
    const engine::StreamPtr stream = client.Find(source.key);
    if (stream == nullptr || source.seen < 0) {
      missing = true;
    } else {
      stream->Wait(source.seen, waiter);
    }
  }
  if (!missing) return;
  catalog.WaitTopics(waiter);
  if (catalog.topics_version() != request.seen_topics) waiter->Wake();
}

void Xread(Call& call) {
  Read(call, /*group_read=*/false);
}

void Xreadgroup(Call& call) {
  Read(call, /*group_read=*/true);
}

}  // namespace braid::redis
