// The dead-letter topics of share groups: a record that a group gives up, because it was delivered
// too often or rejected, leaves a record there that names it in headers, with its key, value and
// headers if the group's settings say so.
//
// It is written after the group has forgotten the record, and before that is committed: at the end
// of a process it may be there without the other, never the other way round for what a client was
// told. A topic that is not there, or does not let itself be used, gets nothing.
//
// Thread-safe.
#ifndef BRAID_PROTOCOL_KAFKA_DEAD_LETTERS_H_
#define BRAID_PROTOCOL_KAFKA_DEAD_LETTERS_H_

#include <memory>
#include <string>

#include "engine/catalog.h"
#include "engine/group.h"
#include "protocol/kafka/configs.h"
#include "protocol/kafka/features.h"

namespace braid::kafka {

class DeadLetters : public std::enable_shared_from_this<DeadLetters> {
 public:
  DeadLetters(engine::Catalog& catalog, const Configs& configs, const Features& features)
      : catalog_(catalog), configs_(configs), features_(features) {}

  // From now on, what the group gives up is looked after. Again has no effect.
  void Watch(const engine::GroupPtr& group);
  // All partitions of share groups that there are.
  void WatchAll();

 private:
  // Where what `group` gives up goes: nullptr, nowhere.
  engine::TopicPtr TopicOf(const std::string& group) const;
  void Write(engine::Stream& from, const std::string& group, const engine::PendingEntry& letter);

  engine::Catalog& catalog_;
  const Configs& configs_;
  const Features& features_;
};

}  // namespace braid::kafka

#endif  // BRAID_PROTOCOL_KAFKA_DEAD_LETTERS_H_
