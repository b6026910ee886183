#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "braid/batch.h"
#include "engine/keys.h"
#include "storage/batch_format.h"
#include "storage/coding.h"
#include "storage/crc32c.h"
#include "tests/sim/world.h"

namespace braid::sim {
namespace {

constexpr uint64_t kSeedsPerCase = 50;

class Simulation : public ::testing::TestWithParam<uint64_t> {};

TEST_P(Simulation, KeepsEveryPromise) {
  for (uint64_t seed = GetParam(); seed < GetParam() + kSeedsPerCase; ++seed) {
    EXPECT_EQ(World({.seed = seed}).Run(), "")
        << "replay: braid_sim --seed " << seed << " --verbose";
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, Simulation, ::testing::Range<uint64_t>(0, 300, kSeedsPerCase));

TEST(SimulationTest, OneSeedIsOneRun) {
  // With a bug planted, so that there is something to compare.
  struct NoSync : Sabotage {
    bool SkipsSync(const std::string&) override { return true; }
  };
  std::string runs[2];
  for (std::string& run : runs) {
    NoSync bug;
    for (uint64_t seed = 0; seed < 10; ++seed) {
      run += World({.seed = seed, .sabotage = &bug}).Run() + "\n";
    }
  }
  EXPECT_EQ(runs[0], runs[1]);
}

// --- Canaries: bugs that must be found, or the simulation is not worth its time ---

// The first seed below `most` whose run finds the bug.
std::optional<std::string> FirstFinding(Sabotage& bug, uint64_t most) {
  for (uint64_t seed = 0; seed < most; ++seed) {
    std::string failure = World({.seed = seed, .sabotage = &bug}).Run();
    if (!failure.empty()) return failure;
  }
  return std::nullopt;
}

class SkipsOneSyncIn : public Sabotage {
 public:
  explicit SkipsOneSyncIn(int64_t k) : k_(k) {}
  bool SkipsSync(const std::string&) override { return ++syncs_ % k_ == 0; }

 private:
  const int64_t k_;
  int64_t syncs_ = 0;
};

TEST(Canary, LostFsyncIsFound) {
  SkipsOneSyncIn bug(7);
  const auto found = FirstFinding(bug, 30);
  ASSERT_TRUE(found.has_value()) << "one fsync in seven does nothing, and nobody noticed";
  EXPECT_NE(found->find("after a restart"), std::string::npos) << *found;
}

// Changes what the journal is about to write, one entry at a time.
class ForgesJournal : public Sabotage {
 public:
  Buffer Written(const std::string& path, const Buffer& bytes) override {
    if (path.find("/journal/") == std::string::npos) return bytes;
    const auto batch = Batch::Parse(bytes);
    if (!batch.ok()) return bytes;
    const auto records = batch->Records();
    if (!records.ok()) return bytes;
    std::string changed(bytes.view());
    for (const Record& record : *records) {
      if (const char* at = Forged(record)) changed[static_cast<size_t>(at - bytes.data())] = to_;
    }
    storage::StoreBigEndian<uint32_t>(
        changed.data() + storage::kCrcAt,
        storage::Crc32c(std::string_view(changed).substr(storage::kAttributesAt)));
    return Buffer::Take(std::move(changed));
  }

 protected:
  explicit ForgesJournal(char to) : to_(to) {}
  // The byte of the entry that becomes another; null for none.
  virtual const char* Forged(const RecordView& entry) const = 0;

 private:
  const char to_;
};

// Writes every deletion of single records as a deletion of none.
class ForgetsTombstones : public ForgesJournal {
 public:
  ForgetsTombstones() : ForgesJournal(0) {}
  const char* Forged(const RecordView& entry) const override {
    const bool deletion = entry.key.value_or("").starts_with(engine::keys::kDeleted);
    return deletion ? entry.value->data() : nullptr;  // the count
  }
};

TEST(Canary, ForgottenTombstoneIsFound) {
  ForgetsTombstones bug;
  const auto found = FirstFinding(bug, 30);
  ASSERT_TRUE(found.has_value()) << "deletions are not written, and nobody noticed";
  EXPECT_NE(found->find("what is deleted"), std::string::npos) << *found;
}

// Writes every settled delivery as one of a group that is not there.
class ForgetsAcks : public ForgesJournal {
 public:
  ForgetsAcks() : ForgesJournal(0x7f) {}
  const char* Forged(const RecordView& entry) const override {
    const std::string_view key = entry.key.value_or("");
    const bool settled = key.starts_with(engine::keys::kSettled) ||
                         (key.starts_with(engine::keys::kPending) && !entry.value.has_value());
    return settled ? key.data() + 1 : nullptr;  // the group's id
  }
};

TEST(Canary, ForgottenAckIsFound) {
  ForgetsAcks bug;
  const auto found = FirstFinding(bug, 30);
  ASSERT_TRUE(found.has_value()) << "settled deliveries come back, and nobody noticed";
}

}  // namespace
}  // namespace braid::sim
