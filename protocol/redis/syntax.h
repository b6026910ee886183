// What stands behind a command's name, read from the syntax line of its row in the command table:
//
//   key [NX|XX] [EX seconds|PX milliseconds] field value [field value ...]
//
// Words in capitals and signs are written as they are, others stand for values. [...] may be left
// out; x|y is one of the two, as is "x | y", or "x n|Y m", of what is longer than a word; "[x ...]"
// behind x: as many as one likes. Pure.
#ifndef BRAID_PROTOCOL_REDIS_SYNTAX_H_
#define BRAID_PROTOCOL_REDIS_SYNTAX_H_

#include <string>
#include <string_view>
#include <vector>

namespace braid::redis {

struct Argument {
  enum class Type { kString, kInteger, kKey, kPattern, kUnixTime, kToken, kOneOf, kBlock };
  std::string name;
  Type type = Type::kString;
  std::string token = {};  // the word before its value, or the whole of it; "": none
  bool optional = false;
  bool multiple = false;
  std::vector<Argument> arguments = {};  // of kOneOf and kBlock
};

std::vector<Argument> ParseSyntax(std::string_view syntax);

}  // namespace braid::redis

#endif  // BRAID_PROTOCOL_REDIS_SYNTAX_H_
