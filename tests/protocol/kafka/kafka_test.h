// A Kafka listener over an in-memory engine under a clock that stands still, and clients that speak
// messages.
#ifndef BRAID_TESTS_PROTOCOL_KAFKA_KAFKA_TEST_H_
#define BRAID_TESTS_PROTOCOL_KAFKA_KAFKA_TEST_H_

#include <gtest/gtest.h>

#include <cstdint>
#include <forward_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "braid/batch.h"
#include "braid/buffer.h"
#include "protocol/kafka/errors.h"
#include "protocol/kafka/messages/create_topics.h"
#include "protocol/kafka/messages/fetch.h"
#include "protocol/kafka/messages/metadata.h"
#include "protocol/kafka/messages/produce.h"
#include "protocol/kafka/reader.h"
#include "protocol/kafka/service.h"
#include "protocol/kafka/writer.h"
#include "storage/batch_builder.h"
#include "storage/batch_format.h"
#include "storage/coding.h"
#include "storage/crc32c.h"
#include "tests/protocol/net/loopback.h"

namespace braid::kafka {

// One batch of these values, as a producer sends it.
inline Buffer BatchOf(const std::vector<std::string>& values, Codec codec = Codec::kNone) {
  storage::BatchBuilder builder({.codec = codec, .origin = Origin::kKafka});
  for (const std::string& value : values) {
    RecordView record;
    record.value = value;
    record.timestamp_ms = 1'000;
    builder.Add(record);
  }
  return builder.Build().bytes();
}

// `batch` with a field of its header replaced, and the CRC right again.
template <class T>
Buffer WithField(const Buffer& batch, size_t at, T value) {
  std::string bytes(batch.view());
  storage::StoreBigEndian<T>(bytes.data() + at, value);
  const std::string_view covered = std::string_view(bytes).substr(storage::kAttributesAt);
  storage::StoreBigEndian<uint32_t>(bytes.data() + storage::kCrcAt, storage::Crc32c(covered));
  return Buffer::Take(std::move(bytes));
}

inline Buffer WithSequence(const Buffer& batch, int64_t producer_id, int16_t epoch,
                           int32_t sequence) {
  const Buffer with_id = WithField<int64_t>(batch, storage::kProducerIdAt, producer_id);
  const Buffer with_epoch = WithField<int16_t>(with_id, storage::kProducerEpochAt, epoch);
  return WithField<int32_t>(with_epoch, storage::kBaseSequenceAt, sequence);
}

class KafkaTest : public net::LoopbackTest {
 protected:
  KafkaTest() : KafkaTest(Options{}) {}
  explicit KafkaTest(Options options, EngineOptions engine = {.durability = Durability::kOs})
      : LoopbackTest(std::move(engine)) {
    service = std::make_unique<Service>(*catalog, std::move(options));
    address = Serve(service->session());
  }
  ~KafkaTest() override {
    server->Stop();
    server.reset();
  }

  // A connection that sends requests and reads answers. What it has read stays alive with it.
  class KafkaClient {
   public:
    KafkaClient(KafkaTest& test, const std::string& address) : test_(test), wire_(address) {}

    // The request is on its way when this returns. Returns its correlation id.
    template <class M>
    int32_t Send(const M& message, int16_t version) {
      wire_.Send(Frame(message, version, ++correlation_id_));
      return correlation_id_;
    }
    template <class M>
    static std::string Frame(const M& message, int16_t version, int32_t correlation_id) {
      Writer writer;
      writer.PutInt<int32_t>(0);
      writer.PutInt<int16_t>(static_cast<int16_t>(M::kApi.key));
      writer.PutInt<int16_t>(version);
      writer.PutInt<int32_t>(correlation_id);
      writer.PutHeaderString("test");
      if (version >= M::kApi.flexible_from) writer.PutVarint(0);
      writer.Write(message, version);
      writer.PatchInt32(0, static_cast<int32_t>(writer.total_size() - 4));
      return writer.Joined();
    }

