// Redis Streams flows with hiredis: hiredis_flow FLOW HOST PORT STREAM. Exit code 0 when all went
// as it should; otherwise one line on stderr says what did not.
//   everyday   a worker reads and acknowledges
//   blocked    one connection waits while another adds
//   pipeline   10,000 XADDs sent before the first answer is read
//   commands   sends each line of stdin as a command and prints its answer as a line of JSON
#include <hiredis/hiredis.h>

#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <iterator>
#include <memory>
#include <sstream>
#include <string>
#include <string_view>
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

  void Send(const std::string& command) {
    Expect(redisAppendCommand(context_, command.c_str()) == REDIS_OK, "queue");
    int done = 0;
    while (done == 0) Expect(redisBufferWrite(context_, &done) == REDIS_OK, "send");
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

// Sends `stream` what is waited for by a connection that has sent its command and read no answer.
void WakeWaitingReads(Client& reader, Client& writer, const std::string& stream) {
  reader.Run({"XGROUP", "CREATE", stream, "workers", "$", "MKSTREAM"});
  const std::vector<std::string> waits = {
      "XREAD BLOCK 20000 STREAMS " + stream + " $",
      "XREADGROUP GROUP workers w1 BLOCK 20000 STREAMS " + stream + " >"};
  for (size_t n = 0; n < waits.size(); ++n) {
    reader.Send(waits[n]);
    std::string waiting;
    while (waiting.find("blocked_clients:1\r") == std::string::npos) {
      waiting = writer.Run({"INFO", "clients"})->str;
    }
    const std::string id = std::to_string(n + 1) + "-1";
    Expect(writer.Run({"XADD", stream, id, "n", "1"})->str == id, "XADD answers the ID");
    Reply read = reader.Next();
    Expect(read->type == REDIS_REPLY_ARRAY && read->elements == 1, waits[n] + ": one stream");
    redisReply* entries = read->element[0]->element[1];
    Expect(entries->element[0]->element[0]->str == id, waits[n] + ": from the entry on");
    writer.Run({"XGROUP", "SETID", stream, "workers", "$"});
  }
}

void KeepOrderOfPipeline(Client& client, const std::string& stream) {
  constexpr int kCount = 10000;
  for (int n = 0; n < kCount; ++n) client.Queue(stream, n);
  std::vector<std::string> ids;
  for (int n = 0; n < kCount; ++n) {
    Reply added = client.Next();
    Expect(added->type == REDIS_REPLY_STRING, "XADD answers an ID");
    ids.emplace_back(added->str, added->len);
  }
  Reply all = client.Run({"XRANGE", stream, "-", "+"});
  Expect(all->elements == kCount, "as many entries as XADDs");
  for (int n = 0; n < kCount; ++n) {
    redisReply* entry = all->element[n];
    Expect(
        entry->element[0]->str == ids[n] && entry->element[1]->element[1]->str == std::to_string(n),
        "entry " + std::to_string(n) + " is the one that was sent then");
  }
}

void PrintAsJson(const redisReply& reply) {
  const std::string_view text(reply.str == nullptr ? "" : reply.str,
                              reply.str == nullptr ? 0 : reply.len);
  switch (reply.type) {
    case REDIS_REPLY_NIL:
      std::cout << "null";
      break;
    case REDIS_REPLY_INTEGER:
      std::cout << reply.integer;
      break;
    case REDIS_REPLY_ERROR:
      std::cout << "\"error: " << text << '"';
      break;
    case REDIS_REPLY_ARRAY:
      std::cout << '[';
      for (size_t n = 0; n < reply.elements; ++n) {
        if (n > 0) std::cout << ", ";
        PrintAsJson(*reply.element[n]);
      }
      std::cout << ']';
      break;
    default:
      std::cout << '"' << text << '"';
  }
}

void RunCommands(Client& client) {
  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream words(line);
    const std::vector<std::string> command{std::istream_iterator<std::string>(words), {}};
    PrintAsJson(*client.Run(command));
    std::cout << std::endl;
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) Fail("usage: hiredis_flow everyday|blocked|pipeline|commands HOST PORT STREAM");
  const std::string flow = argv[1], stream = argv[4];
  Client client(argv[2], std::atoi(argv[3]));
  if (flow == "everyday") {
    WorkThroughOrders(client, stream);
    KeepBinary(client, stream);
  } else if (flow == "blocked") {
    Client writer(argv[2], std::atoi(argv[3]));
    WakeWaitingReads(client, writer, stream);
  } else if (flow == "pipeline") {
    KeepOrderOfPipeline(client, stream);
  } else if (flow == "commands") {
    RunCommands(client);
  } else {
    Fail("no flow " + flow);
  }
  return 0;
}
