#include "protocol/nats/session.h"

#include <utility>

#include "engine/subjects.h"
#include "protocol/nats/api.h"
#include "protocol/nats/errors.h"
#include "protocol/nats/headers.h"
#include "protocol/nats/json.h"

namespace braid::nats {
namespace {

constexpr std::string_view kFlowControlPrefix = "$JS.FC.";
constexpr absl::Duration kStall = absl::Milliseconds(5);
// What a client may put into one frame of a WebSocket beside one whole operation.
constexpr size_t kWebsocketSlack = size_t{1} << 20;

}  // namespace

boost::asio::awaitable<void> Serve(Service& service, net::ConnectionPtr connection) {
  Session session(service, std::move(connection), /*websocket=*/false);
  co_await session.Run();
}

boost::asio::awaitable<void> ServeWebsocket(Service& service, net::ConnectionPtr connection) {
  const bool upgraded = co_await UpgradeToWebsocket(*connection);
  if (!upgraded) co_return;
  Session session(service, std::move(connection), /*websocket=*/true);
  co_await session.Run();
}

Session::Session(Service& service, net::ConnectionPtr connection, bool websocket)
    : service_(service),
      connection_(std::move(connection)),
      client_(std::make_shared<Client>(
          service.catalog(), service.accounts().front()->router, connection_,
          ClientOptions{.max_pending = service.options().max_pending,
                        .write_deadline = service.options().write_deadline,
                        .max_subscriptions = service.options().max_subscriptions,
                        .websocket = websocket})),
      executor_(connection_->executor()),
      account_(service.accounts().front().get()),
      capture_(service.jetstream()),
      pinger_(std::make_shared<Pinger>(service.catalog(), client_, service.options().ping_interval,
                                       service.options().max_pings_out)) {
  publisher_.emplace(account_->router, service.catalog().Random());
  if (!websocket) return;
  const ParseLimits& limits = service.options().limits;
  websocket_ = std::make_unique<WebsocketInput>(
      *connection_, limits.max_payload + limits.max_control_line + kWebsocketSlack);
}

Session::~Session() {
  pinger_->Stop();
  service_.catalog().timers().Cancel(auth_timer_);
  client_->UnsubscribeAll();
  service_.clients().Remove(client_, service_.catalog().Now());
}

boost::asio::awaitable<void> Session::Run() {
  if (!Open()) co_return;
  size_t want = 1;
  while (!failed_) {
    bool open = false;
    if (websocket_) {
      open = co_await websocket_->ReadAtLeast(want);
    } else {
      open = co_await connection_->ReadAtLeast(want);
    }
    if (!open) co_return;
    client_->Heard(service_.catalog().Now());
    want = ExecuteInput();
    open = co_await FinishTurn();
    if (!open) co_return;
    if (publisher_->congested()) co_await SlowDown();
  }
}

bool Session::Open() {
  const bool room = service_.clients().Add(client_, service_.options().max_connections);
  if (service_.lame_duck()) {
    client_->Close(CloseReason::kServerShutdown);
    return false;
  }
  client_->Send(InfoLine(service_.InfoFor(*client_)));
  if (!room) {
    client_->Fail("maximum connections exceeded", CloseReason::kMaxConnectionsExceeded);
    return false;
  }
  client_->Flush();
  const auto authorization = service_.authorization();
  if (std::optional<Identity> anonymous = authorization->Anonymous()) {
    Become(*std::move(anonymous));
  } else {
    auth_timer_ = service_.catalog().timers().Add(
        service_.catalog().Now() + authorization->timeout(),
        [weak = std::weak_ptr<Client>(client_)] {
          if (const ClientPtr client = weak.lock()) {
            client->Fail("Authentication Timeout", CloseReason::kAuthenticationTimeout);
          }
        });
  }
  pinger_->Start();
  return true;
}

void Session::Become(Identity identity) {
  known_ = true;
  service_.catalog().timers().Cancel(auth_timer_);
  Account& account = service_.account(identity.account);
  if (&account != account_) {
    publisher_->Flush();
    account_ = &account;
    client_->MoveTo(account.router);
    publisher_.emplace(account.router, service_.catalog().Random());
  }
  client_->SetIdentity(std::move(identity));
}

size_t Session::ExecuteInput() {
  int64_t messages = 0, bytes = 0;
  size_t want = 0;
  while (!failed_ && want == 0) {
    const ParseResult parsed = ParseOp(Input(), service_.options().limits);
    switch (parsed.state) {
      case ParseResult::State::kMore:
        want = parsed.size;
        break;
      case ParseResult::State::kError:
        FailParse(parsed.error);
        break;
      case ParseResult::State::kOp:
        // Answers that are due belong to who it was before.
        if (parsed.op.kind == OpKind::kConnect && !(turn_.empty() && turn_.writes.empty())) {
          want = parsed.size;
          break;
        }
        if (parsed.op.kind == OpKind::kPub || parsed.op.kind == OpKind::kHpub) {
          ++messages;
          bytes += static_cast<int64_t>(parsed.op.headers.size() + parsed.op.payload.size());
        }
        Execute(parsed.op);
        Consume(parsed.size);
        break;
    }
  }
  if (messages > 0) client_->CountIn(messages, bytes);
  return want;
}

boost::asio::awaitable<bool> Session::FinishTurn() {
  const absl::Status committed =
      co_await net::CommitSome(*connection_, service_.catalog(), turn_.writes);
  if (!committed.ok()) co_return false;
  turn_.Finish(*publisher_);
  if (!out_.empty()) {
    client_->Send(out_);
    out_.clear();
  }
  publisher_->Flush();
  client_->Flush();
  if (failed_) connection_->CloseAfterFlush();
  co_return !failed_;
}

boost::asio::awaitable<void> Session::SlowDown() {
  const std::function<void(engine::WaiterPtr)> nothing = [](engine::WaiterPtr) {};
  co_await connection_->Wait(service_.catalog().Now() + kStall, nothing);
}

// --- JetStream
// -----------------------------------------------------------------------------------------

bool Session::HandleJetStream(const Message& message) {
  if (!service_.options().jetstream) return false;
  if (message.subject.starts_with(kApiPrefix)) {
    if (!account_->jetstream) return RefuseApi(turn_, message);
    return CallApi(service_.jetstream(), turn_, executor_, message);
  }
  if (!account_->jetstream) return false;
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

}  // namespace braid::nats
