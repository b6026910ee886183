#include "protocol/redis/reply.h"

#include <gtest/gtest.h>

namespace braid::redis {
namespace {

// What `write` puts out in each version.
template <typename Write>
std::string In(int version, Write write) {
  Reply reply;
  reply.set_version(version);
  write(reply);
  return reply.Take();
}

TEST(ReplyTest, TheSameInBothVersions) {
  for (const int version : {2, 3}) {
    EXPECT_EQ(In(version, [](Reply& r) { r.Simple("PONG"); }), "+PONG\r\n");
    EXPECT_EQ(In(version, [](Reply& r) { r.Integer(-7); }), ":-7\r\n");
    EXPECT_EQ(In(version, [](Reply& r) { r.Bulk(""); }), "$0\r\n\r\n");
    EXPECT_EQ(In(version, [](Reply& r) { r.Bulk("a\r\nb"); }), "$4\r\na\r\nb\r\n");
    EXPECT_EQ(In(version, [](Reply& r) { r.BulkInteger(INT64_MIN); }),
              "$20\r\n-9223372036854775808\r\n");
    EXPECT_EQ(In(version, [](Reply& r) { r.Array(3); }), "*3\r\n");
    EXPECT_EQ(In(version, [](Reply& r) { r.Id({12, 3}); }), "$4\r\n12-3\r\n");
  }
}

TEST(ReplyTest, LargestIdFits) {
  EXPECT_EQ(In(2, [](Reply& r) { r.Id(engine::EntryId::kMax); }),
            "$41\r\n18446744073709551615-18446744073709551615\r\n");
}

TEST(ReplyTest, NullsDiffer) {
  EXPECT_EQ(In(2, [](Reply& r) { r.Null(); }), "$-1\r\n");
  EXPECT_EQ(In(2, [](Reply& r) { r.NullArray(); }), "*-1\r\n");
  EXPECT_EQ(In(3, [](Reply& r) { r.Null(); }), "_\r\n");
  EXPECT_EQ(In(3, [](Reply& r) { r.NullArray(); }), "_\r\n");
}

TEST(ReplyTest, CollectionsDiffer) {
  EXPECT_EQ(In(2, [](Reply& r) { r.Map(2); }), "*4\r\n");
  EXPECT_EQ(In(3, [](Reply& r) { r.Map(2); }), "%2\r\n");
  EXPECT_EQ(In(2, [](Reply& r) { r.Set(2); }), "*2\r\n");
  EXPECT_EQ(In(3, [](Reply& r) { r.Set(2); }), "~2\r\n");
}

TEST(ReplyTest, VerbatimAndBooleansDiffer) {
  EXPECT_EQ(In(2, [](Reply& r) { r.Verbatim("hi"); }), "$2\r\nhi\r\n");
  EXPECT_EQ(In(3, [](Reply& r) { r.Verbatim("hi"); }), "=6\r\ntxt:hi\r\n");
  EXPECT_EQ(In(2, [](Reply& r) { r.Boolean(true); }), ":1\r\n");
  EXPECT_EQ(In(3, [](Reply& r) { r.Boolean(false); }), "#f\r\n");
}

TEST(ReplyTest, ErrorsStayOnOneLine) {
  EXPECT_EQ(In(2, [](Reply& r) { r.Error("ERR bad 'a\r\nb'"); }), "-ERR bad 'a  b'\r\n");
}

TEST(ReplyTest, ArraySizeMayComeLast) {
  Reply reply;
  reply.Ok();
  const size_t begin = reply.BeginArray();
  reply.Integer(1);
  reply.Integer(2);
  reply.EndArray(begin, 2);
  EXPECT_EQ(reply.Take(), "+OK\r\n*2\r\n:1\r\n:2\r\n");
}

TEST(ReplyTest, WhatWasWrittenCanBeTakenBack) {
  Reply reply;
  reply.Ok();
  const size_t begin = reply.size();
  reply.Error("ERR no");
  EXPECT_TRUE(reply.IsErrorAt(begin));
  EXPECT_FALSE(reply.IsErrorAt(0));
  reply.Truncate(begin);
  EXPECT_EQ(reply.Take(), "+OK\r\n");
  EXPECT_EQ(reply.size(), 0u);
}

}  // namespace
}  // namespace braid::redis