    // A whole answer has arrived.
    bool HasAnswer() {
      received_ += wire_.Take();
      return received_.size() >= 4 && received_.size() - 4 >= AnswerSize();
    }
    // The next answer, which must be of type M. Runs the server until it is there.
    template <class M>
    M Receive(int16_t version) {
      if (!test_.RunUntil([&] { return HasAnswer(); })) {
        ADD_FAILURE() << "no answer to " << M::kApi.name << " v" << version;
        return {};
      }
      return TakeAnswer<M>(version);
    }
    // Sends, and waits for the answer.
    template <class Answer, class M>
    Answer Ask(const M& message, int16_t version) {
      const int32_t id = Send(message, version);
      Answer answer = Receive<Answer>(version);
      EXPECT_EQ(answered_id_, id);
      return answer;
    }

    int32_t answered_id() const { return answered_id_; }
    net::Client& wire() { return wire_; }

    // --- In fewer words ------------------------------------------------------------------------
    ProduceResponse::Topic::Partition Produce(std::string_view topic, int32_t partition,
                                              const Buffer& batch, int16_t version = 8,
                                              int16_t acks = -1) {
      const ProduceResponse reply =
          Ask<ProduceResponse>(ProduceOf(topic, partition, batch, acks), version);
      return reply.responses.at(0).partition_responses.at(0);
    }
    static ProduceRequest ProduceOf(std::string_view topic, int32_t partition, const Buffer& batch,
                                    int16_t acks = -1) {
      ProduceRequest request;
      request.acks = acks;
      auto& asked = request.topic_data.emplace_back();
      asked.name = topic;
      auto& records = asked.partition_data.emplace_back();
      records.index = partition;
      records.records.parts.push_back(batch);
      return request;
    }
    static FetchRequest FetchOf(std::string_view topic, int32_t partition, int64_t offset) {
      FetchRequest request;
      request.min_bytes = 1;
      auto& asked = request.topics.emplace_back();
      asked.topic = topic;
      auto& wanted = asked.partitions.emplace_back();
      wanted.partition = partition;
      wanted.fetch_offset = offset;
      wanted.partition_max_bytes = 1 << 20;
      return request;
    }
    FetchResponse::Topic::Partition Fetch(std::string_view topic, int32_t partition, int64_t offset,
                                          int16_t version = 11) {
      const FetchResponse reply = Ask<FetchResponse>(FetchOf(topic, partition, offset), version);
      return reply.responses.at(0).partitions.at(0);
    }
    // Creates it by mentioning it.
    void Mention(std::string_view topic) {
      MetadataRequest request;
      request.topics.emplace().emplace_back().name = topic;
      Ask<MetadataResponse>(request, 9);
    }

    void Create(std::string_view topic, int32_t partitions) {
      CreateTopicsRequest request;
      auto& asked = request.topics.emplace_back();
      asked.name = topic;
      asked.num_partitions = partitions;
      asked.replication_factor = 1;
      EXPECT_EQ(Ask<CreateTopicsResponse>(request, 5).topics.at(0).error_code, 0);
    }

   private:
    size_t AnswerSize() const {
      return static_cast<size_t>(storage::LoadBigEndian<int32_t>(received_.data()));
    }
    template <class M>
    M TakeAnswer(int16_t version) {
      const size_t size = AnswerSize();
      const Buffer& frame = frames_.emplace_front(Buffer::Copy(received_.substr(4, size)));
      received_.erase(0, 4 + size);
      Reader header(frame, 0);
      answered_id_ = header.TakeInt<int32_t>();
      if (FlexibleResponseHeader(M::kApi, version)) header.SkipTags();
      Reader body(frame, header.position());
      std::optional<M> message = body.Read<M>(version);
      EXPECT_TRUE(message.has_value()) << M::kApi.name << " v" << version;
      EXPECT_EQ(body.position(), frame.size()) << M::kApi.name << " v" << version;
      return message.value_or(M());
    }

    KafkaTest& test_;
    net::Client wire_;
    std::string received_;
    int32_t correlation_id_ = 0;
    int32_t answered_id_ = 0;
    std::forward_list<Buffer> frames_;
  };

  std::unique_ptr<Service> service;
  std::string address;
};

}  // namespace braid::kafka

#endif  // BRAID_TESTS_PROTOCOL_KAFKA_KAFKA_TEST_H_
