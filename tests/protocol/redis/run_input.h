// Arbitrary bytes as one client's input, without a server: for the fuzz target and its small
// brother.
#ifndef BRAID_TESTS_PROTOCOL_REDIS_RUN_INPUT_H_
#define BRAID_TESTS_PROTOCOL_REDIS_RUN_INPUT_H_

#include <string>
#include <string_view>

namespace braid::redis {

// Parses and executes `input` against an empty engine. Returns what went wrong: a request that is
// read differently in pieces, or one that has not exactly one whole reply. "" when all is well.
std::string RunInput(std::string_view input);

}  // namespace braid::redis

#endif  // BRAID_TESTS_PROTOCOL_REDIS_RUN_INPUT_H_
