// Some thousand mutations of sensible requests: what the fuzz target does for hours.
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "tests/protocol/redis/resp_value.h"
#include "tests/protocol/redis/run_input.h"

namespace braid::redis {
namespace {

const char* const kConversation[] = {
    "HELLO 3",
    "XADD s 1-1 key k value v f w",
    "XADD s MAXLEN ~ 10 LIMIT 5 2-* f v",
    "XGROUP CREATE s g 0 MKSTREAM",
    "XREADGROUP GROUP g c COUNT 2 BLOCK 10 STREAMS s t > 0",
    "XREAD COUNT 1 BLOCK 5 STREAMS s t 0 $",
    "XPENDING s g IDLE 0 - + 10 c",
    "XCLAIM s g d 0 1-1 IDLE 5 RETRYCOUNT 2 FORCE JUSTID LASTID 1-1",
    "XAUTOCLAIM s g d 0 (0 COUNT 3 JUSTID",
    "XACK s g 1-1 2-0",
    "XRANGE s (1-1 + COUNT 2",
    "XREVRANGE s + - COUNT 2",
    "XINFO STREAM s FULL COUNT 1",
    "XSETID s 9-9 ENTRIESADDED 5 MAXDELETEDID 3-3",
    "MULTI",
    "XTRIM s MINID ~ 2-0",
    "XDEL s 1-1",
    "EXEC",
    "SCAN 0 MATCH [a-z]* COUNT 3 TYPE stream",
    "CONFIG SET stream-node-max-entries 7",
    "COMMAND GETKEYS XREAD STREAMS a b 0 0",
    "CLIENT KILL ID 5 SKIPME yes",
    "INFO all",
    "FLUSHALL",
};

class MutationTest : public ::testing::Test {
 protected:
  std::string Conversation() {
    std::string bytes;
    for (int n = 0; n < 6; ++n) {
      bytes += EncodeRequest(Words(kConversation[random_() % std::size(kConversation)]));
    }
    return bytes;
  }
  void Mutate(std::string& bytes) {
    const size_t at = random_() % bytes.size();
    switch (random_() % 5) {
      case 0:
        bytes[at] = static_cast<char>(random_());
        break;
      case 1:
        bytes[at] = "0129-+*$(~\r\n \""[random_() % 14];
        break;
      case 2:
        bytes.erase(at, 1 + random_() % 4);
        break;
      case 3:
        bytes.insert(at, bytes.substr(random_() % bytes.size(), random_() % 12));
        break;
      default:
        bytes.resize(at + 1);
    }
  }

  std::mt19937_64 random_;
};

TEST_F(MutationTest, EveryRequestHasOneReply) {
  for (uint64_t seed = 1; seed <= 4000; ++seed) {
    random_.seed(seed);
    std::string bytes = Conversation();
    for (size_t n = random_() % 4; n > 0 && !bytes.empty(); --n) Mutate(bytes);
    ASSERT_EQ(RunInput(bytes), "") << "seed " << seed << ": " << ::testing::PrintToString(bytes);
  }
}

// Requests that parse, with arguments where they do not belong.
TEST_F(MutationTest, ShuffledArguments) {
  for (uint64_t seed = 1; seed <= 4000; ++seed) {
    random_.seed(seed);
    std::string bytes;
    for (int n = 0; n < 8; ++n) {
      std::vector<std::string> words = Words(kConversation[random_() % std::size(kConversation)]);
      const std::vector<std::string> others =
          Words(kConversation[random_() % std::size(kConversation)]);
      for (int swaps = 0; swaps < 2; ++swaps) {
        words[random_() % words.size()] = others[random_() % others.size()];
      }
      bytes += EncodeRequest(words);
    }
    ASSERT_EQ(RunInput(bytes), "") << "seed " << seed << ": " << ::testing::PrintToString(bytes);
  }
}

}  // namespace
}  // namespace braid::redis
