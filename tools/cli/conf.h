// The configuration language of nats-server, as a tree of values. It takes JSON, and more loosely:
//
//   # a comment, // another
//   port: 4222            key = value and key value are the same; lines end a value, as commas do
//   max_payload: 8MB      k, m, g are thousands; kb, ki, kib and so on are 1024s
//   authorization { user: "a", timeout: 2 }
//   users = [a, 'b c', $ME]          $ME: another key of this file, or of the environment
//   include "other.conf"
//
// Source: the configuration page of NATS's documentation, and what nats-server 2.9 does. Pure, but
// for reading the files and the environment.
#ifndef BRAID_TOOLS_CLI_CONF_H_
#define BRAID_TOOLS_CLI_CONF_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace braid::cli {

struct ConfEntry;

struct ConfValue {
  enum class Kind : uint8_t { kMap, kArray, kText, kNumber, kReal, kFlag };
  Kind kind = Kind::kMap;
  std::vector<ConfEntry> map;  // in the order they were written
  std::vector<ConfValue> array;
  std::string text = {};  // as it was written, for numbers and flags too
  int64_t number = 0;
  double real = 0;
  bool flag = false;
  std::string place = {};  // "FILE:LINE"

  // The last entry of that name, whatever its case; nullptr when there is none.
  const ConfValue* Find(std::string_view name) const;
};

struct ConfEntry {
  std::string key;
  ConfValue value;
};

// kInvalidArgument with "FILE:LINE: what"; kIo for files that cannot be read.
absl::StatusOr<ConfValue> ReadConf(const std::string& path);
// Of `text`, which came from `source`; files it includes lie beside that.
absl::StatusOr<ConfValue> ParseConf(std::string_view text, std::string_view source);

// What a word without quotes stands for; without a place.
ConfValue ConfWord(std::string_view word);

// "1m30s" and the like, as Go writes durations; a bare number is seconds.
absl::StatusOr<absl::Duration> ConfDuration(const ConfValue& value);

}  // namespace braid::cli

#endif  // BRAID_TOOLS_CLI_CONF_H_
