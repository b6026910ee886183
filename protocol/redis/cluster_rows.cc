// The command table's rows of a cluster: every one of them is refused, for this server is none.
#include <array>

#include "protocol/redis/command_rows.h"
#include "protocol/redis/handlers.h"

namespace braid::redis {
namespace {

constexpr auto kRows = std::to_array<Command>({
    {"asking", 1, kFast, ClusterDisabled, kNone, "cluster", "3.0.0", "",
     "Lets the next command reach a slot that moves"},
    {"cluster", -2, 0, nullptr, kNone, "cluster", "3.0.0", "", "Clusters: this server is in none"},
    {"cluster|addslots", -3, kAdmin | kStale, ClusterDisabled, kNone, "cluster", "3.0.0",
     "slot [slot ...]", "Takes slots"},
    {"cluster|addslotsrange", -4, kAdmin | kStale, ClusterDisabled, kNone, "cluster", "7.0.0",
     "start-slot end-slot [start-slot end-slot ...]", "Takes ranges of slots"},
    {"cluster|bumpepoch", 2, kAdmin | kStale, ClusterDisabled, kNone, "cluster", "3.0.0", "",
     "Advances the epoch"},
    {"cluster|count-failure-reports", 3, kAdmin | kStale, ClusterDisabled, kNone, "cluster",
     "3.0.0", "node-id", "How many think that a node has failed"},
    {"cluster|countkeysinslot", 3, kStale, ClusterDisabled, kNone, "cluster", "3.0.0", "slot",
     "How many keys a slot has"},
    {"cluster|delslots", -3, kAdmin | kStale, ClusterDisabled, kNone, "cluster", "3.0.0",
     "slot [slot ...]", "Gives slots up"},
    {"cluster|delslotsrange", -4, kAdmin | kStale, ClusterDisabled, kNone, "cluster", "7.0.0",
     "start-slot end-slot [start-slot end-slot ...]", "Gives ranges of slots up"},
    {"cluster|failover", -2, kAdmin | kStale, ClusterDisabled, kNone, "cluster", "3.0.0",
     "[FORCE|TAKEOVER]", "Takes over from the master"},
    {"cluster|flushslots", 2, kAdmin | kStale, ClusterDisabled, kNone, "cluster", "3.0.0", "",
     "Gives all slots up"},
    {"cluster|forget", 3, kAdmin | kStale, ClusterDisabled, kNone, "cluster", "3.0.0", "node-id",
     "Forgets a node"},
    {"cluster|getkeysinslot", 4, kStale, ClusterDisabled, kNone, "cluster", "3.0.0", "slot count",
     "Keys of a slot"},
    {"cluster|help", 2, kLoading | kStale, ClusterDisabled, kNone, "cluster", "5.0.0", "",
     "This text"},
    {"cluster|info", 2, kStale, ClusterDisabled, kNone, "cluster", "3.0.0", "",
     "How the cluster is"},
    {"cluster|keyslot", 3, kStale, ClusterDisabled, kNone, "cluster", "3.0.0", "key",
     "The slot of a key"},
    {"cluster|links", 2, kStale, ClusterDisabled, kNone, "cluster", "7.0.0", "",
     "Connections between nodes"},
    {"cluster|meet", -4, kAdmin | kStale, ClusterDisabled, kNone, "cluster", "3.0.0",
     "ip port [cluster-bus-port]", "Meets a node"},
    {"cluster|myid", 2, kStale, ClusterDisabled, kNone, "cluster", "3.0.0", "",
     "The id of this node"},
    {"cluster|myshardid", 2, kStale, ClusterDisabled, kNone, "cluster", "7.2.0", "",
     "The id of the shard of this node"},
    {"cluster|nodes", 2, kStale, ClusterDisabled, kNone, "cluster", "3.0.0", "", "All nodes"},
    {"cluster|replicas", 3, kAdmin | kStale, ClusterDisabled, kNone, "cluster", "5.0.0", "node-id",
     "The replicas of a node"},
    {"cluster|replicate", 3, kAdmin | kStale, ClusterDisabled, kNone, "cluster", "3.0.0", "node-id",
     "Becomes the replica of a node"},
    {"cluster|reset", -2, kAdmin | kNoScript | kStale, ClusterDisabled, kNone, "cluster", "3.0.0",
     "[HARD|SOFT]", "Forgets the cluster"},
    {"cluster|saveconfig", 2, kAdmin | kStale, ClusterDisabled, kNone, "cluster", "3.0.0", "",
     "Writes the file of nodes"},
    {"cluster|set-config-epoch", 3, kAdmin | kStale, ClusterDisabled, kNone, "cluster", "3.0.0",
     "config-epoch", "Sets the epoch"},
    {"cluster|setslot", -4, kAdmin | kStale, ClusterDisabled, kNone, "cluster", "3.0.0",
     "slot IMPORTING node-id|MIGRATING node-id|NODE node-id|STABLE", "Says whose a slot is"},
    {"cluster|shards", 2, kStale, ClusterDisabled, kNone, "cluster", "7.0.0", "",
     "Which nodes have which slots"},
    {"cluster|slaves", 3, kAdmin | kStale, ClusterDisabled, kNone, "cluster", "3.0.0", "node-id",
     "As REPLICAS"},
    {"cluster|slots", 2, kStale, ClusterDisabled, kNone, "cluster", "3.0.0", "",
     "Which nodes have which slots"},
    {"readonly", 1, kLoading | kStale | kFast, ClusterDisabled, kNone, "cluster", "3.0.0", "",
     "Lets this connection read from a replica"},
    {"readwrite", 1, kLoading | kStale | kFast, ClusterDisabled, kNone, "cluster", "3.0.0", "",
     "Ends what READONLY began"},
});

}  // namespace

absl::Span<const Command> ClusterRows() {
  return kRows;
}

}  // namespace braid::redis
