// One simulated machine, driven from one seed in one thread: a disk with faults, a clock that
// stands still, an engine that is killed and powered off, clients of the three models, and the
// oracle.
//
//   World world({.seed = 17});
//   std::string failure = world.Run();    // empty: everything promised was kept
#ifndef BRAID_TESTS_SIM_WORLD_H_
#define BRAID_TESTS_SIM_WORLD_H_

#include <cstdint>
#include <map>
#include <memory>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "braid/testing.h"
#include "engine/catalog.h"
#include "engine/group.h"
#include "engine/stream.h"
#include "tests/sim/model.h"
#include "tests/sim/process_filesystem.h"

namespace braid::sim {

struct RunOptions {
  uint64_t seed = 0;
  int steps = 300;
  bool verbose = false;          // prints every step
  Sabotage* sabotage = nullptr;  // a planted bug; not owned
};

// A promise was broken; thrown by whoever sees it, caught by Run.
struct Broken : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// How an engine's life ends.
enum class End { kClean, kKill, kPowerCut };

class Client;

class World {
 public:
  explicit World(const RunOptions& options);
  ~World();

  // What was broken, with the step; empty when nothing was.
  std::string Run();

  // --- For clients ---
  uint64_t Below(uint64_t n) { return random_() % n; }
  bool Percent(uint64_t percent) { return Below(100) < percent; }
  int64_t Between(int64_t low, int64_t high) {  // both inclusive
    return low + static_cast<int64_t>(Below(static_cast<uint64_t>(high - low + 1)));
  }
  std::string Payload();  // never the same twice
  absl::Time Now() const { return clock_.Now(); }
  int64_t NowMs() const { return absl::ToUnixMillis(Now()); }
  engine::Catalog& catalog() { return *catalog_; }
  // What is done now belongs to this step. Each call is one of its own, since some write at once.
  Step step() const { return step_; }
  void NextStep() { ++step_; }
  void Trace(std::string_view what);
  [[noreturn]] void Fail(std::string_view what) const;
  void Expect(bool holds, std::string_view what) const {
    if (!holds) Fail(what);
  }
  // True when the disk refused, which it may; any other error is a broken promise.
  bool Refused(const absl::Status& status);
  // The disk is failing, or the process is dying: what is not committed may vanish.
  bool in_trouble() const { return faults_on_ || process_->dead() || process_->sync_failed(); }
  // A stream that a client of `model` writes to; null when there is none yet.
  StreamModelPtr PickStream(Origin model);
  engine::StreamPtr Handle(const StreamModel& model) const;
  engine::GroupPtr Handle(const StreamModel& model, const GroupModel& group) const;

  bool HasProducer(int64_t id) const;  // some stream has records of it

  // Looks at a stream after a call on it: what changed by itself had to.
  void Observe(StreamModel& model);
  void ObserveRecords(StreamModel& model);  // its part of the records, not the groups
  void ObserveAll();
  // Every record of a stream, through both doors, and its counts.
  void CheckWhole(StreamModel& model);
  // Compares one record with the model's, and learns its ID.
  void CheckRecord(StreamModel& model, const engine::StoredRecord& record);
  // Sometimes the process dies of what comes next.
  void MaybeDie();
  void Survive();  // it did not, and will not soon
  // A commit with everything up to `step` in it has been acknowledged.
  void Acknowledge(const engine::CommitTicket& ticket, Step step,
                   const std::vector<StreamModelPtr>& streams);

  // --- Topics and settings (topics.cc) ---
  void ActOnTopics(Client& client);

 private:
  struct Ticket {
    engine::CommitTicket ticket;
    Step step;
    std::vector<std::pair<StreamModelPtr, Offset>> streams;
  };

  void DoStep();
  void Advance();
  void Flush();
  void ToggleFaults();
  void Restart(End end);
  void Open();

  // observe.cc
  void ObserveStart(StreamModel& model, Offset start);
  void ObserveGroup(StreamModel& model, GroupModel& group);
  bool WasSurplus(const StreamModel& model, Offset begin, Offset start) const;
  void CheckBatches(StreamModel& model, engine::Stream& stream);

  // recovered.cc: the oracle after a restart.
  void CheckRecovered(End end);
  void Narrow(const StepRanges& ranges, std::string_view what);
  void NarrowTopics();
  void NarrowSettings();
  void NarrowStream(StreamModel& model, engine::Stream& stream, End end);
  void NarrowGroups(StreamModel& model, engine::Stream& stream);
  std::set<Offset> ReadRecovered(StreamModel& model, engine::Stream& stream, Offset promised);
  void Adopt(StreamModel& model, engine::Stream& stream, Step last, End end);
  void AdoptGroups(StreamModel& model, engine::Stream& stream, Step last);

  // topics.cc
  void CreateTopic(Client& client);
  void DeleteTopic(Client& client);
  void ChangeOptions(Client& client);
  void PutSetting(Client& client);
  StreamOptions RandomOptions(Origin owner, const std::string& name);

  const RunOptions options_;
  std::mt19937_64 random_;
  std::unique_ptr<FaultFileSystem> disk_;
  ManualClock clock_;
  EngineOptions engine_options_;
  std::unique_ptr<ProcessFileSystem> process_;
  std::unique_ptr<engine::Catalog> catalog_;
  std::vector<std::unique_ptr<Client>> clients_;

  Step step_ = 0;
  Step written_step_ = 0;  // up to here the journal survives the death of the process
  Step durable_step_ = 0;  // up to here it survives a power cut
  std::vector<Ticket> tickets_;
  std::map<std::string, History<IncarnationPtr>> topics_;
  std::map<std::string, History<std::string>> settings_;  // empty: none

  bool faults_on_ = false;
  bool sync_failed_ = false;  // the engine may promise nothing any more
  bool sync_may_have_failed_ = false;
  bool failed_may_be_gone_ = false;  // a topic was deleted since
  int64_t payloads_ = 0;
  StepRanges allowed_;  // where the journal may end, while a restart is checked
};

}  // namespace braid::sim

#endif  // BRAID_TESTS_SIM_WORLD_H_
