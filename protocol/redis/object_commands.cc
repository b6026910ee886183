// OBJECT and MEMORY USAGE: how a key is stored.
#include <algorithm>
#include <cstdint>

#include "engine/stream.h"
#include "protocol/redis/handlers.h"
#include "protocol/redis/keyspace.h"

namespace braid::redis {
namespace {

constexpr int64_t kKeyBytes = 64;      // of what is kept beside a key's name and content
constexpr int64_t kElementBytes = 32;  // the same of an element

int64_t BytesOf(const engine::Value& value) {
  auto bytes = static_cast<int64_t>(value.bytes.size());
  for (const auto& [position, element] : value.list) {
    bytes += kElementBytes + static_cast<int64_t>(element.size());
  }
  for (const auto& [field, content] : value.fields) {
    bytes += kElementBytes + static_cast<int64_t>(field.size() + content.size());
  }
  return bytes;
}

int64_t BytesOf(engine::Stream& stream) {
  const engine::StreamState state = stream.State();
  return std::max(state.disk_bytes, state.record_bytes);
}

}  // namespace

void MemoryUsage(Call& call) {
  const std::string_view name = call.args.Next();
  while (!call.args.empty()) {
    if (!call.args.SkipOption("SAMPLES")) call.args.Fail(text::kSyntax);
    if (call.args.ok() && call.args.NextInt() < 0) call.args.Fail(text::kSyntax);
  }
  if (call.Failed()) return;
  Keyspace keyspace(call);
  const Key key = keyspace.Find(name);
  if (!key.exists()) return call.reply.Null();
  call.reply.Integer(kKeyBytes + static_cast<int64_t>(name.size()) +
                     (key.value != nullptr ? BytesOf(*key.value) : BytesOf(*key.stream)));
}

void ObjectEncoding(Call& call) {
  Keyspace keyspace(call);
  const Key key = keyspace.Find(call.args.Next());
  if (!key.exists()) return call.reply.Null();
  call.reply.Bulk(key.encoding());
}

void ObjectFreq(Call& call) {
  if (!Keyspace(call).Find(call.args.Next()).exists()) return call.reply.Null();
  call.reply.Error(
      "ERR An LFU maxmemory policy is not selected, access frequency not tracked. Please note that "
      "when switching between policies at runtime LRU and LFU data will take some time to adjust.");
}

// Of a stream: since something was last written to it; reads leave no trace there.
void ObjectIdleTime(Call& call) {
  Keyspace keyspace(call);
  const Key key = keyspace.Find(call.args.Next());
  if (!key.exists()) return call.reply.Null();
  int64_t used = 0;
  if (key.value != nullptr) {
    used = absl::ToUnixMillis(key.value->used);
  } else {
    used = std::max(absl::ToUnixMillis(key.stream->identity().created),
                    key.stream->State().last_timestamp_ms);
  }
  call.reply.Integer(std::max<int64_t>(0, (call.catalog.NowMs() - used) / 1000));
}

void ObjectRefCount(Call& call) {
  if (!Keyspace(call).Find(call.args.Next()).exists()) return call.reply.Null();
  call.reply.Integer(1);
}

}  // namespace braid::redis
