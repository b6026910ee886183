// BLPOP and BRPOP.
#include <cmath>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>

#include "protocol/redis/handlers.h"
#include "protocol/redis/keyspace.h"
#include "protocol/redis/notify.h"
#include "protocol/redis/pop_queue.h"

namespace braid::redis {
namespace {

using engine::ValueKind;

constexpr std::string_view kNotAFloat = "ERR timeout is not a float or out of range";
constexpr double kLongestSeconds = 9e15;

void ReplyPopped(Reply& reply, const Popped& popped) {
  reply.Array(2);
  reply.Bulk(popped.key);
  reply.Bulk(popped.element);
}

class BlockedPop : public Blocked {
 public:
  BlockedPop(PopQueue& queue, std::shared_ptr<PopQueue::Waiting> waiting, absl::Time deadline)
      : Blocked(deadline), queue_(queue), waiting_(std::move(waiting)) {
    queue_.Add(waiting_);
  }
  ~BlockedPop() override { queue_.Remove(*waiting_); }

  bool Try(Client& client) override {
    const std::optional<Popped> popped = queue_.Take(*waiting_);
    if (!popped) return false;
    // Whoever pushed it has not committed yet, perhaps: nothing is answered before that.
    client.writes().TouchJournal();
    ReplyPopped(client.reply(), *popped);
    return true;
  }
  void Arm(Client&, const engine::WaiterPtr& waiter) override { queue_.Arm(*waiting_, waiter); }
  bool EndWait(Client& client) override {
    queue_.Remove(*waiting_);
    return Try(client);
  }

 private:
  PopQueue& queue_;
  const std::shared_ptr<PopQueue::Waiting> waiting_;
};

// Seconds; latches an error.
absl::Duration ParseTimeout(Args& args, std::string_view word) {
  const std::string text(word);
  char* end = nullptr;
  const double seconds = std::strtod(text.c_str(), &end);
  if (text.empty() || end != text.c_str() + text.size() || std::isnan(seconds)) {
    args.Fail(kNotAFloat);
  } else if (seconds < 0) {
    args.Fail(text::kNegativeTimeout);
  } else if (seconds > kLongestSeconds) {
    args.Fail(text::kTimeoutOutOfRange);
  }
  return args.ok() ? absl::Milliseconds(std::ceil(seconds * 1000)) : absl::ZeroDuration();
}

void BlockingPop(Call& call, bool front) {
  const absl::Duration timeout = ParseTimeout(call.args, call.args.NextFromEnd());
  if (call.Failed()) return;
  auto waiting = std::make_shared<PopQueue::Waiting>();
  waiting->database = call.client.database();
  waiting->front = front;
  Keyspace keyspace(call);
  while (!call.args.empty()) {
    const std::string_view name = call.args.Next();
    waiting->keys.emplace_back(name);
    const Key key = keyspace.Find(name);
    if (HoldsOther(call, key, ValueKind::kList)) return;
    if (!key.exists()) continue;
    const bool last = key.value->size() == 1;
    ReplyPopped(call.reply, {std::string(name), keyspace.edit().Pop(*key.value, front)});
    Notify(call, KeyEvent::kList, front ? "lpop" : "rpop", name);
    if (last) Notify(call, KeyEvent::kGeneric, "del", name);
    return;
  }
  if (call.in_exec) return call.reply.NullArray();
  const absl::Time deadline =
      timeout == absl::ZeroDuration() ? absl::InfiniteFuture() : call.catalog.Now() + timeout;
  // Still under `keyspace`, so that no element comes in between.
  call.client.Block(
      std::make_unique<BlockedPop>(call.service.pops(), std::move(waiting), deadline));
}

}  // namespace

void Blpop(Call& call) {
  BlockingPop(call, /*front=*/true);
}

void Brpop(Call& call) {
  BlockingPop(call, /*front=*/false);
}

}  // namespace braid::redis
