// What a session does with each operation of its client.
#include <utility>

#include "engine/subjects.h"
#include "protocol/nats/headers.h"
#include "protocol/nats/json.h"
#include "protocol/nats/session.h"

namespace braid::nats {
namespace {

constexpr std::string_view kJetStreamPrefix = "$JS.";

// Subjects that the server itself answers to, so that nobody may have answers sent there.
bool IsReservedReply(std::string_view reply) {
  if (reply.starts_with("_R_.")) return true;
  for (const std::string_view prefix : {"_GR_.", "$JS.ACK."}) {
    if (reply.size() > prefix.size() && reply.starts_with(prefix)) return true;
  }
  return false;
}

}  // namespace

void Session::Execute(const Op& op) {
  using Handler = void (Session::*)(const Op&);
  struct Row {
    OpKind kind;
    Handler handler;
  };
  static constexpr Row kRows[kOpKinds] = {
      {OpKind::kConnect, &Session::OnConnect}, {OpKind::kInfo, &Session::OnNothing},
      {OpKind::kPub, &Session::OnPublish},     {OpKind::kHpub, &Session::OnPublish},
      {OpKind::kSub, &Session::OnSubscribe},   {OpKind::kUnsub, &Session::OnUnsubscribe},
      {OpKind::kPing, &Session::OnPing},       {OpKind::kPong, &Session::OnPong},
      {OpKind::kOk, &Session::OnNothing},      {OpKind::kErr, &Session::OnError},
  };
  if (!known_ && op.kind != OpKind::kConnect) {
    return Fail("Authorization Violation", CloseReason::kAuthenticationViolation);
  }
  const Row& row = kRows[static_cast<size_t>(op.kind)];
  turn_.Begin();
  (this->*row.handler)(op);
}

void Session::OnConnect(const Op& op) {
  ConnectOptions options;
  JsonFaults faults;
  ReadJson(op.json, Strict::kNo, &options, &faults);
  if (!faults.invalid.empty()) return FailParse(ParseError::kBadArguments);
  connect_ = options;
  connected_ = true;
  client_->SetConnect(options);
  if (options.protocol != 0 && options.protocol != 1) {
    return Fail("invalid client protocol", CloseReason::kProtocolViolation);
  }
  std::optional<Identity> identity = service_.authorization()->Check(options);
  if (!identity) return Fail("Authorization Violation", CloseReason::kAuthenticationViolation);
  Become(*std::move(identity));
  if (options.no_responders && !options.headers) {
    return Fail("no responders requires headers support",
                CloseReason::kNoRespondersRequiresHeaders);
  }
  Ok();
}

void Session::OnPublish(const Op& op) {
  if (op.kind == OpKind::kHpub && !connect_.headers) {
    return Fail("", CloseReason::kProtocolViolation);
  }
  // A complaint, not a refusal: the message goes on to whoever listens.
  const bool valid = engine::IsValidPublishSubject(op.subject);
  if (connected_ && connect_.pedantic && !valid) Error("Invalid Publish Subject");
  if (!client_->MayPublish(op.subject)) {
    return Error(fmt::format("Permissions Violation for Publish to \"{}\"", op.subject));
  }
  if (IsReservedReply(op.reply)) {
    return Error(fmt::format("Permissions Violation for Publish with Reply of \"{}\"", op.reply));
  }
  Ok();
  Message message;
  message.subject = op.subject;
  message.reply = op.reply;
  message.headers = op.headers;
  message.payload = op.payload;
  const bool special = op.subject.starts_with(kJetStreamPrefix);
  bool taken = special && HandleJetStream(message);
  taken |= publisher_->Publish(message, client_.get()) > 0;
  if (!special && account_->jetstream && valid) taken |= capture_.Publish(message, turn_);
  if (!taken && !op.reply.empty() && connect_.no_responders) SendNoResponders(message);
}

void Session::OnSubscribe(const Op& op) {
  if (!engine::IsValidSubject(op.subject)) return Error("Invalid Subject");
  if (!client_->MaySubscribe(op.subject, op.queue)) {
    std::string text = fmt::format("Permissions Violation for Subscription to \"{}\"", op.subject);
    if (!op.queue.empty()) text += fmt::format(" using queue \"{}\"", op.queue);
    return Error(text);
  }
  if (!client_->Subscribe(op.subject, op.queue, op.sid)) {
    return Error("maximum subscriptions exceeded");
  }
  Ok();
}

void Session::OnUnsubscribe(const Op& op) {
  client_->Unsubscribe(op.sid, op.max);
  Ok();
}

void Session::OnPing(const Op&) {
  out_.append("PONG\r\n");
  if (client_->rtt() == absl::ZeroDuration()) {
    client_->MeasuredRtt(client_->last_activity() - client_->start());
  }
  if (!connected_ || connect_.protocol < 1 || told_twice_) return;
  told_twice_ = true;
  ServerInfo info = service_.InfoFor(*client_);
  info.connect_info = true;
  info.remote_account = account_->name;
  info.acc_is_sys = account_->name == kSystemAccount;
  info.api_lvl = account_->jetstream ? kApiLevel : 0;
  out_.append(InfoLine(info));
}

void Session::OnPong(const Op&) {
  pinger_->Answered();
}

void Session::OnNothing(const Op&) {}

// A client that complains is believed to be broken.
void Session::OnError(const Op&) {
  Fail("", CloseReason::kClientClosed);
}

void Session::SendNoResponders(const Message& message) {
  std::string block = StatusBlock(503, "");
  block.resize(block.size() - 2);
  block.append("Nats-Subject: ").append(message.subject).append("\r\n\r\n");
  Message answer;
  answer.subject = message.reply;
  answer.headers = block;
  publisher_->Tell(client_, answer);
}

// --- Errors
// --------------------------------------------------------------------------------------------

void Session::Error(std::string_view text) {
  out_.append("-ERR '").append(text).append("'\r\n");
}

void Session::Fail(std::string_view text, CloseReason reason) {
  if (!text.empty()) Error(text);
  client_->EndWith(reason);
  failed_ = true;
}

void Session::FailParse(ParseError error) {
  struct Row {
    ParseError error;
    std::string_view text;
    CloseReason reason;
  };
  static constexpr Row kRows[] = {
      {ParseError::kUnknownOperation, "Unknown Protocol Operation", CloseReason::kParseError},
      {ParseError::kBadArguments, "", CloseReason::kProtocolViolation},
      {ParseError::kControlLineTooLong, "maximum control line exceeded",
       CloseReason::kMaxControlLineExceeded},
      {ParseError::kPayloadTooLarge, "Maximum Payload Violation", CloseReason::kMaxPayloadExceeded},
  };
  // Of who is not known, nothing else may be said.
  if (!known_) return Fail("Authorization Violation", CloseReason::kAuthenticationViolation);
  for (const Row& row : kRows) {
    if (row.error == error) return Fail(row.text, row.reason);
  }
}

}  // namespace braid::nats
