#include "protocol/nats/session.h"

#include <utility>

#include "engine/subjects.h"
#include "protocol/nats/api.h"
#include "protocol/nats/errors.h"
#include "protocol/nats/headers.h"
#include "protocol/nats/json.h"

namespace braid::nats {
namespace {

constexpr std::string_view kJetStreamPrefix = "$JS.";
constexpr std::string_view kFlowControlPrefix = "$JS.FC.";
constexpr absl::Duration kStall = absl::Milliseconds(5);

}  // namespace

boost::asio::awaitable<void> Serve(Service& service, net::ConnectionPtr connection) {
  Session session(service, std::move(connection));
  co_await session.Run();
}

Session::Session(Service& service, net::ConnectionPtr connection)
    : service_(service),
      connection_(std::move(connection)),
      client_(std::make_shared<Client>(service.router(), connection_)),
      executor_(connection_->executor()),
      publisher_(service.router(), service.catalog().Random()),
      capture_(service.jetstream()),
      pinger_(std::make_shared<Pinger>(service.catalog(), connection_,
                                       service.options().ping_interval,
                                       service.options().max_pings_out)) {}

Session::~Session() {
  pinger_->Stop();
  client_->UnsubscribeAll();
}

boost::asio::awaitable<void> Session::Run() {
  connection_->Send(InfoLine(service_.InfoFor(*connection_)));
  connection_->Flush();
  pinger_->Start();
  size_t want = 1;
  while (!failed_) {
    bool open = co_await connection_->ReadAtLeast(want);
    if (!open) co_return;
    want = ExecuteInput();
    open = co_await FinishTurn();
    if (!open) co_return;
    if (publisher_.congested()) co_await SlowDown();
  }
}

size_t Session::ExecuteInput() {
  while (!failed_) {
    const ParseResult parsed = ParseOp(connection_->Input(), service_.options().limits);
    switch (parsed.state) {
      case ParseResult::State::kMore:
        return parsed.size;
      case ParseResult::State::kError:
        FailParse(parsed.error);
        break;
      case ParseResult::State::kOp:
        Execute(parsed.op);
        connection_->Consume(parsed.size);
        break;
    }
  }
  return 0;
}

boost::asio::awaitable<bool> Session::FinishTurn() {
  const absl::Status committed =
      co_await net::CommitSome(*connection_, service_.catalog(), turn_.writes);
  if (!committed.ok()) co_return false;
  turn_.Finish(publisher_);
  if (!out_.empty()) {
    connection_->Send(out_);
    out_.clear();
  }
  publisher_.Flush();
  connection_->Flush();
  if (connection_->outbox_bytes() > service_.options().max_pending) connection_->Close();
  if (failed_) connection_->CloseAfterFlush();
  co_return !failed_;
}

boost::asio::awaitable<void> Session::SlowDown() {
  const std::function<void(engine::WaiterPtr)> nothing = [](engine::WaiterPtr) {};
  co_await connection_->Wait(service_.catalog().Now() + kStall, nothing);
}

// --- Operations
// ----------------------------------------------------------------------------------------

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
      {OpKind::kOk, &Session::OnNothing},      {OpKind::kErr, &Session::OnNothing},
  };
  const Row& row = kRows[static_cast<size_t>(op.kind)];
  turn_.Begin();
  (this->*row.handler)(op);
}

void Session::OnConnect(const Op& op) {
  ConnectOptions options;
  JsonFaults faults;
  ReadJson(op.json, Strict::kNo, &options, &faults);
  if (!faults.invalid.empty()) return FailParse(ParseError::kBadArguments);
  connect_ = std::move(options);
  connected_ = true;
  if (connect_.protocol != 0 && connect_.protocol != 1) return Fail("invalid client protocol");
  if (connect_.tls_required) return Fail("Secure Connection - TLS Required");
  if (connect_.no_responders && !connect_.headers) {
    return Fail("no responders requires headers support");
  }
  client_->SetOptions(connect_.headers, connect_.echo);
  Ok();
}

void Session::OnPublish(const Op& op) {
  if (op.kind == OpKind::kHpub && connected_ && !connect_.headers) {
    return Fail("message headers not supported");
  }
  // A complaint, not a refusal: the message goes on to whoever listens.
  if (connected_ && connect_.pedantic && !engine::IsValidPublishSubject(op.subject)) {
    Error("Invalid Publish Subject");
  }
  Ok();
  Message message;
  message.subject = op.subject;
  message.reply = op.reply;
  message.headers = op.headers;
  message.payload = op.payload;
  const bool special = op.subject.starts_with(kJetStreamPrefix);
  bool taken = special && HandleJetStream(message);
  taken |= publisher_.Publish(message, client_.get()) > 0;
  if (!special && engine::IsValidPublishSubject(op.subject)) {
    taken |= capture_.Publish(message, turn_);
  }
  if (!taken && !op.reply.empty() && connect_.no_responders) SendNoResponders(op.reply);
}

