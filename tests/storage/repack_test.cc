// Batches written anew: what a reader can tell of the living is what it could tell before.
#include "storage/repack.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <set>

#include "storage/batch_format.h"
#include "storage/compression.h"
#include "storage/record_cursor.h"
#include "tests/storage/batches.h"

namespace braid::storage {
namespace {

using ::testing::ElementsAre;

// All that readers know of a record.
struct Seen {
  Offset offset;
  int64_t timestamp_ms;
  std::string key, value;
  std::vector<std::pair<std::string, std::string>> headers;
  Origin origin;
  uint64_t seq;            // of origin Redis
  int64_t running_max_ms;  // up to it and including it, as entry IDs take it
  bool transactional;
  bool operator==(const Seen&) const = default;
};

std::ostream& operator<<(std::ostream& out, const Seen& seen) {
  return out << "{" << seen.offset << " at " << seen.timestamp_ms << ", seq " << seen.seq
             << ", running max " << seen.running_max_ms << "}";
}

class Log {
 public:
  std::vector<Batch> batches;
  std::set<Offset> dead;

  void Add(const Batch& batch) {
    std::string bytes = StringOf(batch);
    StoreBigEndian<int64_t>(bytes.data() + kBaseOffsetAt, next());
    batches.push_back(*Batch::Parse(Buffer::Copy(bytes)));
  }
  Offset next() const { return batches.empty() ? 0 : batches.back().next_offset(); }

