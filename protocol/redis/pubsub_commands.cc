// Channels: subscribing to them, publishing, and what PUBSUB knows of them.
#include <string>
#include <string_view>
#include <vector>

#include "protocol/redis/handlers.h"

namespace braid::redis {
namespace {

// What the counts that confirmations carry are made of: shard channels are counted on their own.
int64_t CountFor(const Subscriptions& all, ChannelKind kind) {
  if (kind == ChannelKind::kShard) return all.size(kind);
  return all.size(ChannelKind::kChannel) + all.size(ChannelKind::kPattern);
}

// One for every name, and none of the call itself: RESP3 has pushes, RESP2 as many replies.
void SubscribeTo(Call& call, ChannelKind kind, std::string_view word) {
  call.client.BeginListening();
  call.client.KeepReply();
  while (!call.args.empty()) {
    const std::string_view name = call.args.Next();
    call.client.subscriptions().Add(kind, name);
    call.reply.Push(3);
    call.reply.Bulk(word);
    call.reply.Bulk(name);
    call.reply.Integer(CountFor(call.client.subscriptions(), kind));
  }
}

void UnsubscribeFrom(Call& call, ChannelKind kind, std::string_view word) {
  Subscriptions& subscriptions = call.client.subscriptions();
  call.client.KeepReply();
  std::vector<std::string> names;
  if (call.args.empty()) names = subscriptions.Names(kind);
  while (!call.args.empty()) names.emplace_back(call.args.Next());
  for (const std::string& name : names) {
    subscriptions.Remove(kind, name);
    // Messages from before the end come before its confirmation; EXEC's reply is one array, which
    // they must not break.
    if (!call.in_exec) call.client.TakeMessages();
    call.reply.Push(3);
    call.reply.Bulk(word);
    call.reply.Bulk(name);
    call.reply.Integer(CountFor(subscriptions, kind));
  }
  if (!names.empty()) return;
  call.reply.Push(3);
  call.reply.Bulk(word);
  call.reply.Null();
  call.reply.Integer(CountFor(subscriptions, kind));
}

void PublishTo(Call& call, ChannelKind kind) {
  const std::string_view channel = call.args.Next();
  const std::string_view text = call.args.Next();
  call.reply.Integer(call.client.Publish({kind, std::string(channel), std::string(text)}));
}

void WriteNames(Call& call, ChannelKind kind) {
  const std::string_view pattern = call.args.empty() ? "*" : call.args.Next();
  if (!call.args.empty()) {
    return call.reply.Error(UnknownSubcommandOrArity("pubsub", call.argv[1]));
  }
  const std::vector<std::string> names = call.service.channels().Names(kind, pattern);
  call.reply.Array(names.size());
  for (const std::string& name : names) call.reply.Bulk(name);
}

void WriteSubscribers(Call& call, ChannelKind kind) {
  call.reply.Array(2 * call.args.size());
  while (!call.args.empty()) {
    const std::string_view name = call.args.Next();
    call.reply.Field(name, call.service.channels().Subscribers(kind, name));
  }
}

}  // namespace

void Subscribe(Call& call) {
  SubscribeTo(call, ChannelKind::kChannel, "subscribe");
}
void Psubscribe(Call& call) {
  SubscribeTo(call, ChannelKind::kPattern, "psubscribe");
}
void Ssubscribe(Call& call) {
  if (call.in_exec) return call.reply.Error(text::kSsubscribeInExec);
  SubscribeTo(call, ChannelKind::kShard, "ssubscribe");
}

void Unsubscribe(Call& call) {
  UnsubscribeFrom(call, ChannelKind::kChannel, "unsubscribe");
}
void Punsubscribe(Call& call) {
  UnsubscribeFrom(call, ChannelKind::kPattern, "punsubscribe");
}
void Sunsubscribe(Call& call) {
  UnsubscribeFrom(call, ChannelKind::kShard, "sunsubscribe");
}

void Publish(Call& call) {
  PublishTo(call, ChannelKind::kChannel);
}
void Spublish(Call& call) {
  PublishTo(call, ChannelKind::kShard);
}

void PubsubChannels(Call& call) {
  WriteNames(call, ChannelKind::kChannel);
}
void PubsubShardChannels(Call& call) {
  WriteNames(call, ChannelKind::kShard);
}
void PubsubNumSub(Call& call) {
  WriteSubscribers(call, ChannelKind::kChannel);
}
void PubsubShardNumSub(Call& call) {
  WriteSubscribers(call, ChannelKind::kShard);
}
void PubsubNumPat(Call& call) {
  call.reply.Integer(static_cast<int64_t>(call.service.channels().size(ChannelKind::kPattern)));
}

}  // namespace braid::redis
