// Scripted clients of the three models, at the level at which sessions speak to the engine.
#ifndef BRAID_TESTS_SIM_CLIENTS_H_
#define BRAID_TESTS_SIM_CLIENTS_H_

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/group.h"
#include "engine/writes.h"
#include "tests/sim/world.h"

namespace braid::sim {

// One session: what it writes gathers until it commits.
class Client {
 public:
  explicit Client(World& world) : world(world) {}
  virtual ~Client() = default;

  // One call or a few, and mostly a commit.
  void Act();
  // Its process has gone: what was not committed is forgotten.
  virtual void Forget(End end);
  bool Commit();  // false when the disk refused
  // A change of this step is part of the next commit.
  void Changed(const StreamModelPtr& stream);
  void Changed() { changed_ = world.step(); }

  World& world;
  engine::Writes writes;

 protected:
  virtual void DoSomething() = 0;
  // The model's part of an append that was answered with `result`; `record` as it is stored.
  void Appended(const StreamModelPtr& model, const RecordView& record, Origin origin,
                const engine::AppendResult& result, std::string_view msg_id = {});
  // Has the limits applied to all that was appended, so that what goes next is known. False when
  // the disk refused.
  bool Settle(const StreamModelPtr& model);
  // Deletes at the engine and in the model, and compares how many went.
  void Delete(const StreamModelPtr& model, const std::vector<Offset>& offsets);
  void NoteDeleted(StreamModel& model, const std::vector<Offset>& offsets);
  void TrimTo(const StreamModelPtr& model, Offset start);
  void NoteTrimmed(StreamModel& model, Offset start);

 private:
  Step changed_ = 0;
  std::vector<StreamModelPtr> touched_;
};

// Produces batches, with producer ids or without, sends some again, deletes records, fetches.
class KafkaClient : public Client {
 public:
  using Client::Client;
  void Forget(End end) override;

 protected:
  void DoSomething() override;

 private:
  void Produce(const StreamModelPtr& model);
  void ProduceAgain(const StreamModelPtr& model);
  void ProduceOutOfOrder(const StreamModelPtr& model);
  void TakeProducerId();
  int64_t PickProducer();
  int32_t NextSequence(const StreamModel& model, int64_t producer_id);

  std::vector<int64_t> producer_ids_;
};

// Adds entries by every kind of ID, trims, deletes, sets the last ID.
class RedisClient : public Client {
 public:
  using Client::Client;

 protected:
  void DoSomething() override;

 private:
  void Add(const StreamModelPtr& model);
  void SetIds(const StreamModelPtr& model);
};

// Publishes with message ids and expectations, purges, deletes, asks for the last of a subject.
class NatsClient : public Client {
 public:
  using Client::Client;

 protected:
  void DoSomething() override;

 private:
  void Publish(const StreamModelPtr& model);
  void Purge(const StreamModelPtr& model);
  void GetLast(const StreamModelPtr& model);
  std::string PickSubject(const StreamModel& model);

  int64_t message_ids_ = 0;
};

// A consumer of groups of all three kinds.
class GroupClient : public Client {
 public:
  using Client::Client;

 protected:
  void DoSomething() override;

 private:
  struct Place {  // a group and its stream, at the engine and in the model
    StreamModelPtr model;
    GroupModel* group;
    engine::GroupPtr handle;
  };
  void Create(const StreamModelPtr& model);
  void Remove(const Place& at);
  void CommitCursor(const Place& at);
  void Fetch(const Place& at);
  void Ack(const Place& at);
  void Nak(const Place& at);
  void Extend(const Place& at);
  void Claim(const Place& at);
  void ReadHistory(const Place& at);
  void Consumers(const Place& at);
  struct Fetched {
    std::string consumer;
    Offset old_cursor;
    EntryId old_id;
    bool settles;
  };
  void CheckDelivery(const Place& at, const Fetched& fetched,
                     const engine::DeliveredRecord& record);
  void CheckCursor(const Place& at, const Fetched& fetched, const std::set<Offset>& given);
  void CheckNothingIsLeft(const Place& at, bool only_new);
  // After a refusal: whatever the group has become is not promised.
  void TakeAsItIs(const Place& at);
  GroupFacts& Change(const Place& at) { return at.group->facts.Change(world.step()); }
  Offset PickPending(const Place& at);
  std::string PickConsumer() { return std::string(1, static_cast<char>('a' + world.Below(3))); }
};

// Creates and deletes topics, changes options, keeps settings.
class TopicClient : public Client {
 public:
  using Client::Client;

 protected:
  void DoSomething() override { world.ActOnTopics(*this); }
};

}  // namespace braid::sim

#endif  // BRAID_TESTS_SIM_CLIENTS_H_
