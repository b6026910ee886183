// SAVE and its kind, WAITAOF, SHUTDOWN: what is written becomes durable, and the server ends.
#include "protocol/redis/handlers.h"

#include "braid/options.h"
#include "engine/writes.h"

namespace braid::redis {
namespace {

// Commits what the client's pipeline has written so far, so that a flush has it, too. False: the
// connection is over.
bool CommitSoFar(Call& call) {
  if (call.in_exec) return true;  // the transaction is committed as one
  const auto ticket = call.catalog.CommitSome(call.writes);
  if (!ticket.ok()) {  // nobody knows what was written: no reply so far may leave
    call.client.handle().Kill();
    call.client.Close();
    return false;
  }
  if (call.writes.refused()) call.writes.TouchJournal();  // so that the session looks at it
  return true;
}

absl::Status SaveNow(Call& call) {
  return call.service.saves().Now(call.service.stats().changes());
}

struct ShutdownOptions {
  bool save = false;
  bool force = false;
  bool abort = false;
};

ShutdownOptions ParseShutdown(Call& call) {
  ShutdownOptions options;
  bool nosave = false;
  bool other = false;
  const bool modern = call.Offers(Release{7, 0});
  while (!call.args.empty()) {
    if (call.args.Skip("NOSAVE")) {
      nosave = true;
    } else if (call.args.Skip("SAVE")) {
      options.save = true;
    } else if (modern && call.args.Skip("NOW")) {
      other = true;
    } else if (modern && call.args.Skip("FORCE")) {
      options.force = true;
    } else if (modern && call.args.Skip("ABORT")) {
      options.abort = true;
    } else {
      call.args.Fail(text::kSyntax);
    }
  }
  const bool any = nosave || options.save || other || options.force;
  if ((options.save && nosave) || (options.abort && any)) call.args.Fail(text::kSyntax);
  return options;
}

}  // namespace

void Bgrewriteaof(Call& call) {
  if (!CommitSoFar(call)) return;
  if (!call.service.saves().Begin(SaveKind::kRewrite, call.service.stats().changes())) {
    return call.reply.Error("ERR Background append only file rewriting already in progress");
  }
  call.reply.Simple("Background append only file rewriting started");
}

void Bgsave(Call& call) {
  if (!call.args.empty() && !call.args.Skip("SCHEDULE")) call.args.Fail(text::kSyntax);
  if (!call.args.empty()) call.args.Fail(text::kSyntax);
  if (call.Failed() || !CommitSoFar(call)) return;
  if (!call.service.saves().Begin(SaveKind::kSnapshot, call.service.stats().changes())) {
    return call.reply.Error("ERR Background save already in progress");
  }
  call.reply.Simple("Background saving started");
}

void LastSave(Call& call) {
  call.reply.Integer(absl::ToUnixSeconds(call.service.saves().last_save()));
}

void Save(Call& call) {
  if (!CommitSoFar(call) || call.Failed(SaveNow(call))) return;
  call.reply.Ok();
}

// There is no reply: the connection closes.
void Shutdown(Call& call) {
  const ShutdownOptions options = ParseShutdown(call);
  if (call.Failed()) return;
  if (options.abort) return call.reply.Error("ERR No shutdown in progress.");
  const std::function<void()>& shutdown = call.service.options().shutdown;
  if (!shutdown) {
    return call.reply.Error(
        "ERR SHUTDOWN is refused: this server is a part of a program that ends it itself");
  }
  if (options.save) {
    if (!CommitSoFar(call)) return;
    if (!SaveNow(call).ok() && !options.force) {
      return call.reply.Error("ERR Errors trying to SHUTDOWN. Check logs.");
    }
  }
  call.client.Close();
  shutdown();
}

// A count of disks, none or one, and one of replicas, of which there are none. Whoever asks for the
// disk gets what it wrote synced here and now.
void WaitAof(Call& call) {
  const int64_t disks = call.args.NextInt();
  if (disks < 0 || disks > 1)
    call.args.Fail("ERR value is out of range, value must between 0 and 1");
  if (call.args.ok() && call.args.NextInt() < 0) call.args.Fail(text::kNotPositive);
  if (call.args.ok()) call.args.NextTimeoutMs();
  if (call.Failed()) return;
  bool synced = false;
  if (call.catalog.in_memory()) {
    if (disks > 0) {
      return call.reply.Error(
          "ERR WAITAOF cannot be used when numlocal is set but appendonly is disabled.");
    }
  } else if (disks > 0 && !call.in_exec) {
    if (!CommitSoFar(call) || call.Failed(call.catalog.Flush())) return;
    synced = true;
  } else {
    synced = call.catalog.options().durability == Durability::kSync;  // with each acknowledgement
  }
  call.reply.Array(2);
  call.reply.Integer(synced ? 1 : 0);
  call.reply.Integer(0);
}

}  // namespace braid::redis
