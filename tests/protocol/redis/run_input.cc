#include "tests/protocol/redis/run_input.h"

#include <memory>
#include <vector>

#include "braid/testing.h"
#include "protocol/redis/client.h"
#include "protocol/redis/request_parser.h"
#include "tests/protocol/redis/resp_value.h"

namespace braid::redis {
namespace {

using Result = RequestParser::Result;

constexpr int kMaxRequests = 64;

std::vector<std::string> ArgsOf(const RequestParser& parser) {
  return {parser.args().begin(), parser.args().end()};
}

// Whether the request at the start of `input` reads the same when it comes in two pieces.
bool SameInPieces(std::string_view input, const RequestParser& whole, Result result) {
  const size_t cut = (result == Result::kError ? input.size() : whole.consumed()) / 2;
  RequestParser pieces;
  if (pieces.Parse(input.substr(0, cut), {}) != Result::kMore) return true;  // it broke earlier
  if (pieces.Parse(input, {}) != result) return false;
  return result != Result::kRequest ||
         (pieces.consumed() == whole.consumed() && ArgsOf(pieces) == ArgsOf(whole));
}

// An engine with one client and nobody else.
class Lone {
 public:
  Lone() : catalog_(*engine::Catalog::Open(Options(clock_))), service_(*catalog_, {}) {
    client_ = std::make_unique<Client>(service_, service_.clients().Add(Self()));
  }

  Client& client() { return *client_; }

  void Execute(absl::Span<const std::string_view> argv) {
    client_->BeginBatch();
    client_->Execute(argv);
    if (client_->blocked() != nullptr) {
      client_->ArmBlocked(std::make_shared<engine::Waiter>(nullptr));
      client_->ResumeBlocked(/*timed_out=*/true);
    }
    client_->EndBatch();
    catalog_->Commit(client_->writes()).status().IgnoreError();
  }

 private:
  static EngineOptions Options(const ManualClock& clock) {
    EngineOptions options;
    options.clock = &clock;
    options.seed = 1;
    return options;
  }

  static ClientHandle::Identity Self() {
    ClientHandle::Identity self;
    self.id = 1;
    return self;
  }

  ManualClock clock_;
  std::unique_ptr<engine::Catalog> catalog_;
  Service service_;
  std::unique_ptr<Client> client_;
};

// CLIENT REPLY is the one command that may have no reply, and takes that of others.
bool Silences(absl::Span<const std::string_view> argv) {
  return argv.size() > 1 && SameWord(argv[0], "client") && SameWord(argv[1], "reply");
}

}  // namespace

std::string RunInput(std::string_view input) {
  Lone lone;
  RequestParser parser;
  for (int i = 0; i < kMaxRequests && !lone.client().closing(); ++i) {
    const Result result = parser.Parse(input, {});
    if (result == Result::kMore) return "";
    if (!SameInPieces(input, parser, result)) return "read differently in pieces";
    if (result == Result::kError) return "";
    if (parser.consumed() == 0 || parser.consumed() > input.size()) return "consumed nonsense";
    input.remove_prefix(parser.consumed());
    if (result == Result::kNothing || Silences(parser.args())) continue;
    lone.Execute(parser.args());
    std::string_view reply = lone.client().reply().bytes();
    if (!TakeReply(reply) || !reply.empty()) {
      return "not one reply: " + lone.client().reply().bytes();
    }
    lone.client().reply().Clear();
  }
  return "";
}

}  // namespace braid::redis
