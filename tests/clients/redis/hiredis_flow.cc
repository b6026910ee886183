// The everyday Redis Streams flow with hiredis: hiredis_flow HOST PORT STREAM. Exit code 0 when all
// went as it should; otherwise one line on stderr says what did not.
#include <hiredis/hiredis.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

namespace {

using Reply = std::unique_ptr<redisReply, decltype(&freeReplyObject)>;

[[noreturn]] void Fail(const std::string& what) {
  std::fprintf(stderr, "hiredis: %s\n", what.c_str());
  std::exit(1);
}

void Expect(bool holds, const std::string& what) {
  if (!holds) Fail(what);
}

class Client {
 public:
  Client(const char* host, int port) : context_(redisConnect(host, port)) {
    if (context_ == nullptr || context_->err != 0) Fail("cannot connect");
  }
  ~Client() { redisFree(context_); }

  Reply Run(const std::vector<std::string>& words) {
    std::vector<const char*> arguments;
    std::vector<size_t> lengths;
    for (const std::string& word : words) {
      arguments.push_back(word.data());
      lengths.push_back(word.size());
    }
    void* reply = redisCommandArgv(context_, static_cast<int>(words.size()), arguments.data(),
                                   lengths.data());
    if (reply == nullptr) Fail(words[0] + ": " + context_->errstr);
    return Reply(static_cast<redisReply*>(reply), freeReplyObject);
  }

  void Queue(const std::string& stream, int n) {
    Expect(redisAppendCommand(context_, "XADD %s * n %d", stream.c_str(), n) == REDIS_OK, "queue");
  }
  Reply Next() {
    void* reply = nullptr;
    Expect(redisGetReply(context_, &reply) == REDIS_OK, "reply of a pipeline");
    return Reply(static_cast<redisReply*>(reply), freeReplyObject);
  }

 private:
  redisContext* context_;
};

void WorkThroughOrders(Client& client, const std::string& stream) {
  Reply created = client.Run({"XGROUP", "CREATE", stream, "workers", "0", "MKSTREAM"});
  Expect(created->type == REDIS_REPLY_STATUS, "XGROUP CREATE");
  Reply again = client.Run({"XGROUP", "CREATE", stream, "workers", "0", "MKSTREAM"});
  Expect(again->type == REDIS_REPLY_ERROR && std::string(again->str).rfind("BUSYGROUP", 0) == 0,
         "a second XGROUP CREATE answers BUSYGROUP");
  for (int n = 0; n < 1000; ++n) client.Queue(stream, n);
  for (int n = 0; n < 1000; ++n) {
    Expect(client.Next()->type == REDIS_REPLY_STRING, "XADD answers an ID");
  }
  int next = 0;
  while (next < 1000) {
    Reply read = client.Run({"XREADGROUP", "GROUP", "workers", "w1", "COUNT", "10", "BLOCK", "5000",
                             "STREAMS", stream, ">"});
    Expect(read->type == REDIS_REPLY_ARRAY && read->elements == 1, "one stream is answered");
    redisReply* entries = read->element[0]->element[1];
    Expect(entries->elements == 10, "ten entries are answered");
    for (size_t i = 0; i < entries->elements; ++i, ++next) {
      redisReply* fields = entries->element[i]->element[1];
      Expect(std::string(fields->element[1]->str) == std::to_string(next), "entries in order");
      Reply acked = client.Run(
          {"XACK", stream, "workers", std::string(entries->element[i]->element[0]->str)});
      Expect(acked->type == REDIS_REPLY_INTEGER && acked->integer == 1, "XACK answers 1");
    }
  }
  Reply pending = client.Run({"XPENDING", stream, "workers"});
  Expect(pending->element[0]->integer == 0, "nothing is pending");
  Reply waited =
      client.Run({"XREADGROUP", "GROUP", "workers", "w1", "BLOCK", "100", "STREAMS", stream, ">"});
  Expect(waited->type == REDIS_REPLY_NIL, "a wait in vain answers nil");
}

void KeepBinary(Client& client, const std::string& stream) {
  std::string blob("\0\r\n\xff", 4);
  blob.append(100000, 'x');
  Reply added = client.Run({"XADD", stream, "*", "blob", blob});
  Reply read = client.Run({"XREVRANGE", stream, "+", "-", "COUNT", "1"});
  redisReply* value = read->element[0]->element[1]->element[1];
  Expect(std::string(value->str, value->len) == blob, "binary values survive");
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) Fail("usage: hiredis_flow HOST PORT STREAM");
  Client client(argv[1], std::atoi(argv[2]));
  WorkThroughOrders(client, argv[3]);
  KeepBinary(client, argv[3]);
  return 0;
}
