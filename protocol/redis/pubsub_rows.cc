// The command table's rows of publishing and subscribing.
#include <array>

#include "protocol/redis/command_rows.h"
#include "protocol/redis/handlers.h"

namespace braid::redis {
namespace {

constexpr uint32_t kAsk = kPubSub | kLoading | kStale;
constexpr uint32_t kListen = kAsk | kNoScript | kWhileSubscribed;
constexpr uint32_t kTell = kAsk | kFast | kMayReplicate;

constexpr auto kRows = std::to_array<Command>({
    {"psubscribe", -2, kListen, Psubscribe, kNone, "pubsub", "2.0.0", "pattern [pattern ...]",
     "Listens to all channels whose names match"},
    {"publish", 3, kTell, Publish, kNone, "pubsub", "2.0.0", "channel message",
     "Tells a message to whoever listens"},
    {"pubsub", -2, 0, nullptr, kNone, "pubsub", "2.8.0", "", "Who listens to what"},
    {"pubsub|channels", -2, kAsk, PubsubChannels, kNone, "pubsub", "2.8.0", "[pattern]",
     "Channels that somebody listens to by name"},
    {"pubsub|help", 2, kLoading | kStale, Help, kNone, "pubsub", "6.2.0", "", "This text"},
    {"pubsub|numpat", 2, kAsk, PubsubNumPat, kNone, "pubsub", "2.8.0", "",
     "How many patterns somebody listens to"},
    {"pubsub|numsub", -2, kAsk, PubsubNumSub, kNone, "pubsub", "2.8.0", "[channel [channel ...]]",
     "How many listen to these channels by name"},
    {"pubsub|shardchannels", -2, kAsk, PubsubShardChannels, kNone, "pubsub", "7.0.0", "[pattern]",
     "Shard channels that somebody listens to"},
    {"pubsub|shardnumsub", -2, kAsk, PubsubShardNumSub, kNone, "pubsub", "7.0.0",
     "[shardchannel [shardchannel ...]]", "How many listen to these shard channels"},
    {"punsubscribe", -1, kListen, Punsubscribe, kNone, "pubsub", "2.0.0", "[pattern [pattern ...]]",
     "Listens no more to these patterns, or to any"},
    {"spublish",
     3,
     kTell,
     Spublish,
     {1, 1, 1},
     "pubsub",
     "7.0.0",
     "shardchannel message",
     "Tells a message to whoever listens to a shard channel"},
    {"ssubscribe",
     -2,
     kListen,
     Ssubscribe,
     {1, -1, 1},
     "pubsub",
     "7.0.0",
     "shardchannel [shardchannel ...]",
     "Listens to shard channels, which are a kind of their own"},
    {"subscribe", -2, kListen, Subscribe, kNone, "pubsub", "2.0.0", "channel [channel ...]",
     "Listens to channels"},
    {"sunsubscribe", -1, kListen, Sunsubscribe, kNone, "pubsub", "7.0.0",
     "[shardchannel [shardchannel ...]]", "Listens no more to these shard channels, or to any"},
    {"unsubscribe", -1, kListen, Unsubscribe, kNone, "pubsub", "2.0.0", "[channel [channel ...]]",
     "Listens no more to these channels, or to any by name"},
});

}  // namespace

absl::Span<const Command> PubsubRows() {
  return kRows;
}

}  // namespace braid::redis
