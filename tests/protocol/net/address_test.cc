#include "protocol/address.h"

#include <gtest/gtest.h>

#include "braid/error.h"

namespace braid::net {
namespace {

std::string Reformat(std::string_view text) {
  const auto endpoint = ParseAddress(text);
  return endpoint.ok() ? FormatAddress(*endpoint) : std::string(endpoint.status().message());
}

TEST(AddressTest, NumericAddressesComeBackAsTheyWere) {
  EXPECT_EQ(Reformat("127.0.0.1:9092"), "127.0.0.1:9092");
  EXPECT_EQ(Reformat("[::1]:6379"), "[::1]:6379");
  EXPECT_EQ(Reformat("0.0.0.0:0"), "0.0.0.0:0");
}

TEST(AddressTest, LocalhostIsTheLoopbackAndNoHostIsEveryInterface) {
  EXPECT_EQ(Reformat("localhost:1"), "127.0.0.1:1");
  EXPECT_EQ(Reformat(":4222"), "0.0.0.0:4222");
}

TEST(AddressTest, MappedAddressesAreWrittenAsIpv4) {
  EXPECT_EQ(Reformat("[::ffff:10.0.0.7]:80"), "10.0.0.7:80");
}

TEST(AddressTest, AnythingElseIsRefusedByName) {
  for (const char* text : {"", "9092", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:65536",
                           "127.0.0.1:-1", "127.0.0.1: 1", "::1:6379", "127.0.0.1:1 "}) {
    const auto endpoint = ParseAddress(text);
    ASSERT_FALSE(endpoint.ok()) << text;
    EXPECT_EQ(CodeOf(endpoint.status()), Errc::kInvalidArgument);
    EXPECT_NE(endpoint.status().message().find(text), absl::string_view::npos);
  }
}

}  // namespace
}  // namespace braid::net
