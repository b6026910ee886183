// A log does what a plain vector of batches would do, whatever the order of what is asked of it.
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <set>

#include "braid/testing.h"
#include "tests/storage/log_fixture.h"

namespace braid::storage {
namespace {

// One thing to do; the numbers are taken modulo what is possible at that time.
struct Step {
  enum Kind { kAppend, kRead, kSeek, kTrim, kDelete, kUpkeep, kRoll, kReopen, kStartAt } kind;
  uint32_t a;
  uint32_t b;
};

void showValue(const Step& step, std::ostream& out) {
  static const char* const kNames[] = {"append", "read", "seek",   "trim", "delete",
                                       "upkeep", "roll", "reopen", "start"};
  out << kNames[step.kind] << "(" << step.a << ", " << step.b << ")";
}

// The naive log.
class Model {
 public:
  struct ModelBatch {
    Offset base;
    std::vector<std::string> values;
    int64_t timestamp_ms;
    Offset next() const { return base + static_cast<Offset>(values.size()); }
  };

  Offset start = 0;
  Offset next = 0;
  int64_t running_max_ms = -1;
  std::vector<ModelBatch> batches;  // all that were ever appended

  void Append(std::vector<std::string> values, int64_t timestamp_ms) {
    batches.push_back({next, std::move(values), timestamp_ms});
    next = batches.back().next();
    running_max_ms = std::max(running_max_ms, timestamp_ms);
  }
  std::vector<std::string> Values(Offset from) const {
    std::vector<std::string> values;
    for (const ModelBatch& batch : batches) {
      for (size_t i = 0; i < batch.values.size(); ++i) {
        if (batch.base + static_cast<Offset>(i) >= from) values.push_back(batch.values[i]);
      }
    }
    return values;
  }
  int64_t RunningMaxBefore(Offset offset) const {
    int64_t max_ms = -1;
    for (const ModelBatch& batch : batches) {
      if (batch.next() <= offset) max_ms = std::max(max_ms, batch.timestamp_ms);
    }
    return max_ms;
  }
  // The first live offset whose batch has at least that time; the end when there is none.
  Offset FirstAt(int64_t timestamp_ms) const {
    for (const ModelBatch& batch : batches) {
      if (batch.next() > start && batch.timestamp_ms >= timestamp_ms) {
        return std::max(batch.base, start);
      }
    }
    return next;
  }
};

class Comparison {
 public:
  Comparison(FileSystem& filesystem, LogOptions options) : log_(filesystem, options) {}

  void Do(const Step& step) {
    switch (step.kind) {
      case Step::kAppend:
        return Append(step);
      case Step::kRead:
        return Read(step);
      case Step::kSeek:
        return Seek(step);
      case Step::kTrim:
        return Trim(Pick(step.a));
      case Step::kDelete:
        if (model_.start < model_.next) {
          dead_.insert(model_.start + step.a % (model_.next - model_.start));
        }
        return;
      case Step::kUpkeep:
        return Upkeep(step);
      case Step::kRoll:
        RC_ASSERT(log_->Roll().ok());
        return;
      case Step::kReopen:
        view_ = LogView();  // of the life before: the next one may remove its files
        view_values_.clear();
        log_.Reopen();
        RC_ASSERT(log_.report().damage.empty());
        RC_ASSERT(log_->start_offset() <= model_.start);
        return Trim(model_.start);
      case Step::kStartAt:
        if (model_.start == model_.next) StartAt(model_.next + step.a % 100);
        return;
      default:
        return;
    }
  }
  void CheckAll() {
    RC_ASSERT(log_->start_offset() == model_.start);
    RC_ASSERT(log_->next_offset() == model_.next);
    RC_ASSERT(log_->running_max_timestamp_ms() == model_.running_max_ms);
    RC_ASSERT(Living(log_.Values()) == Living(model_.Values(model_.start)));
    RC_ASSERT(Living(ReadValues(view_, view_.start_offset())) == Living(view_values_));
  }

