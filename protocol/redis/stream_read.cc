#include "protocol/redis/stream_read.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "protocol/redis/groups.h"
#include "protocol/redis/handlers.h"
#include "protocol/redis/stream_reply.h"

namespace braid::redis {
namespace {

using engine::EntryId;
using From = ReadSource::From;

// What a group hands out at once; more is asked for in turns.
constexpr int64_t kPageRecords = 1024;
constexpr int64_t kPageBytes = int64_t{1} << 20;

// --- Parsing -------------------------------------------------------------------------------------

// Options up to and including STREAMS.
void ParseOptions(Args& args, ReadRequest& request) {
  while (!args.empty()) {
    if (args.SkipOption("COUNT")) {
      request.count = std::max<int64_t>(0, args.NextInt());
    } else if (args.SkipOption("BLOCK")) {
      request.block_ms = args.NextTimeoutMs();
    } else if (args.size() >= 3 && args.Skip("GROUP")) {
      if (!request.group_read) args.Fail(text::kGroupOptionInXread);
      request.group = args.Next();
      request.consumer = args.Next();
      request.has_group = true;
    } else if (args.Skip("NOACK")) {
      if (!request.group_read) args.Fail(text::kNoAckOptionInXread);
      request.no_ack = true;
    } else if (args.SkipOption("STREAMS")) {
      if (args.size() % 2 != 0) {
        args.Fail(request.group_read ? text::kUnbalancedXreadgroup : text::kUnbalancedXread);
      }
      return;
    } else {
      args.Fail(text::kSyntax);
    }
  }
  args.Fail(text::kSyntax);
}

// Where one key is to be read from. "$" and "+" are looked up now: what comes later is new.
void ParseId(Call& call, const ReadRequest& request, std::string_view id, ReadSource& source) {
  if (id == "$" || id == "+") {
    if (request.group_read) {
      call.args.Fail(id == "$" ? text::kLastIdWithGroup : text::kNewestIdWithGroup);
    }
    const engine::StreamPtr stream = call.Find(source.key);
    if (id == "+") source.from = From::kNewest;
    if (stream != nullptr) source.after = stream->last_id();
  } else if (id == ">") {
    if (!request.group_read) call.args.Fail(text::kNewIdWithoutGroup);
    source.from = From::kNew;
  } else {
    const std::string_view only[] = {id};
    Args args(only);
    source.after = args.NextId();
    if (!args.ok()) call.args.Fail(args.error());
  }
}

std::string NoGroup(const ReadSource& source, const ReadRequest& request) {
  return NoGroupForReading(source.key, request.group);
}

ReadRequest ParseRead(Call& call, bool group_read) {
  ReadRequest request;
  request.group_read = group_read;
  ParseOptions(call.args, request);
  if (call.args.ok() && group_read && !request.has_group) call.args.Fail(text::kMissingGroup);
  if (!call.args.ok()) return request;
  const size_t keys = call.args.size() / 2;
  const absl::Span<const std::string_view> names = call.args.rest();
  for (size_t i = 0; i < keys && call.args.ok(); ++i) {
    ReadSource& source = request.sources.emplace_back();
    source.key = names[i];
    if (group_read && FindGroup(call.client, source.key, request.group) == nullptr) {
      call.args.Fail(NoGroup(source, request));
    }
    ParseId(call, request, names[keys + i], source);
  }
  return request;
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

void ReadAfter(Client& client, const ReadRequest& request, ReadSource& source, KeyedReply& out) {
  const engine::StreamPtr stream = client.Find(source.key);
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
  const auto written = WriteEntries(reply, *stream, range);
  if (!written.ok()) return out.Fail(ErrorText(written.status()));
  if (*written == 0) return out.DropKey();
  reply.EndArray(begin, *written);
}

void ReadNew(Client& client, const ReadRequest& request, const ReadSource& source,
             engine::Group& group, KeyedReply& out) {
  engine::GroupFetch fetch;
  fetch.consumer = request.consumer;
  fetch.no_ack = request.no_ack;
  fetch.only_new = true;
  fetch.max_bytes = kPageBytes;
  Reply& reply = client.reply();
  int64_t written = 0;
  size_t begin = 0;
  while (true) {
    fetch.max_records = kPageRecords;
    if (request.count > 0) fetch.max_records = std::min(kPageRecords, request.count - written);
    if (fetch.max_records <= 0) break;
    const auto records = group.Fetch(fetch, client.writes());
    if (!records.ok()) {
      // What was handed out is answered; the next read meets the error again.
      if (written > 0) break;
      return out.Fail(CodeOf(records.status()) == Errc::kGroupNotFound
                          ? NoGroup(source, request)
                          : ErrorText(records.status()));
    }
    if (records->empty()) break;
    if (written == 0) {
      out.AddKey(source.key);
      begin = reply.BeginArray();
    }
    for (const engine::DeliveredRecord& record : *records) WriteEntry(reply, record);
    written += static_cast<int64_t>(records->size());
  }
  if (written > 0) reply.EndArray(begin, static_cast<size_t>(written));
}

// The consumer's own outstanding entries above an ID: always an answer, if an empty one.
void ReadHistory(Client& client, const ReadRequest& request, const ReadSource& source,
                 engine::Group& group, KeyedReply& out) {
  const auto next = engine::Next(source.after);
  std::optional<Offset> begin;
  if (next.ok()) begin = group.PendingLowerBound(*next);
  std::vector<engine::Group::HistoryEntry> entries;
  if (begin) {
    auto read = group.ReadHistory(request.consumer, *begin,
                                  request.count > 0 ? request.count : INT64_MAX, client.writes());
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
               KeyedReply& out) {
  const engine::GroupPtr group = FindGroup(client, source.key, request.group);
  if (group == nullptr) return out.Fail(NoGroup(source, request));
  if (source.from == From::kNew) {
    ReadNew(client, request, source, *group, out);
  } else {
    ReadHistory(client, request, source, *group, out);
  }
}

void Read(Call& call, bool group_read) {
  ReadRequest request = ParseRead(call, group_read);
  if (call.Failed()) return;
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
  for (ReadSource& source : request.sources) {
    if (request.group_read) {
      ReadGroup(client, request, source, out);
    } else {
      ReadAfter(client, request, source, out);
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
        group->Wait(waiter);
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
