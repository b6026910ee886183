// What holds for every row of the tables of bad input.
#include "tests/protocol/kafka/bad_input.h"

namespace braid::kafka {
namespace {

TEST_P(RefusedTest, IsToldSoAndNobodyElseNotices) {
  const int16_t code = GetParam().ask(*this);
  EXPECT_EQ(ErrorName(static_cast<ErrorCode>(code)), ErrorName(GetParam().code)) << code;
  EXPECT_EQ(client.Ask<ApiVersionsResponse>(Hello(), 3).error_code, 0) << "the connection lives";
  CheckThatOthersDidNotNotice();
}

TEST_P(ClosedTest, EndsItsConnectionAndNobodyElses) {
  client.wire().Send(GetParam().bytes(*this));
  EXPECT_TRUE(IsClosed());
  EXPECT_EQ(client.wire().Take(), "");
  CheckThatOthersDidNotNotice();
}

}  // namespace
}  // namespace braid::kafka