  RepackOptions Options() const {
    RepackOptions options;
    options.batch_bytes = 2000;
    options.is_dead = [this](Offset offset) { return dead.contains(offset); };
    options.count_dead = [this](Offset begin, Offset end) {
      return static_cast<int64_t>(std::distance(dead.lower_bound(begin), dead.lower_bound(end)));
    };
    return options;
  }
  Log Repacked(const RepackOptions& options) const {
    Log out;
    Repacker repacker(options, 0, -1, [&](const Batch& batch) {
      out.batches.push_back(batch);
      return absl::OkStatus();
    });
    for (const Batch& batch : batches) EXPECT_TRUE(repacker.Add(batch).ok());
    EXPECT_TRUE(repacker.Finish().ok());
    return out;
  }
  std::vector<Seen> Living(const std::set<Offset>& dead_ones) const {
    std::vector<Seen> seen;
    int64_t running_max = -1;
    for (const Batch& batch : batches) {
      EXPECT_TRUE(batch.VerifyCrc().ok());
      const Buffer block = *RecordsBlock(batch);
      RecordCursor cursor(batch.header(), block.view());
      RecordView record;
      EntrySeqRule rule;
      int64_t within = running_max;
      while (!cursor.done()) {
        EXPECT_TRUE(cursor.Take(record).ok());
        within = std::max(within, record.timestamp_ms);
        const Origin origin = batch.header().origin();
        const uint64_t seq = origin == Origin::kRedis ? TakeEntrySeq(rule, record) : 0;
        if (dead_ones.contains(record.offset)) continue;
        Seen one{record.offset,
                 record.timestamp_ms,
                 std::string(record.key.value_or("<null>")),
                 std::string(record.value.value_or("<null>")),
                 {},
                 origin,
                 seq,
                 origin == Origin::kRedis ? 0 : within,
                 batch.header().transactional()};
        for (const HeaderView& header : record.headers) {
          one.headers.emplace_back(header.key, header.value.value_or("<null>"));
        }
        seen.push_back(one);
      }
      running_max = std::max(running_max, batch.header().max_timestamp_ms);
    }
    return seen;
  }
  int64_t RunningMax() const {
    int64_t max_ms = -1;
    for (const Batch& batch : batches) max_ms = std::max(max_ms, batch.header().max_timestamp_ms);
    return max_ms;
  }
  int64_t Bytes() const {
    int64_t bytes = 0;
    for (const Batch& batch : batches) bytes += static_cast<int64_t>(batch.bytes().size());
    return bytes;
  }
};

Batch NatsBatch(const std::string& value, int64_t timestamp_ms) {
  BatchBuilder builder({.origin = Origin::kNats});
  builder.Add(ValueRecord(value, timestamp_ms));
  return builder.Build();
}

TEST(Repacker, ManySmallBatchesBecomeFewLargeOnes) {
  Log log;
  for (int i = 0; i < 500; ++i) log.Add(NatsBatch("value " + std::to_string(i), 1000 + i));
  const Log out = log.Repacked(log.Options());
  EXPECT_LT(out.batches.size(), 15u);
  EXPECT_LT(out.Bytes() * 5, log.Bytes());
  EXPECT_EQ(out.batches[0].header().codec(), Codec::kLz4);
  EXPECT_EQ(out.Living({}), log.Living({}));
}

TEST(Repacker, DeadRecordsGoAndTheirOffsetsStayCovered) {
  Log log;
  for (int i = 0; i < 100; ++i) log.Add(NatsBatch("v", 1000 + i));
  for (int i = 0; i < 100; ++i) {
    if (i < 20 || i % 3 == 0 || i > 90) log.dead.insert(i);
  }
  const Log out = log.Repacked(log.Options());
  EXPECT_EQ(out.Living({}), log.Living(log.dead));
  Offset next = 0;
  for (const Batch& batch : out.batches) {
    EXPECT_EQ(batch.base_offset(), next);
    next = batch.next_offset();
  }
  EXPECT_EQ(next, 100);
  EXPECT_EQ(out.RunningMax(), log.RunningMax());
}

TEST(Repacker, NothingAliveIsOneEmptyBatch) {
  Log log;
  for (int i = 0; i < 50; ++i) log.Add(NatsBatch("v", 1000 + i));
  for (int i = 0; i < 50; ++i) log.dead.insert(i);
  const Log out = log.Repacked(log.Options());
  ASSERT_EQ(out.batches.size(), 1u);
  EXPECT_EQ(out.batches[0].header().record_count, 0);
  EXPECT_EQ(out.batches[0].next_offset(), 50);
  EXPECT_EQ(out.RunningMax(), 1049);
}

TEST(Repacker, MaximumOfTheDeadStillCountsForTheLiving) {
  Log log;
  log.Add(NatsBatch("late", 9000));
  log.Add(NatsBatch("early", 100));
  log.Add(NatsBatch("early too", 200));
  log.dead = {0};
  const Log out = log.Repacked(log.Options());
  const std::vector<Seen> seen = out.Living({});
  ASSERT_EQ(seen.size(), 2u);
  EXPECT_EQ(seen[0].running_max_ms, 9000);
  EXPECT_EQ(seen, log.Living(log.dead));
}

TEST(Repacker, KafkaBatchesKeepTheirProducersCodec) {
  Log log;
  for (const Codec codec : {Codec::kGzip, Codec::kGzip, Codec::kZstd, Codec::kNone, Codec::kNone}) {
    log.Add(BatchOf({"a", "b"}, 1000, codec));
  }
  const Log out = log.Repacked(log.Options());
  std::vector<Codec> codecs;
  for (const Batch& batch : out.batches) codecs.push_back(batch.header().codec());
  EXPECT_THAT(codecs, ElementsAre(Codec::kGzip, Codec::kZstd, Codec::kNone));
  EXPECT_EQ(out.Living({}), log.Living({}));

  RepackOptions one_codec = log.Options();
  one_codec.kafka_codec = Codec::kZstd;
  const Log zstd = log.Repacked(one_codec);
  ASSERT_EQ(zstd.batches.size(), 1u);
  EXPECT_EQ(zstd.batches[0].header().codec(), Codec::kZstd);
  EXPECT_EQ(zstd.Living({}), log.Living({}));
}

TEST(Repacker, LargeBatchOfTheRightCodecPassesByteForByte) {
  Log log;
  std::string noise;
  std::mt19937 random(1);
  for (int i = 0; i < 3000; ++i) noise += static_cast<char>(random());
  log.Add(BatchOf({noise}, 1000, Codec::kZstd));
  log.Add(BatchOf({"small"}));
  const Log out = log.Repacked(log.Options());
  ASSERT_EQ(out.batches.size(), 2u);
  EXPECT_EQ(StringOf(out.batches[0]), StringOf(log.batches[0]));
}

TEST(Repacker, BatchThatIsLargeInClearPassesByteForByte) {
  Log log;
  log.Add(BatchOf({std::string(1500, 'x'), std::string(400, 'y')}, 1000, Codec::kLz4));
  log.Add(BatchOf({std::string(1500, 'z')}, 1000, Codec::kLz4));
  ASSERT_LT(log.batches[0].bytes().size(), 200u);
  const Log out = log.Repacked(log.Options());
  ASSERT_EQ(out.batches.size(), 2u);
  for (size_t i = 0; i < 2; ++i) EXPECT_EQ(StringOf(out.batches[i]), StringOf(log.batches[i]));
  log.dead.insert(0);
  EXPECT_EQ(log.Repacked(log.Options()).Living({}), log.Living(log.dead));
}

TEST(Repacker, TransactionsAndMarkersStayBatchesOfTheirOwn) {
  Log log;
  const auto transactional = [](const std::string& value) {
    BatchBuilder builder({.attributes = kTransactionalBit,
                          .producer_id = 7,
                          .producer_epoch = 3,
                          .base_sequence = 11});
    builder.Add(ValueRecord(value));
    builder.Add(ValueRecord(value + "'"));
    return builder.Build();
  };
  log.Add(transactional("a"));
  log.Add(transactional("b"));
  log.dead = {1};
  const Log out = log.Repacked(log.Options());
  ASSERT_EQ(out.batches.size(), 2u);
  for (const Batch& batch : out.batches) {
    EXPECT_EQ(batch.header().producer_id, 7);
    EXPECT_EQ(batch.header().producer_epoch, 3);
    EXPECT_EQ(batch.header().base_sequence, 11);
    EXPECT_TRUE(batch.header().transactional());
  }
  EXPECT_EQ(out.batches[0].next_offset(), 2);
  EXPECT_EQ(out.Living({}), log.Living(log.dead));
}

// A transaction's batch may have to be split, so that the maximum of the dead is told; both parts
// are the transaction's.
TEST(Repacker, PartsOfASplitBatchKeepWhatItSaidOfItself) {
  Log log;
  BatchBuilder builder({.attributes = kTransactionalBit | kDeleteHorizonBit,
                        .producer_id = 7,
                        .producer_epoch = 3,
                        .base_sequence = 11});
  for (const int64_t time : {500, 100, 100}) builder.Add(ValueRecord("v", time));
  log.Add(builder.Build());
  log.dead = {0};
  const Log out = log.Repacked(log.Options());
  ASSERT_EQ(out.batches.size(), 2u);
  for (const Batch& batch : out.batches) {
    EXPECT_TRUE(batch.header().transactional());
    EXPECT_NE(batch.header().attributes & kDeleteHorizonBit, 0);
    EXPECT_EQ(batch.header().producer_id, 7);
  }
  EXPECT_EQ(out.Living({}), log.Living(log.dead));
}

// Anything after anything, twice over.
TEST(Repacker, WhatLivesIsTheSameForEveryReader) {
  for (uint64_t seed = 0; seed < 400; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937_64 random(seed);
    Log log;
    const int batches = 1 + static_cast<int>(random() % 40);
    for (int i = 0; i < batches; ++i) {
      const auto origin = static_cast<Origin>(random() % 3);
      const auto codec = origin == Origin::kKafka ? static_cast<Codec>(random() % 5) : Codec::kNone;
      BatchBuilder builder({.codec = codec, .origin = origin});
      EntrySeqRule rule;
      const int records = 1 + static_cast<int>(random() % 6);
      for (int r = 0; r < records; ++r) {
        RecordView record;
        const std::string key = std::to_string(random() % 5);
        const std::string value(random() % 200, 'v');
        std::string seq;
        if (random() % 2 == 0) record.key = key;
        if (random() % 5 != 0) record.value = value;
        record.timestamp_ms = static_cast<int64_t>(1000 + random() % 20);
        if (random() % 3 == 0) record.headers.push_back({"h", key});
        if (origin == Origin::kRedis) PutEntrySeq(rule, record, random() % 4, seq);
        builder.Add(record);
      }
      log.Add(builder.Build());
    }
    for (Offset offset = 0; offset < log.next(); ++offset) {
      if (random() % 3 == 0) log.dead.insert(offset);
    }
    RepackOptions options = log.Options();
    options.batch_bytes = static_cast<int64_t>(100 + random() % 3000);
    options.codec = random() % 2 == 0 ? Codec::kLz4 : Codec::kZstd;
    if (random() % 2 == 0) options.kafka_codec = Codec::kGzip;
    Log once = log.Repacked(options);
    ASSERT_EQ(once.Living({}), log.Living(log.dead));
    ASSERT_EQ(once.next(), log.next());
    ASSERT_EQ(once.RunningMax(), log.RunningMax());

    const std::set<Offset> dead_before = log.dead;
    for (Offset offset = 0; offset < log.next(); ++offset) {
      if (random() % 3 == 0) log.dead.insert(offset);
    }
    once.dead = log.dead;
    RepackOptions again = once.Options();
    again.batch_bytes = options.batch_bytes;
    const Log twice = once.Repacked(again);
    ASSERT_EQ(twice.Living({}), log.Living(log.dead));
    ASSERT_EQ(twice.next(), log.next());
    ASSERT_EQ(twice.RunningMax(), log.RunningMax());
  }
}

}  // namespace
}  // namespace braid::storage
