// Case-insensitive words: how Redis compares commands and options. Pure.
#ifndef BRAID_PROTOCOL_REDIS_WORDS_H_
#define BRAID_PROTOCOL_REDIS_WORDS_H_

#include <algorithm>
#include <string>
#include <string_view>

namespace braid::redis {

inline char Lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

inline bool SameWord(std::string_view a, std::string_view b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(),
                                            [](char x, char y) { return Lower(x) == Lower(y); });
}

inline std::string Lowered(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), Lower);
  return out;
}

inline std::string Uppered(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  return out;
}

}  // namespace braid::redis

#endif  // BRAID_PROTOCOL_REDIS_WORDS_H_
