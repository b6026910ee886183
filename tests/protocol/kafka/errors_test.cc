#include "protocol/kafka/errors.h"

#include <gtest/gtest.h>

#include "braid/error.h"

namespace braid::kafka {
namespace {

TEST(ErrorsTest, EveryEngineErrorHasItsCode) {
  for (int i = 0; i <= static_cast<int>(kLastErrc); ++i) {
    const auto error = static_cast<Errc>(i);
    const ErrorCode code = ErrorOf(error);
    EXPECT_FALSE(ErrorName(code).empty()) << ErrcName(error);
    EXPECT_EQ(code == ErrorCode::kNone, error == Errc::kOk) << ErrcName(error);
    EXPECT_EQ(code == ErrorCode::kUnknownServerError, error == Errc::kUnknown) << ErrcName(error);
  }
}

TEST(ErrorsTest, TheListEndsWhereTheEnumDoes) {
  // A code past the last one has no name: the loop above saw them all.
  EXPECT_EQ(ErrcName(static_cast<Errc>(static_cast<int>(kLastErrc) + 1)),
            ErrcName(static_cast<Errc>(-1)));
}

TEST(ErrorsTest, StatusWithoutCodeIsAServerError) {
  EXPECT_EQ(ErrorOf(absl::InternalError("?")), ErrorCode::kUnknownServerError);
  EXPECT_EQ(ErrorOf(absl::OkStatus()), ErrorCode::kNone);
  EXPECT_EQ(ErrorOf(MakeError(Errc::kUnknownMember, "who?")), ErrorCode::kUnknownMemberId);
}

}  // namespace
}  // namespace braid::kafka
