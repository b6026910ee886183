// Values: what a name may hold besides a stream - bytes, a list, a set, a hash. Kept in memory
// whole, and in the journal piece by piece: one setting for the value, one for each element, so
// that a change costs what it changes and not what the value has grown to.
//
//   ValueEdit edit(catalog.values(), writes);
//   Value& list = edit.Make(name, ValueKind::kList);
//   edit.Push(list, /*front=*/false, "element");
//   // written when `edit` goes, all of it or nothing
//
// Names are canonical (engine/names.h). A topic and a value may have one name only as long as
// nobody minds: whoever makes one of them sees to the other.
#ifndef BRAID_ENGINE_VALUES_H_
#define BRAID_ENGINE_VALUES_H_

#include <atomic>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "engine/stream.h"
#include "engine/writes.h"

namespace braid::engine {

class Catalog;

enum class ValueKind { kString = 0, kList = 1, kSet = 2, kHash = 3 };

// Changed through ValueEdit alone.
struct Value {
  uint64_t id = 0;  // of its elements in the journal; survives another name
  ValueKind kind = ValueKind::kString;
  std::string name;
  int64_t expiry_ms = kNeverMs;
  uint64_t version = 0;  // differs after every change of any value
  absl::Time used;       // read or changed last

  std::string bytes;                                 // kString
  std::deque<std::pair<int64_t, std::string>> list;  // kList: positions ascend, with gaps
  absl::btree_map<std::string, std::string> fields;  // kHash; kSet: members, with ""

  uint64_t timer = 0;  // that lets it go

  size_t size() const { return kind == ValueKind::kList ? list.size() : fields.size(); }
};

// All of a catalogue. Only the functions here are thread-safe; the rest is ValueEdit's.
class Values {
 public:
  explicit Values(Catalog& catalog) : catalog_(catalog) {}
  Values(const Values&) = delete;
  Values& operator=(const Values&) = delete;

  bool none() const { return count_.load(std::memory_order_acquire) == 0; }
  // Grows whenever a name gets a value, or loses it.
  uint64_t names_version() const { return names_version_.load(std::memory_order_acquire); }
  // Whether that name holds a value that has not expired.
  bool Holds(std::string_view name);

  // At start, from the settings.
  absl::Status Recover();

 private:
  friend class ValueEdit;
  using Map = std::map<std::string, std::unique_ptr<Value>, std::less<>>;

  bool Expired(const Value& value) const;
  void Arm(Value& value);
  void Disarm(Value& value);
  void Expire(uint64_t id);
  void NamesChanged();

  Catalog& catalog_;
  absl::Mutex mu_;  // guards what follows; a ValueEdit holds it
  Map values_;
  absl::flat_hash_map<uint64_t, Value*> by_id_;
  uint64_t next_id_ = 1;
  uint64_t next_version_ = 1;
  std::atomic<size_t> count_{0};
  std::atomic<uint64_t> names_version_{0};
};

// Exclusive access to all values, for as long as it lives. Not to be nested. Lock order: this, then
// the catalogue's locks.
class ValueEdit {
 public:
  ValueEdit(Values& values, Writes& writes);
  ~ValueEdit();
  ValueEdit(const ValueEdit&) = delete;
  ValueEdit& operator=(const ValueEdit&) = delete;

  // nullptr when there is none, or it has expired. What it gives lives until it is erased.
  Value* Find(std::string_view name);
  // A new, empty one; what had the name is erased first. Stays only if something is put into it.
  Value& Make(std::string_view name, ValueKind kind);
  bool Erase(std::string_view name);  // false when there was none
  // As one that keeps its elements. What had the name `to` is erased.
  void Rename(Value& value, std::string_view to);
  void SetExpiry(Value& value, int64_t when_ms);
  // Those whose name begins with `prefix`, unexpired, by name.
  std::vector<const Value*> All(std::string_view prefix = {});

  void SetBytes(Value& value, std::string bytes);
  void Push(Value& list, bool front, std::string_view element);
  std::string Pop(Value& list, bool front);  // of a list that has some; one left empty is erased
  void SetElement(Value& list, size_t index, std::string_view element);
  void EraseElement(Value& list, size_t index);  // as Pop
  // A hash's field or, with an empty value, a set's member. True when it is new.
  bool PutField(Value& value, std::string_view field, std::string_view content);
  bool EraseField(Value& value, std::string_view field);  // false when there is none; as Pop

 private:
  void Touch(Value& value);
  void Save(const Value& value);
  void SaveElement(const Value& value, int64_t position, std::string_view content);
  void EraseSetting(std::string key) { changes_.emplace_back(std::move(key), std::string()); }
  void EraseIfEmpty(Value& value);
  void Remove(Values::Map::iterator it);

  Values& values_;
  Writes& writes_;
  absl::MutexLock lock_;
  std::vector<std::pair<std::string, std::string>> changes_;
};

}  // namespace braid::engine

#endif  // BRAID_ENGINE_VALUES_H_
