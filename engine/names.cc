#include "engine/names.h"

#include <cstdint>
#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "braid/error.h"

namespace braid::engine {
namespace {

constexpr std::string_view kHex = "0123456789ABCDEF";

std::optional<int> HexValue(char c) {
  const size_t value = kHex.find(c);
  if (value == std::string_view::npos) return std::nullopt;
  return static_cast<int>(value);
}

// The byte that `text` begins with in escaped form, if it does.
std::optional<char> EscapedByte(std::string_view text) {
  if (text.size() < 4 || text[0] != '_' || text[1] != 'x') return std::nullopt;
  const auto high = HexValue(text[2]), low = HexValue(text[3]);
  if (!high.has_value() || !low.has_value()) return std::nullopt;
  return static_cast<char>(*high * 16 + *low);
}

// Bytes of the well-formed UTF-8 character that `text` begins with; 0 when it is none.
size_t Utf8Size(std::string_view text) {
  const auto byte = [&text](size_t i) { return static_cast<uint8_t>(text[i]); };
  const uint8_t lead = byte(0);
  if (lead < 0x80) return 1;
  const size_t size = lead >= 0xC2 && lead <= 0xDF   ? 2
                      : lead >= 0xE0 && lead <= 0xEF ? 3
                      : lead >= 0xF0 && lead <= 0xF4 ? 4
                                                     : 0;
  if (size == 0 || text.size() < size) return 0;
  // The second byte's range keeps out overlong forms, surrogates and what lies past U+10FFFF.
  const uint8_t low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
  const uint8_t high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
  if (byte(1) < low || byte(1) > high) return 0;
  for (size_t i = 2; i < size; ++i) {
    if (byte(i) < 0x80 || byte(i) > 0xBF) return 0;
  }
  return size;
}

bool PlainByte(char c) {
  return absl::ascii_isalnum(c) || c == '.' || c == '_' || c == '-';
}

// An alphabet: how many bytes at the start of `rest` (not empty) may stand as they are; 0: escape
// one.
using Alphabet = size_t (*)(std::string_view rest);

size_t PlainAlphabet(std::string_view rest) {
  return PlainByte(rest[0]) ? 1 : 0;
}
size_t NoDotAlphabet(std::string_view rest) {
  return PlainByte(rest[0]) && rest[0] != '.' ? 1 : 0;
}
size_t NatsAlphabet(std::string_view rest) {
  const char c = rest[0];
  if (absl::ascii_iscntrl(c) || std::string_view(" .*>/\\").find(c) != std::string_view::npos)
    return 0;
  return Utf8Size(rest);
}

// One unescaped character or one escape at a time, appended while the result fits `max`. False when
// it does not.
bool AppendEscaped(std::string_view name, Alphabet alphabet, size_t max, std::string& out) {
  while (!name.empty()) {
    const size_t legal = EscapedByte(name).has_value() ? 0 : alphabet(name);
    const size_t taken = legal > 0 ? legal : 1;
    if (out.size() + (legal > 0 ? legal : 4) > max) return false;
    if (legal > 0) {
      out.append(name.substr(0, legal));
    } else {
      const auto byte = static_cast<uint8_t>(name[0]);
      out.append({'_', 'x', kHex[byte >> 4], kHex[byte & 15]});
    }
    name.remove_prefix(taken);
  }
  return true;
}

absl::StatusOr<std::string> Escape(std::string_view name, Alphabet alphabet, size_t max) {
  if (name.empty()) return MakeError(Errc::kInvalidName, "the name is empty");
  std::string escaped;
  if (!AppendEscaped(name, alphabet, max, escaped)) {
    return MakeError(Errc::kInvalidName, absl::StrCat("the name exceeds ", max, " bytes"));
  }
  return escaped;
}

}  // namespace

absl::StatusOr<std::string> EscapeForKafka(std::string_view name) {
  const bool dots = name == "." || name == "..";
  return Escape(name, dots ? NoDotAlphabet : PlainAlphabet, kMaxKafkaName);
}

absl::StatusOr<std::string> EscapeForNats(std::string_view name) {
  return Escape(name, NatsAlphabet, kMaxNatsName);
}

std::string EscapeForFile(std::string_view name) {
  if (name.empty()) return "_";
  std::string escaped;
  if (name[0] == '.') {
    AppendEscaped(name.substr(0, 1), NoDotAlphabet, kMaxFileName, escaped);
    name.remove_prefix(1);
  }
  AppendEscaped(name, PlainAlphabet, kMaxFileName, escaped);
  return escaped;
}

std::string Unescape(std::string_view escaped) {
  std::string name;
  name.reserve(escaped.size());
  while (!escaped.empty()) {
    const auto byte = EscapedByte(escaped);
    name.push_back(byte.value_or(escaped[0]));
    escaped.remove_prefix(byte.has_value() ? 4 : 1);
  }
  return name;
}

std::string CanonicalName(int database, std::string_view key) {
  if (database == 0) return std::string(key);
  std::string name(kPrivatePrefix);
  name.push_back(static_cast<char>(database));
  return name.append(key);
}

DatabaseKey DatabaseKeyOf(std::string_view name) {
  if (!IsPrivate(name) || name.size() == kPrivatePrefix.size()) return {0, name};
  const auto database = static_cast<uint8_t>(name[kPrivatePrefix.size()]);
  return {database, name.substr(kPrivatePrefix.size() + 1)};
}

}  // namespace braid::engine
