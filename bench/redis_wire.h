// RESP2 as small as can be: requests made ahead, replies counted, and looked into only for errors
// and the IDs of entries.
#ifndef BRAID_BENCH_REDIS_WIRE_H_
#define BRAID_BENCH_REDIS_WIRE_H_

#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "bench/load.h"

namespace braid::bench {

// A request as it goes over the wire.
void AppendRequest(std::string& out, std::initializer_list<std::string_view> words);
// The same, word by word: a header, then as many words as it says.
void AppendWordCount(std::string& out, size_t words);
void AppendWord(std::string& out, std::string_view word);

// Calls `entry` with the ID of each entry in the reply to a read of one stream. False when the
// reply is null: there was nothing.
bool ForEachEntry(std::string_view reply, absl::FunctionRef<void(std::string_view id)> entry);

// One connection. A reply that is an error, or has one in it, ends the load.
class RedisWire {
 public:
  explicit RedisWire(int port);
  ~RedisWire();
  RedisWire(const RedisWire&) = delete;
  RedisWire& operator=(const RedisWire&) = delete;

  int fd() const { return fd_; }
  void Send(std::string_view requests) { SendAll(fd_, requests); }
  // What has arrived; waits when nothing has.
  void Receive();
  // The next whole reply of what was received; "" when there is none. Valid until Receive().
  std::string_view NextReply();
  // Sends one request and waits for its reply.
  std::string_view Call(std::initializer_list<std::string_view> words);

 private:
  const int fd_;
  std::vector<char> bytes_;
  size_t begin_ = 0;
  size_t end_ = 0;
};

}  // namespace braid::bench

#endif  // BRAID_BENCH_REDIS_WIRE_H_
