#include "protocol/kafka/features.h"

#include <gtest/gtest.h>

#include <memory>

namespace braid::kafka {
namespace {

constexpr Feature kTwo[] = {{"shiny.version", 0, 2, 1}, {"plain.version", 1, 1, 1}};

class FeaturesTest : public ::testing::Test {
 protected:
  ErrorCode Update(std::string_view name, int16_t level,
                   FeatureUpgrade kind = FeatureUpgrade::kUpgrade, bool validate_only = false) {
    return features.Update(name, level, kind, validate_only, writes).code;
  }
  std::unique_ptr<engine::Catalog> catalog = *engine::Catalog::Open({});
  engine::Writes writes;
  Features features{*catalog, kTwo};
};

TEST_F(FeaturesTest, LevelsAreAltered) {
  EXPECT_EQ(features.Level(kTwo[0]), 1);
  EXPECT_EQ(features.Epoch(), 0);
  EXPECT_EQ(Update("shiny.version", 2, FeatureUpgrade::kUpgrade, true), ErrorCode::kNone);
  EXPECT_EQ(features.Level(kTwo[0]), 1);
  EXPECT_EQ(Update("shiny.version", 2), ErrorCode::kNone);
  EXPECT_EQ(features.Level(kTwo[0]), 2);
  EXPECT_EQ(features.Epoch(), 1);
  EXPECT_EQ(Update("shiny.version", 0, FeatureUpgrade::kSafeDowngrade), ErrorCode::kNone);
  EXPECT_EQ(features.Level(kTwo[0]), 0);
  EXPECT_EQ(Features(*catalog, kTwo).Epoch(), 2) << "kept with the catalogue";
}

TEST_F(FeaturesTest, OnlyWhatThereIsAndInTheDirectionAskedFor) {
  EXPECT_EQ(Update("no.version", 1), ErrorCode::kInvalidUpdateVersion);
  EXPECT_EQ(Update("shiny.version", 3), ErrorCode::kInvalidUpdateVersion);
  EXPECT_EQ(Update("shiny.version", 0), ErrorCode::kInvalidUpdateVersion);
  EXPECT_EQ(Update("shiny.version", 2, FeatureUpgrade::kUnsafeDowngrade),
            ErrorCode::kInvalidUpdateVersion);
  EXPECT_EQ(Update("shiny.version", 2, static_cast<FeatureUpgrade>(9)), ErrorCode::kInvalidRequest);
  EXPECT_EQ(Update("plain.version", 1), ErrorCode::kNone) << "it is there already";
  EXPECT_EQ(features.Epoch(), 0);
}

}  // namespace
}  // namespace braid::kafka
