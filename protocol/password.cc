#include "protocol/password.h"

#include <crypt.h>

#include <memory>
#include <string>

namespace braid::net {
namespace {

bool IsBcrypt(std::string_view kept) {
  return kept.starts_with("$2a$") || kept.starts_with("$2b$") || kept.starts_with("$2y$");
}

bool SameText(std::string_view a, std::string_view b) {
  size_t differences = a.size() ^ b.size();
  for (size_t i = 0; i < b.size(); ++i) {
    const char other = a.empty() ? '\0' : a[i % a.size()];
    differences |= static_cast<size_t>(static_cast<unsigned char>(other ^ b[i]));
  }
  return differences == 0;
}

}  // namespace

bool PasswordMatches(std::string_view kept, std::string_view given) {
  if (!IsBcrypt(kept)) return SameText(kept, given);
  if (given.find('\0') != std::string_view::npos) return false;
  const auto scratch = std::make_unique<crypt_data>();
  const std::string hash(kept);
  const char* const made = ::crypt_r(std::string(given).c_str(), hash.c_str(), scratch.get());
  return made != nullptr && SameText(hash, made);
}

}  // namespace braid::net
