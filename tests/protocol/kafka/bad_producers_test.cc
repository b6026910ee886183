// Producers and transactions that are out of step, and the code each is refused with.
#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "protocol/kafka/messages/add_offsets_to_txn.h"
#include "protocol/kafka/messages/describe_transactions.h"
#include "tests/protocol/kafka/bad_input.h"
#include "tests/protocol/kafka/requests.h"

namespace braid::kafka {
namespace {

using Test = BadInputTest;
using Producer = InitProducerIdResponse;

// --- What clients do ---

Producer Init(Test& test, int16_t version = 4) {
  const auto producer = test.client.Ask<InitProducerIdResponse>(requests::Init(), version);
  EXPECT_EQ(producer.error_code, 0);
  return producer;
}
int16_t Send(Test& test, int64_t producer_id, int16_t epoch, int32_t sequence) {
  return test.client
      .Produce("orders", 0, WithSequence(BatchOf({"a"}), producer_id, epoch, sequence))
      .error_code;
}
int16_t SendInTransaction(Test& test, const Producer& producer, int32_t sequence, int16_t version,
                          std::optional<std::string_view> id = "t") {
  const Buffer batch = WithSequence(
      WithField<int16_t>(BatchOf({"a"}), storage::kAttributesAt, storage::kTransactionalBit),
      producer.producer_id, producer.producer_epoch, sequence);
  ProduceRequest request = Test::Client::ProduceOf("orders", 0, batch);
  request.transactional_id = id;
  const auto reply = test.client.Ask<ProduceResponse>(request, version);
  return reply.responses.at(0).partition_responses.at(0).error_code;
}
int16_t Add(Test& test, const Producer& producer, std::vector<int32_t> partitions,
            int16_t version = 3, size_t which = 0) {
  const auto reply = test.client.Ask<AddPartitionsToTxnResponse>(
      requests::AddPartitions(producer, std::move(partitions)), version);
  return reply.results_by_topic.at(0).results_by_partition.at(which).partition_error_code;
}
AddOffsetsToTxnRequest AddGroup(const Producer& producer, std::string_view group = "g") {
  AddOffsetsToTxnRequest add;
  add.transactional_id = "t";
  add.producer_id = producer.producer_id;
  add.producer_epoch = producer.producer_epoch;
  add.group_id = group;
  return add;
}
int16_t SendOffset(Test& test, const TxnOffsetCommitRequest& request, int16_t version) {
  const auto reply = test.client.Ask<TxnOffsetCommitResponse>(request, version);
  return reply.topics.at(0).partitions.at(0).error_code;
}
int16_t End(Test& test, const Producer& producer, bool commit, int16_t version) {
  return test.CodeOf<EndTxnResponse>(requests::End(producer, commit), version);
}
// What is wrong with it.
Producer Stranger(Producer producer) {
  return ++producer.producer_id, producer;
}
Producer Younger(Producer producer) {
  return ++producer.producer_epoch, producer;
}
// One that another has taken the place of.
Producer Fenced(Test& test) {
  const Producer first = Init(test);
  Init(test);
  return first;
}

// --- Sequences ---

const Refused kSequences[] = {
    {"Gap", ErrorCode::kOutOfOrderSequenceNumber,
     [](Test& test) {
       EXPECT_EQ(Send(test, 7, 0, 0), 0);
       test.Remember();
       return Send(test, 7, 0, 2);
     }},
    {"GapAtTheWrap", ErrorCode::kOutOfOrderSequenceNumber,
     [](Test& test) {
       EXPECT_EQ(Send(test, 7, 0, INT32_MAX), 0);
       test.Remember();
       return Send(test, 7, 0, 1);
     }},
    {"EpochThatDoesNotBeginAtZero", ErrorCode::kOutOfOrderSequenceNumber,
     [](Test& test) {
       EXPECT_EQ(Send(test, 7, 0, 0), 0);
       test.Remember();
       return Send(test, 7, 1, 1);
     }},
    {"EpochOfThePast", ErrorCode::kInvalidProducerEpoch,
     [](Test& test) {
       EXPECT_EQ(Send(test, 7, 1, 0), 0);
       test.Remember();
       return Send(test, 7, 0, 0);
     }},
    {"NegativeEpoch", ErrorCode::kInvalidRecord, [](Test& test) { return Send(test, 7, -1, 0); }},
    {"NegativeSequence", ErrorCode::kInvalidRecord,
     [](Test& test) { return Send(test, 7, 0, -5); }},
};

// --- InitProducerId ---

Refused Initially(const char* name, ErrorCode code,
                  const std::function<void(InitProducerIdRequest&)>& spoil, int16_t version = 4) {
  return {name, code, [spoil, version](Test& test) {
            Init(test);
            InitProducerIdRequest request = requests::Init();
            spoil(request);
            return test.CodeOf<InitProducerIdResponse>(request, version);
          }};
}
const Refused kInits[] = {
    Initially("EmptyId", ErrorCode::kInvalidRequest, [](auto& r) { r.transactional_id = ""; }),
    Initially("NoTimeToEnd", ErrorCode::kInvalidTransactionTimeout,
              [](auto& r) { r.transaction_timeout_ms = 0; }),
    Initially("NegativeTimeout", ErrorCode::kInvalidTransactionTimeout,
              [](auto& r) { r.transaction_timeout_ms = -1; }),
    Initially("TimeoutAboveFifteenMinutes", ErrorCode::kInvalidTransactionTimeout,
              [](auto& r) { r.transaction_timeout_ms = 15 * 60'000 + 1; }),
    Initially("ProducerWithoutAnEpoch", ErrorCode::kInvalidRequest,
              [](auto& r) { r.producer_id = 5; }),
    Initially("EpochWithoutAProducer", ErrorCode::kInvalidRequest,
              [](auto& r) { r.producer_epoch = 0; }),
    {"ProducerThatIsNotTheIdsOwn", ErrorCode::kProducerFenced,
     [](Test& test) {
       const Producer producer = Init(test);
       return test.CodeOf<InitProducerIdResponse>(
           requests::Init("t", producer.producer_id + 1, producer.producer_epoch), 4);
     }},
    {"EpochThatWasFenced", ErrorCode::kProducerFenced,
     [](Test& test) {
       const Producer old = Fenced(test);
       return test.CodeOf<InitProducerIdResponse>(
           requests::Init("t", old.producer_id, old.producer_epoch), 4);
     }},
    {"EpochThatWasFencedInOldWords", ErrorCode::kInvalidProducerEpoch,
     [](Test& test) {
       const Producer old = Fenced(test);
       return test.CodeOf<InitProducerIdResponse>(
           requests::Init("t", old.producer_id, old.producer_epoch), 3);
     }},
};

// --- Within transactions ---

const Refused kTransactions[] = {
    {"BatchOfNoTransactionalId", ErrorCode::kTransactionalIdAuthorizationFailed,
     [](Test& test) { return SendInTransaction(test, Init(test), 0, 12, std::nullopt); }},
    {"BatchForAPartitionThatWasNotAdded", ErrorCode::kInvalidTxnState,
     [](Test& test) { return SendInTransaction(test, Init(test), 0, 8); }},
    {"TheSameToWhoMayAbort", ErrorCode::kTransactionAbortable,
     [](Test& test) { return SendInTransaction(test, Init(test), 0, 11); }},
    {"BatchOfAnUnknownId", ErrorCode::kInvalidProducerIdMapping,
     [](Test& test) { return SendInTransaction(test, Init(test), 0, 12, "nobody"); }},
    {"BatchOfAnUnknownProducer", ErrorCode::kInvalidProducerIdMapping,
     [](Test& test) { return SendInTransaction(test, Stranger(Init(test)), 0, 12); }},
    {"BatchOfAFencedProducer", ErrorCode::kInvalidProducerEpoch,
     [](Test& test) { return SendInTransaction(test, Fenced(test), 0, 12); }},
    {"BatchOfAnEpochToCome", ErrorCode::kInvalidProducerEpoch,
     [](Test& test) { return SendInTransaction(test, Younger(Init(test)), 0, 12); }},
    {"PlainBatchAmongTransactionalOnes", ErrorCode::kInvalidTxnState,
     [](Test& test) {
       const Producer producer = Init(test);
       EXPECT_EQ(SendInTransaction(test, producer, 0, 12), 0);
       test.Remember();
       return Send(test, producer.producer_id, producer.producer_epoch, 1);
     }},
    {"PartitionThatIsNotThere", ErrorCode::kUnknownTopicOrPartition,
     [](Test& test) { return Add(test, Init(test), {7}); }},
    {"PartitionBesideOneThatIsNotThere", ErrorCode::kOperationNotAttempted,
     [](Test& test) {
       return Add(test, Init(test), {0, 7});
     }},
    {"PartitionOfAStranger", ErrorCode::kInvalidProducerIdMapping,
     [](Test& test) { return Add(test, Stranger(Init(test)), {0}); }},
    {"PartitionOfAFencedProducer", ErrorCode::kProducerFenced,
     [](Test& test) { return Add(test, Fenced(test), {0}); }},
    {"PartitionOfAFencedProducerInOldWords", ErrorCode::kInvalidProducerEpoch,
     [](Test& test) { return Add(test, Fenced(test), {0}, 1); }},
    {"GroupOfNoName", ErrorCode::kInvalidGroupId,
     [](Test& test) { return test.CodeOf<AddOffsetsToTxnResponse>(AddGroup(Init(test), ""), 3); }},
    {"GroupOfAStranger", ErrorCode::kInvalidProducerIdMapping,
     [](Test& test) {
       return test.CodeOf<AddOffsetsToTxnResponse>(AddGroup(Stranger(Init(test))), 3);
     }},
    {"GroupOfAFencedProducer", ErrorCode::kProducerFenced,
     [](Test& test) { return test.CodeOf<AddOffsetsToTxnResponse>(AddGroup(Fenced(test)), 3); }},
};

const Refused kOffsets[] = {
    {"OfAGroupThatWasNotAdded", ErrorCode::kInvalidTxnState,
     [](Test& test) { return SendOffset(test, requests::SendOffset(Init(test), 1), 3); }},
    {"OfAStranger", ErrorCode::kInvalidProducerIdMapping,
     [](Test& test) { return SendOffset(test, requests::SendOffset(Stranger(Init(test)), 1), 5); }},
    {"OfAFencedProducer", ErrorCode::kProducerFenced,
     [](Test& test) { return SendOffset(test, requests::SendOffset(Fenced(test), 1), 5); }},
    {"OfAPartitionThatIsNotThere", ErrorCode::kUnknownTopicOrPartition,
     [](Test& test) {
       auto request = requests::SendOffset(Init(test), 1);
       request.topics[0].partitions[0].partition_index = 9;
       return SendOffset(test, request, 5);
     }},
    {"OfAMemberOfAGroupThatIsNotThere", ErrorCode::kIllegalGeneration,
     [](Test& test) {
       auto request = requests::SendOffset(Init(test), 1);
       request.member_id = "who";
       request.generation_id = 3;
       EXPECT_EQ(test.CodeOf<AddOffsetsToTxnResponse>(
                     AddGroup({.producer_id = request.producer_id,
                               .producer_epoch = request.producer_epoch}),
                     3),
                 0);
       return SendOffset(test, request, 3);
     }},
    {"MetadataTooLong", ErrorCode::kOffsetMetadataTooLarge,
     [](Test& test) {
       const std::string metadata(4097, 'm');
       auto request = requests::SendOffset(Init(test), 1);
       request.topics[0].partitions[0].committed_metadata = metadata;
       return SendOffset(test, request, 5);
     }},
};

const Refused kEnds[] = {
    {"OfNothing", ErrorCode::kInvalidTxnState,
     [](Test& test) { return End(test, Init(test), true, 3); }},
    {"OfNothingInTheSecondGeneration", ErrorCode::kInvalidTxnState,
     [](Test& test) { return End(test, Init(test, 5), true, 5); }},
    {"TheOtherWayRound", ErrorCode::kInvalidTxnState,
     [](Test& test) {
       const Producer producer = Init(test);
       EXPECT_EQ(Add(test, producer, {0}), 0);
       EXPECT_EQ(SendInTransaction(test, producer, 0, 8), 0);
       EXPECT_EQ(End(test, producer, true, 3), 0);
       test.Remember();
       return End(test, producer, false, 3);
     }},
    {"ByAStranger", ErrorCode::kInvalidProducerIdMapping,
     [](Test& test) { return End(test, Stranger(Init(test)), true, 3); }},
    {"OfAnUnknownId", ErrorCode::kInvalidProducerIdMapping,
     [](Test& test) {
       return test.CodeOf<EndTxnResponse>(
           requests::End({.producer_id = 5, .producer_epoch = 0}, true), 3);
     }},
    {"ByAFencedProducer", ErrorCode::kProducerFenced,
     [](Test& test) { return End(test, Fenced(test), true, 2); }},
    {"ByAFencedProducerInOldWords", ErrorCode::kInvalidProducerEpoch,
     [](Test& test) { return End(test, Fenced(test), true, 1); }},
    {"AfterTheTimeout", ErrorCode::kProducerFenced,
     [](Test& test) {
       const Producer producer = Init(test);
       EXPECT_EQ(Add(test, producer, {0}), 0);
       EXPECT_EQ(SendInTransaction(test, producer, 0, 8), 0);
       test.clock.Advance(absl::Minutes(2));
       EXPECT_TRUE(test.RunUntil([&] { return test.End() == 3; })) << "it is aborted";
       test.Remember();
       return End(test, producer, true, 3);
     }},
    {"DescriptionOfAnUnknownId", ErrorCode::kTransactionalIdNotFound,
     [](Test& test) {
       DescribeTransactionsRequest describe;
       describe.transactional_ids = {"nobody"};
       return test.client.Ask<DescribeTransactionsResponse>(describe, 0)
           .transaction_states.at(0)
           .error_code;
     }},
};

INSTANTIATE_TEST_SUITE_P(Sequences, RefusedTest, testing::ValuesIn(kSequences), NameOf());
INSTANTIATE_TEST_SUITE_P(Inits, RefusedTest, testing::ValuesIn(kInits), NameOf());
INSTANTIATE_TEST_SUITE_P(Transactions, RefusedTest, testing::ValuesIn(kTransactions), NameOf());
INSTANTIATE_TEST_SUITE_P(Offsets, RefusedTest, testing::ValuesIn(kOffsets), NameOf());
INSTANTIATE_TEST_SUITE_P(Ends, RefusedTest, testing::ValuesIn(kEnds), NameOf());

}  // namespace
}  // namespace braid::kafka
