// Passwords as configurations keep them.
#ifndef BRAID_PROTOCOL_PASSWORD_H_
#define BRAID_PROTOCOL_PASSWORD_H_

#include <string_view>

namespace braid::net {

// `kept` is a bcrypt hash ("$2a$", "$2b$" or "$2y$"), which takes as long as its cost asks, or the
// password itself, compared in a time that says nothing of where the two differ.
bool PasswordMatches(std::string_view kept, std::string_view given);

}  // namespace braid::net

#endif  // BRAID_PROTOCOL_PASSWORD_H_
