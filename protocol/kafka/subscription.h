// What a member of a classic consumer group says it reads: the metadata that consumers send along
// when they join. The broker relays it, and looks only at its topics.
#ifndef BRAID_PROTOCOL_KAFKA_SUBSCRIPTION_H_
#define BRAID_PROTOCOL_KAFKA_SUBSCRIPTION_H_

#include <string>
#include <string_view>
#include <vector>

namespace braid::kafka {

// Empty when `metadata` is no consumer's.
std::vector<std::string> SubscribedTopics(std::string_view metadata);

}  // namespace braid::kafka

#endif  // BRAID_PROTOCOL_KAFKA_SUBSCRIPTION_H_
