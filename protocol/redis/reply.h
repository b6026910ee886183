// Replies in the protocol version the client asked for: RESP2, or RESP3 with its maps, sets, nulls,
// booleans and verbatim strings. What RESP2 lacks is written as what Redis writes there. Appends to
// one string; not thread-safe.
#ifndef BRAID_PROTOCOL_REDIS_REPLY_H_
#define BRAID_PROTOCOL_REDIS_REPLY_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "engine/entry_id.h"
#include "protocol/redis/numbers.h"

namespace braid::redis {

class Reply {
 public:
  int version() const { return version_; }
  void set_version(int version) { version_ = version; }  // 2 or 3

  void Simple(std::string_view text) { Line('+', text); }
  void Ok() { out_ += "+OK\r\n"; }
  // `text` begins with its code word ("ERR ..."); line ends in it become spaces.
  void Error(std::string_view text);
  void Integer(int64_t value) { Number(':', value); }
  void Bulk(std::string_view bytes);
  void BulkInteger(int64_t value);
  void Double(double value);    // RESP2: a bulk string
  void Id(engine::EntryId id);  // a bulk string "ms-seq"
  void Null() { out_ += version_ == 3 ? "_\r\n" : "$-1\r\n"; }
  void NullArray() { out_ += version_ == 3 ? "_\r\n" : "*-1\r\n"; }
  void Boolean(bool value);  // RESP2: 1 or 0
  // Text for people. RESP2: a bulk string.
  void Verbatim(std::string_view text);

  void Array(size_t size) { Number('*', static_cast<int64_t>(size)); }
  // `pairs` keys, each followed by its value. RESP2: an array of twice as many.
  void Map(size_t pairs);
  // The header of what nobody asked for. RESP2: an array.
  void Push(size_t size) { Number(version_ == 3 ? '>' : '*', static_cast<int64_t>(size)); }
  void Set(size_t size) { Number(version_ == 3 ? '~' : '*', static_cast<int64_t>(size)); }

  // An array whose size shows only later: remember Begin()'s answer, write the elements, then End.
  size_t BeginArray() const { return out_.size(); }
  void EndArray(size_t begin, size_t size) { Insert(begin, '*', size); }
  // As EndArray, of keys and values in turn. RESP3 only.
  void EndMap(size_t begin, size_t pairs) { Insert(begin, '%', pairs); }

  // A map entry with a plain value.
  void Field(std::string_view name, int64_t value) { Bulk(name), Integer(value); }
  void Field(std::string_view name, std::string_view value) { Bulk(name), Bulk(value); }
  void Field(std::string_view name, const char* value) { Field(name, std::string_view(value)); }
  void Field(std::string_view name, engine::EntryId id) { Bulk(name), Id(id); }

  size_t size() const { return out_.size(); }
  bool IsErrorAt(size_t position) const { return position < out_.size() && out_[position] == '-'; }
  std::string_view From(size_t position) const { return std::string_view(out_).substr(position); }
  // Adds what is written already.
  void Append(std::string_view replies) { out_ += replies; }
  // Takes back everything written since `position`.
  void Truncate(size_t position) { out_.resize(position); }
  // Takes back what was written between the two.
  void Erase(size_t begin, size_t end) { out_.erase(begin, end - begin); }
  std::string Take() { return std::exchange(out_, {}); }
  const std::string& bytes() const { return out_; }
  void Clear() { out_.clear(); }

 private:
  void Line(char type, std::string_view text);
  void Number(char type, int64_t value);
  void Insert(size_t begin, char type, size_t size);

  std::string out_;
  int version_ = 2;
};

}  // namespace braid::redis

#endif  // BRAID_PROTOCOL_REDIS_REPLY_H_
