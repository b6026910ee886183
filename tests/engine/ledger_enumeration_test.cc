// Every sequence of operations, up to a depth, on a ledger of three offsets and two consumers, held
// against the plain model after each step; then long random ones.
#include <gtest/gtest.h>

#include <functional>
#include <random>
#include <string>
#include <vector>

#include "absl/base/config.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "engine/ledger.h"
#include "tests/engine/ledger_model.h"

namespace braid::engine {
namespace {

constexpr Offset kOffsets = 3;
constexpr ConsumerId kConsumers = 2;

// Millions of sequences; a sanitizer, which makes each twenty times as dear, gets them one step
// shorter.
#if defined(ABSL_HAVE_ADDRESS_SANITIZER) || defined(ABSL_HAVE_THREAD_SANITIZER)
constexpr int kDepth = 3, kCoreDepth = 5;
#else
constexpr int kDepth = 4, kCoreDepth = 6;
#endif

// A ledger and its model, side by side in time. Copyable: a branch of the enumeration copies it.
struct World {
  explicit World(const LedgerPolicy& policy) : ledger(policy), model(policy) {}

  Ledger ledger;
  LedgerModel model;
  absl::Time now = absl::FromUnixSeconds(1000);
  int64_t seq = 0;
};

struct Step {
  std::string name;
  std::function<bool(World&)> run;  // true: both did the same
};

bool Same(const Ledger::Released& a, const Ledger::Released& b) {
  return a.entry == b.entry && a.exhausted == b.exhausted;
}

bool SameState(const World& world) {
  const Ledger& ledger = world.ledger;
  const std::vector<Delivery> expected = world.model.All();
  std::vector<Delivery> all;
  ledger.ForEach(0, kOffsets, std::nullopt, [&](const Delivery& d) {
    all.push_back(d);
    return true;
  });
  int64_t redelivered = 0;
  for (const Delivery& d : expected) redelivered += d.count > 1;
  bool same = all == expected && ledger.size() == static_cast<int64_t>(expected.size()) &&
              ledger.redelivered() == redelivered && ledger.NextDue() == world.model.queue() &&
              ledger.NextDeadline() == world.model.NextDeadline() &&
              ledger.due_count() == static_cast<int64_t>(world.model.queue().size());
  for (ConsumerId consumer = 0; consumer < kConsumers; ++consumer) {
    std::vector<Delivery> held, expected_held;
    for (const Delivery& d : expected) {
      if (d.consumer == consumer) expected_held.push_back(d);
    }
    ledger.ForEach(0, kOffsets, consumer, [&](const Delivery& d) {
      held.push_back(d);
      return true;
    });
    same = same && held == expected_held &&
           ledger.PendingOf(consumer) == static_cast<int64_t>(held.size());
  }
  if (!expected.empty()) {
    same = same && ledger.lowest() == expected.front().offset &&
           ledger.highest() == expected.back().offset;
  }
  return same;
}

Step Deliver(Offset offset, ConsumerId consumer) {
  return {absl::StrCat("Deliver ", offset, " to ", consumer), [=](World& w) {
            ++w.seq;
            return w.ledger.Deliver(offset, consumer, w.now, w.seq) ==
                   w.model.Deliver(offset, consumer, w.now, w.seq);
          }};
}
Step Ack(Offset offset) {
  return {absl::StrCat("Ack ", offset),
          [=](World& w) { return w.ledger.Ack(offset) == w.model.Ack(offset); }};
}
Step AckThrough(Offset offset) {
  return {absl::StrCat("AckThrough ", offset),
          [=](World& w) { return w.ledger.AckThrough(offset) == w.model.AckThrough(offset); }};
}
Step Release(Offset offset, absl::Duration delay) {
  return {absl::StrCat("Release ", offset, " for ", absl::FormatDuration(delay)), [=](World& w) {
            return Same(w.ledger.Release(offset, w.now, delay),
                        w.model.Release(offset, w.now, delay));
          }};
}
Step Extend(Offset offset) {
  return {absl::StrCat("Extend ", offset), [=](World& w) {
            return w.ledger.Extend(offset, w.now) == w.model.Extend(offset, w.now);
          }};
}
Step Claim(Offset offset, ConsumerId to, absl::Duration min_idle,
           const ClaimOptions& options = {}) {
  return {absl::StrCat("Claim ", offset, " for ", to, options.force ? " by force" : ""),
          [=](World& w) {
            return w.ledger.Claim(offset, to, w.now, min_idle, options) ==
                   w.model.Claim(offset, to, w.now, min_idle, options);
          }};
}
Step RemoveRange(Offset begin, Offset end) {
  return {absl::StrCat("Remove ", begin, "..", end),
          [=](World& w) { return w.ledger.Remove(begin, end) == w.model.Remove(begin, end); }};
}
Step RemoveConsumer(ConsumerId consumer) {
  return {absl::StrCat("RemoveConsumer ", consumer), [=](World& w) {
            return w.ledger.RemoveConsumer(consumer) == w.model.RemoveConsumer(consumer);
          }};
}
// Time passes, and the timer runs.
Step Pass(absl::Duration time) {
  return {absl::StrCat("Pass ", absl::FormatDuration(time)), [=](World& w) {
            w.now += time;
            const Ledger::Expired got = w.ledger.Expire(w.now), want = w.model.Expire(w.now);
            return got.due == want.due && got.exhausted == want.exhausted;
          }};
}
// Time passes, and the timer is late.
Step PassUnseen(absl::Duration time) {
  return {absl::StrCat("PassUnseen ", absl::FormatDuration(time)), [=](World& w) {
            w.now += time;
            return true;
          }};
}
// Death and recovery from what Find() told.
Step Recover() {
  return {"Recover", [](World& w) {
            Ledger reborn(w.ledger.policy());
            w.ledger.ForEach(0, kOffsets, std::nullopt, [&](const Delivery& d) {
              reborn.Restore(d);
              return true;
            });
            w.ledger = reborn;
            // What was due is queued by the next sweep, in offset order; the model must do so too.
            LedgerModel model(w.ledger.policy());
            for (const Delivery& d : w.model.All()) model.Restore(d);
            w.model = model;
            return true;
          }};
}

std::vector<Step> AllSteps() {
  std::vector<Step> steps = {
      Pass(absl::Seconds(1)), Pass(absl::Seconds(3)), PassUnseen(absl::Seconds(2)),
      RemoveRange(1, 3),      RemoveConsumer(0),      Recover()};
  for (Offset offset = 0; offset < kOffsets; ++offset) {
    for (ConsumerId consumer = 0; consumer < kConsumers; ++consumer) {
      steps.push_back(Deliver(offset, consumer));
      steps.push_back(Claim(offset, consumer, absl::Seconds(2)));
    }
    steps.push_back(Ack(offset));
    steps.push_back(AckThrough(offset));
    steps.push_back(Release(offset, absl::ZeroDuration()));
    steps.push_back(Release(offset, absl::Seconds(2)));
    steps.push_back(Extend(offset));
    steps.push_back(Claim(offset, 1, absl::ZeroDuration(), {.keep_count = true, .force = true}));
    steps.push_back(Claim(offset, 0, absl::ZeroDuration(),
                          {.count = 5, .delivered_at = absl::FromUnixSeconds(999)}));
  }
  return steps;
}

// Fewer, so that the enumeration can go deeper: each operation, on different offsets.
std::vector<Step> CoreSteps() {
  return {Deliver(0, 0),
          Deliver(1, 1),
          Deliver(2, 0),
          Ack(0),
          AckThrough(1),
          Release(1, absl::ZeroDuration()),
          Release(0, absl::Seconds(2)),
          Extend(1),
          Claim(0, 1, absl::Seconds(1)),
          Pass(absl::Seconds(1)),
          Pass(absl::Seconds(2))};
}

std::vector<LedgerPolicy> Policies() {
  LedgerPolicy redis;
  LedgerPolicy limited{.ack_wait = absl::Seconds(2), .max_deliver = 2};
  LedgerPolicy backing_off{.ack_wait = absl::Seconds(9),
                           .backoff = {absl::Seconds(1), absl::Seconds(3)},
                           .max_deliver = -1,
                           .max_outstanding = 2};
  return {redis, limited, backing_off};
}

// Depth first; returns the number of steps made, and stops at the first difference.
class Enumeration {
 public:
  explicit Enumeration(std::vector<Step> steps) : steps_(std::move(steps)) {}

