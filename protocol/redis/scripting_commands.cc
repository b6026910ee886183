// Scripts and functions: there are none, and none can be brought. What asks after them is answered
// truly; what would make or run one is refused.
#include "protocol/redis/handlers.h"

#include "fmt/format.h"

namespace braid::redis {
namespace {

constexpr std::string_view kNoScripting = "ERR scripting is not supported by Braid";

// [ASYNC|SYNC], and nothing else.
bool TakesFlushMode(Call& call, std::string_view error) {
  if (call.args.size() == 1 && (call.args.Skip("ASYNC") || call.args.Skip("SYNC"))) return true;
  if (call.args.size() == 0) return true;
  call.reply.Error(error);
  return false;
}

}  // namespace

void ScriptingRefused(Call& call) {
  call.reply.Error(kNoScripting);
}

void EvalSha(Call& call) {
  call.reply.Error("NOSCRIPT No matching script. Please use EVAL.");
}

void FunctionDelete(Call& call) {
  call.reply.Error("ERR Library not found");
}

void FunctionFlush(Call& call) {
  if (TakesFlushMode(call, "ERR FUNCTION FLUSH only supports SYNC|ASYNC option")) call.reply.Ok();
}

void FunctionList(Call& call) {
  while (!call.args.empty()) {
    if (call.args.Skip("WITHCODE")) continue;
    const std::string_view word = call.args.Next();
    if (!SameWord(word, "LIBRARYNAME")) {
      call.args.Fail(fmt::format("ERR Unknown argument {:.128}", word));
    } else if (call.args.empty()) {
      call.args.Fail("ERR library name argument was not given");
    } else {
      call.args.Next();
    }
  }
  if (!call.Failed()) call.reply.Array(0);
}

void FunctionStats(Call& call) {
  call.reply.Map(2);
  call.reply.Bulk("running_script");
  call.reply.Null();
  call.reply.Bulk("engines");
  call.reply.Map(0);
}

void NothingToKill(Call& call) {
  call.reply.Error("NOTBUSY No scripts in execution right now.");
}

void ScriptExists(Call& call) {
  call.reply.Array(call.args.size());
  while (!call.args.empty()) {
    call.args.Next();
    call.reply.Integer(0);
  }
}

void ScriptFlush(Call& call) {
  if (TakesFlushMode(call, "ERR SCRIPT FLUSH only support SYNC|ASYNC option")) call.reply.Ok();
}

}  // namespace braid::redis
