// redis.conf and the command line of redis-server, as directives: one name with its values.
// Source: the comments of Redis's own redis.conf, and what redis-server 7.0 does. Pure, but for
// reading the files.
#ifndef BRAID_TOOLS_CLI_REDIS_DIRECTIVES_H_
#define BRAID_TOOLS_CLI_REDIS_DIRECTIVES_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace braid::cli {

struct Directive {
  std::string name;  // lower case
  std::vector<std::string> values;
  std::string line;  // as it was written, for error messages

  std::string joined() const;  // the values, by spaces
};

// The words of one line: by white space, "quoted \x41\n" or 'quoted'. kInvalidArgument when a
// quotation has no end.
absl::StatusOr<std::vector<std::string>> SplitWords(std::string_view line);

// A file's, with those of the files it includes in their place; kIo, kInvalidArgument with the
// line.
absl::StatusOr<std::vector<Directive>> ReadDirectives(const std::string& path);
// Of `text`, which came from `source`.
absl::StatusOr<std::vector<Directive>> ParseDirectives(std::string_view text,
                                                       std::string_view source);
// "--port 7000 --save 3600 1": each word that begins with "--" begins one.
std::vector<Directive> DirectivesOf(const std::vector<std::string>& arguments);

}  // namespace braid::cli

#endif  // BRAID_TOOLS_CLI_REDIS_DIRECTIVES_H_
