// Transactions as administrators see them, and the clearing up of those that hang.
#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "braid/error.h"
#include "engine/transactions.h"
#include "protocol/kafka/handlers.h"
#include "protocol/kafka/mentions.h"
#include "protocol/kafka/messages/describe_transactions.h"
#include "protocol/kafka/messages/list_transactions.h"
#include "protocol/kafka/messages/write_txn_markers.h"
#include "protocol/kafka/request.h"
#include "protocol/kafka/topics.h"
#include "re2/re2.h"

namespace braid::kafka {
namespace {

using Described = DescribeTransactionsResponse::State;

constexpr engine::TransactionState kStates[] = {
    engine::TransactionState::kEmpty,          engine::TransactionState::kOngoing,
    engine::TransactionState::kPrepareCommit,  engine::TransactionState::kPrepareAbort,
    engine::TransactionState::kCompleteCommit, engine::TransactionState::kCompleteAbort,
};

bool IsState(std::string_view name) {
  for (const engine::TransactionState state : kStates) {
    if (engine::TransactionStateName(state) == name) return true;
  }
  return false;
}

template <class List, class Value>
bool Passes(const List& filters, const Value& value) {
  if (filters.empty()) return true;
  return std::find(filters.begin(), filters.end(), value) != filters.end();
}

Described Describe(Request& request, std::string_view id) {
  Described state;
  state.transactional_id = id;
  const auto found = request.catalog().transactions().Describe(id);
  if (!found.has_value()) {
    state.error_code = Wire(ErrorCode::kTransactionalIdNotFound);
    return state;
  }
  const engine::Transaction& transaction = found->transaction;
  state.transaction_state = engine::TransactionStateName(transaction.state);
  state.transaction_timeout_ms =
      static_cast<int32_t>(absl::ToInt64Milliseconds(transaction.timeout));
  if (transaction.ongoing()) {
    state.transaction_start_time_ms = absl::ToUnixMillis(transaction.began);
  }
  state.producer_id = transaction.producer.id;
  state.producer_epoch = transaction.producer.epoch;
  std::map<std::string, std::vector<int32_t>> topics;
  for (const engine::StreamPtr& stream : found->streams) {
    if (const engine::TopicPtr topic =
            request.catalog().FindTopic(stream->identity().topic.str())) {
      topics[NameOf(*topic)].push_back(stream->identity().partition);
    }
  }
  for (auto& [name, partitions] : topics) {
    state.topics.push_back({request.Keep(name), std::move(partitions)});
  }
  return state;
}

}  // namespace

void ServeDescribeTransactions(Request& request) {
  const auto asked = request.Read<DescribeTransactionsRequest>();
  if (!asked) return;
  DescribeTransactionsResponse reply;
  Mentions<std::string_view> mentions;
  for (const std::string_view id : asked->transactional_ids) {
    if (!mentions.IsNew(id)) continue;
    reply.transaction_states.push_back(Describe(request, id));
  }
  request.Reply(reply);
}

void ServeListTransactions(Request& request) {
  const auto asked = request.Read<ListTransactionsRequest>();
  if (!asked) return;
  ListTransactionsResponse reply;
  for (const std::string_view name : asked->state_filters) {
    if (!IsState(name)) reply.unknown_state_filters.push_back(name);
  }
  std::optional<RE2> pattern;
  if (asked->transactional_id_pattern && !asked->transactional_id_pattern->empty()) {
    pattern.emplace(std::string(*asked->transactional_id_pattern), RE2::Quiet);
    if (!pattern->ok()) {
      reply.error_code = Wire(ErrorCode::kInvalidRegularExpression);
      return request.Reply(reply);
    }
  }
  const absl::Time now = request.catalog().Now();
  for (const auto& [id, transaction, streams] : request.catalog().transactions().List()) {
    const std::string_view state = engine::TransactionStateName(transaction.state);
    const bool lasts = asked->duration_filter < 0 ||
                       (transaction.ongoing() &&
                        now - transaction.began > absl::Milliseconds(asked->duration_filter));
    const bool listed = Passes(asked->state_filters, state) && lasts &&
                        Passes(asked->producer_id_filters, transaction.producer.id) &&
                        (!pattern || RE2::FullMatch(id, *pattern));
    if (listed) {
      reply.transaction_states.push_back({request.Keep(id), transaction.producer.id, state});
    }
  }
  request.Reply(reply);
}

void ServeWriteTxnMarkers(Request& request) {
  const auto asked = request.Read<WriteTxnMarkersRequest>();
  if (!asked) return;
  WriteTxnMarkersResponse reply;
  for (const auto& marker : asked->markers) {
    auto& replied = reply.markers.emplace_back();
    replied.producer_id = marker.producer_id;
    const storage::TransactionMarker end{.producer_id = marker.producer_id,
                                         .producer_epoch = marker.producer_epoch,
                                         .committed = marker.transaction_result,
                                         .coordinator_epoch = marker.coordinator_epoch,
                                         .timestamp_ms = request.catalog().NowMs()};
    for (const auto& topic : marker.topics) {
      auto& of_topic = replied.topics.emplace_back();
      of_topic.name = topic.name;
      const engine::TopicPtr found = FindTopic(request.catalog(), topic.name);
      for (const int32_t partition : topic.partition_indexes) {
        const engine::StreamPtr stream = PartitionOf(found, partition);
        const ErrorCode error = stream == nullptr
                                    ? ErrorCode::kUnknownTopicOrPartition
                                    : ErrorOf(stream->EndTransaction(end, request.writes()));
        of_topic.partitions.push_back({partition, Wire(error)});
      }
    }
  }
  request.Reply(reply);
}

}  // namespace braid::kafka