 private:
  // A value ends with its offset. Whether the dead are still in the log is its own affair.
  std::vector<std::string> Living(std::vector<std::string> values) const {
    std::erase_if(values, [&](const std::string& value) {
      return dead_.contains(std::stoll(value.substr(value.find_last_of('v') + 1)));
    });
    return values;
  }
  void Upkeep(const Step& step) {
    WorkOptions options;
    if (step.a % 2 == 0) {
      options.repack =
          RepackOptions{.codec = step.b % 2 == 0 ? Codec::kLz4 : Codec::kNone,
                        .batch_bytes = 50 + step.b % 1000,
                        .dead_share = 0.3,
                        .is_dead = [this](Offset offset) { return dead_.contains(offset); },
                        .count_dead =
                            [this](Offset begin, Offset end) {
                              return static_cast<int64_t>(
                                  std::distance(dead_.lower_bound(begin), dead_.lower_bound(end)));
                            }};
      if (step.b % 3 == 0) options.repack->kafka_codec = Codec::kZstd;
      repacked_ = true;
    }
    RC_ASSERT(log_.Upkeep(options).ok());
  }
  Offset Pick(uint32_t a) const {  // anything in [start, next]
    return model_.start +
           static_cast<Offset>(a % static_cast<uint64_t>(model_.next - model_.start + 1));
  }
  void Append(const Step& step) {
    std::vector<std::string> values;
    for (uint32_t i = 0; i <= step.a % 4; ++i) {
      values.push_back(std::string(step.b % 97, 'v') + std::to_string(model_.next + i));
    }
    const auto timestamp_ms = static_cast<int64_t>(step.b % 1000);
    const auto append = log_.TryAppend(values, timestamp_ms);
    RC_ASSERT(append.ok());
    RC_ASSERT(append->base_offset == model_.next);
    model_.Append(std::move(values), timestamp_ms);
  }
  void Read(const Step& step) {
    const Offset from = Pick(step.a);
    const int64_t max_bytes = step.b % 2000;
    RC_ASSERT(Living(ReadValues(log_->View(), from, {.max_bytes = max_bytes})) ==
              Living(model_.Values(from)));
    const auto read = log_->View().Read(from, {.max_bytes = max_bytes});
    RC_ASSERT(read.ok());
    if (!repacked_) {  // then batches are what they were
      RC_ASSERT(read->running_max_timestamp_ms == model_.RunningMaxBefore(from));
    }
    if (step.b % 5 == 0) {  // a view for later
      view_ = log_->View();
      view_values_ = model_.Values(model_.start);
    }
  }
  void Seek(const Step& step) {
    const auto timestamp_ms = static_cast<int64_t>(step.b % 1100);
    const Offset found = log_->View().SeekTimestamp(timestamp_ms);
    RC_ASSERT(found >= model_.start);
    RC_ASSERT(found <= model_.FirstAt(timestamp_ms));
  }
  void Trim(Offset to) {
    RC_ASSERT(log_->TrimTo(to).ok());
    model_.start = std::max(model_.start, to);
  }
  void StartAt(Offset offset) {
    RC_ASSERT(log_->StartAt(offset).ok());
    model_.start = model_.next = offset;
  }

  LogFixture log_;
  Model model_;
  std::set<Offset> dead_;
  bool repacked_ = false;
  LogView view_;
  std::vector<std::string> view_values_;
};

rc::Gen<std::vector<Step>> Steps() {
  // Appends are as likely as all else together, so that there is something to look at.
  const auto kind = rc::gen::weightedElement<Step::Kind>({{8, Step::kAppend},
                                                          {4, Step::kRead},
                                                          {2, Step::kSeek},
                                                          {2, Step::kTrim},
                                                          {2, Step::kDelete},
                                                          {2, Step::kUpkeep},
                                                          {1, Step::kRoll},
                                                          {1, Step::kReopen},
                                                          {1, Step::kStartAt}});
  const auto number = rc::gen::inRange<uint32_t>(0, 1u << 30);
  return rc::gen::container<std::vector<Step>>(
      rc::gen::build<Step>(rc::gen::set(&Step::kind, kind), rc::gen::set(&Step::a, number),
                           rc::gen::set(&Step::b, number)));
}

void RunSteps(FileSystem& filesystem, int64_t tail_cache_bytes) {
  const std::vector<Step> steps = *Steps();
  Comparison comparison(
      filesystem,
      {.segment_bytes = 800, .index_interval_bytes = 150, .tail_cache_bytes = tail_cache_bytes});
  for (const Step& step : steps) comparison.Do(step);
  comparison.CheckAll();
}

RC_GTEST_PROP(LogProperty, MemoryLogIsAVectorOfBatches, ()) {
  auto fs = FileSystem::Memory();
  RunSteps(*fs, 0);
}

RC_GTEST_PROP(LogProperty, FileLogIsAVectorOfBatches, ()) {
  auto fs = FaultFileSystem::Create(1);
  RunSteps(*fs, 0);
}

RC_GTEST_PROP(LogProperty, CachedLogIsAVectorOfBatches, ()) {
  auto fs = FaultFileSystem::Create(1);
  RunSteps(*fs, 1000);
}

}  // namespace
}  // namespace braid::storage