  int64_t Run(const World& world, int depth) {
    if (depth == 0 || ::testing::Test::HasFailure()) return 0;
    int64_t made = 0;
    for (const Step& step : steps_) {
      World next = world;
      path_.push_back(&step);
      ++made;
      if (!step.run(next) || !SameState(next)) {
        ADD_FAILURE() << "differs from the model after: " << Path();
        return made;
      }
      made += Run(next, depth - 1);
      path_.pop_back();
    }
    return made;
  }

 private:
  std::string Path() const {
    std::string path;
    for (const Step* step : path_) absl::StrAppend(&path, step->name, "; ");
    return path;
  }

  std::vector<Step> steps_;
  std::vector<const Step*> path_;
};

class LedgerEnumeration : public ::testing::TestWithParam<size_t> {
 protected:
  LedgerPolicy policy() const { return Policies()[GetParam()]; }
};

TEST_P(LedgerEnumeration, AgreesOnEverySequence) {
  EXPECT_GT(Enumeration(AllSteps()).Run(World(policy()), kDepth), 40'000);
}

TEST_P(LedgerEnumeration, AgreesOnEveryCoreSequence) {
  EXPECT_GT(Enumeration(CoreSteps()).Run(World(policy()), kCoreDepth), 100'000);
}

TEST_P(LedgerEnumeration, AgreesOnEveryContinuationOfAFullLedger) {
  World full(policy());
  for (const Step& step : {Deliver(0, 0), Deliver(1, 1), Deliver(2, 0), Deliver(1, 0)}) {
    ASSERT_TRUE(step.run(full));
  }
  Enumeration(AllSteps()).Run(full, 3);
}

TEST_P(LedgerEnumeration, AgreesOnLongRandomSequences) {
  const uint32_t seed = std::random_device()();
  SCOPED_TRACE(absl::StrCat("seed ", seed));
  std::mt19937 random(seed);
  const std::vector<Step> steps = AllSteps();
  for (int run = 0; run < 200 && !HasFailure(); ++run) {
    World world(policy());
    std::string path;
    for (int i = 0; i < 100; ++i) {
      const Step& step = steps[random() % steps.size()];
      absl::StrAppend(&path, step.name, "; ");
      ASSERT_TRUE(step.run(world) && SameState(world)) << path;
    }
  }
}

std::string PolicyName(const ::testing::TestParamInfo<size_t>& info) {
  constexpr const char* kNames[] = {"NoDeadlines", "LimitedDeliveries", "Backoff"};
  return kNames[info.param];
}

INSTANTIATE_TEST_SUITE_P(Policies, LedgerEnumeration, ::testing::Values(0, 1, 2), PolicyName);

}  // namespace
}  // namespace braid::engine
