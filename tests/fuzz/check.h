// How a fuzz target says that something is wrong: it dies, and the fuzzer keeps the input.
#ifndef BRAID_TESTS_FUZZ_CHECK_H_
#define BRAID_TESTS_FUZZ_CHECK_H_

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace braid::fuzz {

inline void Check(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %s\n", what);
  std::abort();
}

inline std::string_view ViewOf(const uint8_t* data, size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

}  // namespace braid::fuzz

#endif  // BRAID_TESTS_FUZZ_CHECK_H_
