// What holds for every message in every version: read back what was written, refuse every cut,
// survive every mutation.
#include <gtest/gtest.h>

#include <cstdint>
#include <string>

#include "braid/buffer.h"
#include "protocol/kafka/reader.h"
#include "protocol/kafka/writer.h"
#include "tests/protocol/kafka/messages.h"
#include "tests/protocol/kafka/random.h"

namespace braid::kafka {
namespace {

template <class M>
std::string Encode(const M& message, int16_t version) {
  Writer writer;
  writer.Write(message, version);
  EXPECT_EQ(writer.Joined().size(), writer.total_size());
  return writer.Joined();
}

struct RoundTrip {
  template <class M>
  void operator()(const char* name) const {
    ForEachVersion<M>([&](int16_t version) {
      for (uint64_t seed = 1; seed <= 20; ++seed) {
        SCOPED_TRACE(testing::Message() << name << " v" << version << " seed " << seed);
        Random random(seed);
        const M message = random.Message<M>(version);
        const Buffer frame = Buffer::Copy(Encode(message, version));
        Reader reader(frame, 0);
        const auto read = reader.Read<M>(version);
        ASSERT_TRUE(read.has_value());
        EXPECT_EQ(reader.position(), frame.size());
        EXPECT_TRUE(*read == message);
      }
    });
  }
};

TEST(CodecTest, EveryMessageReadsBackAsWritten) {
  ForEachMessage(RoundTrip());
}

struct Cut {
  template <class M>
  void operator()(const char* name) const {
    ForEachVersion<M>([&](int16_t version) {
      Random random(7);
      const std::string whole = Encode(random.Message<M>(version), version);
      for (size_t length = 0; length < whole.size(); ++length) {
        SCOPED_TRACE(testing::Message() << name << " v" << version << " cut at " << length);
        const Buffer frame = Buffer::Copy(whole.substr(0, length));
        EXPECT_FALSE(Reader(frame, 0).Read<M>(version).has_value());
      }
    });
  }
};

TEST(CodecTest, EveryTruncationIsRefused) {
  ForEachMessage(Cut());
}

struct Mutate {
  template <class M>
  void operator()(const char* name) const {
    ForEachVersion<M>([&](int16_t version) {
      for (uint64_t seed = 1; seed <= 60; ++seed) {
        SCOPED_TRACE(testing::Message() << name << " v" << version << " seed " << seed);
        Random random(seed);
        std::string bytes = Encode(random.Message<M>(version), version);
        if (bytes.empty()) continue;
        for (uint64_t flips = 1 + random.Below(4); flips > 0; --flips) {
          bytes[random.Below(bytes.size())] = static_cast<char>(random.Below(256));
        }
        const Buffer frame = Buffer::Copy(bytes);
        const auto read = Reader(frame, 0).Read<M>(version);
        // What was read in spite of it can be written and read again.
        if (!read) continue;
        const Buffer again = Buffer::Copy(Encode(*read, version));
        const auto reread = Reader(again, 0).Read<M>(version);
        ASSERT_TRUE(reread.has_value());
        EXPECT_TRUE(*reread == *read);
      }
    });
  }
};

TEST(CodecTest, MutatedBytesAreReadOrRefusedButNeverMisread) {
  ForEachMessage(Mutate());
}

}  // namespace
}  // namespace braid::kafka