void Session::OnSubscribe(const Op& op) {
  if (!engine::IsValidSubject(op.subject)) return Error("Invalid Subject");
  client_->Subscribe(op.subject, op.queue, op.sid);
  Ok();
}

void Session::OnUnsubscribe(const Op& op) {
  client_->Unsubscribe(op.sid, op.max);
  Ok();
}

void Session::OnPing(const Op&) {
  out_.append("PONG\r\n");
  if (!connected_ || connect_.protocol < 1 || told_twice_) return;
  told_twice_ = true;
  ServerInfo info = service_.InfoFor(*connection_);
  info.connect_info = true;
  info.remote_account = "$G";
  out_.append(InfoLine(info));
}

void Session::OnPong(const Op&) {
  pinger_->Answered();
}

void Session::OnNothing(const Op&) {}

// --- JetStream
// -----------------------------------------------------------------------------------------

bool Session::HandleJetStream(const Message& message) {
  if (message.subject.starts_with(kApiPrefix)) {
    return CallApi(service_.jetstream(), turn_, executor_, message);
  }
  if (message.subject.starts_with(kAckPrefix)) return HandleAck(message);
  if (message.subject.starts_with(kFlowControlPrefix)) return HandleFlowControl(message);
  return false;
}

bool Session::HandleAck(const Message& message) {
  const auto subject = ParseAckSubject(message.subject);
  if (!subject) return false;
  const engine::GroupPtr group = FindGroup(subject->stream, subject->consumer);
  if (group == nullptr) return false;
  const auto ack = ParseAck(message.payload);
  if (!ack) return true;
  const Offset offset = subject->stream_seq - 1;
  // What was not outstanding any more is ignored; a broken store shows in the commit.
  switch (ack->kind) {
    case AckKind::kAck:
    case AckKind::kNext:
      group->Ack(offset, turn_.writes).IgnoreError();
      break;
    case AckKind::kNak:
      group->Nak(offset, ack->delay, turn_.writes).IgnoreError();
      break;
    case AckKind::kProgress:
      group->Extend(offset, turn_.writes).IgnoreError();
      break;
    case AckKind::kTerm: {
      const auto ended = group->Term(offset, turn_.writes);
      if (ended.ok() && *ended) {
        service_.jetstream().AdviseTerminated(subject->stream, subject->consumer, *subject,
                                              ack->rest);
      }
      break;
    }
  }
  if (message.reply.empty()) return true;
  if (ack->kind != AckKind::kNext) {
    turn_.Reply(message.reply, {}, {});
    return true;
  }
  auto request = ParsePullRequest(ack->rest);
  if (!request.ok()) return true;
  request->reply = std::string(message.reply);
  const ConsumerPtr running = service_.jetstream().Run(group, executor_);
  turn_.After([running, request = *std::move(request)] { running->Pull(request); });
  return true;
}

bool Session::HandleFlowControl(const Message& message) {
  const std::string_view rest = message.subject.substr(kFlowControlPrefix.size());
  const size_t dot = rest.find('.');
  const size_t end = dot == std::string_view::npos ? dot : rest.find('.', dot + 1);
  if (end == std::string_view::npos) return false;
  const engine::GroupPtr group =
      FindGroup(rest.substr(0, dot), rest.substr(dot + 1, end - dot - 1));
  if (group == nullptr) return false;
  if (const ConsumerPtr running = service_.jetstream().FindRunning(group->id())) {
    running->FlowControl(std::string(message.subject));
  }
  return true;
}

engine::GroupPtr Session::FindGroup(std::string_view stream, std::string_view consumer) {
  if (group_ != nullptr && group_stream_ == stream && group_consumer_ == consumer &&
      !group_->deleted()) {
    return group_;
  }
  group_ = nullptr;
  const engine::StreamPtr found = service_.catalog().FindJetStream(stream);
  if (found != nullptr) group_ = found->FindGroup(Origin::kNats, consumer);
  group_stream_ = std::string(stream);
  group_consumer_ = std::string(consumer);
  return group_;
}

void Session::SendNoResponders(std::string_view reply) {
  const std::string block = StatusBlock(503, "");
  Message message;
  message.subject = reply;
  message.headers = block;
  publisher_.PublishTo(*client_, message);
}

// --- Errors
// --------------------------------------------------------------------------------------------

void Session::Error(std::string_view text) {
  out_.append("-ERR '").append(text).append("'\r\n");
}

void Session::Fail(std::string_view text) {
  Error(text);
  failed_ = true;
}

void Session::FailParse(ParseError error) {
  struct Row {
    ParseError error;
    std::string_view text;
  };
  static constexpr Row kRows[] = {
      {ParseError::kUnknownOperation, "Unknown Protocol Operation"},
      {ParseError::kBadArguments, "Parser Error"},
      {ParseError::kControlLineTooLong, "maximum control line exceeded"},
      {ParseError::kPayloadTooLarge, "Maximum Payload Violation"},
  };
  for (const Row& row : kRows) {
    if (row.error == error) return Fail(row.text);
  }
}

}  // namespace braid::nats
