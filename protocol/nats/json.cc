#include "protocol/nats/json.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <nlohmann/json.hpp>

namespace braid::nats {
namespace {

using Json = nlohmann::json;

const Json& Of(const void* node) {
  return *static_cast<const Json*>(node);
}

constexpr std::string_view kZeroTime = "0001-01-01T00:00:00Z";
constexpr size_t kMaxDepth = 64;

// Bytes of the UTF-8 sequence at the start of `text`; 0 when it is none.
size_t Utf8Length(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return 1;
  const size_t n = lead >= 0xF0 && lead < 0xF5   ? 4
                   : lead >= 0xE0 && lead < 0xF0 ? 3
                   : lead >= 0xC2 && lead < 0xE0 ? 2
                                                 : 0;
  if (n == 0 || text.size() < n) return 0;
  for (size_t i = 1; i < n; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
  }
  if (lead == 0xE0 && byte(1) < 0xA0) return 0;   // overlong
  if (lead == 0xED && byte(1) >= 0xA0) return 0;  // surrogate
  if (lead == 0xF0 && byte(1) < 0x90) return 0;   // overlong
  if (lead == 0xF4 && byte(1) >= 0x90) return 0;  // past U+10FFFF
  return n;
}

void AppendControl(unsigned char c, std::string* out) {
  static constexpr char kHex[] = "0123456789abcdef";
  out->append("\\u00");
  out->push_back(kHex[c >> 4]);
  out->push_back(kHex[c & 15]);
}

// Builds a document and gives up below kMaxDepth, so that hostile nesting costs nothing.
Json ParseBounded(std::string_view text) {
  const auto shallow = [](int depth, Json::parse_event_t, Json&) {
    return depth <= static_cast<int>(kMaxDepth);
  };
  return Json::parse(text, shallow, /*allow_exceptions=*/false);
}

}  // namespace

void AppendJsonString(std::string_view text, std::string* out) {
  out->push_back('"');
  while (!text.empty()) {
    const unsigned char c = static_cast<unsigned char>(text[0]);
    size_t n = Utf8Length(text);
    if (n == 0) {
      out->append("\\ufffd");
      n = 1;
    } else if (c == '"' || c == '\\') {
      out->push_back('\\');
      out->push_back(text[0]);
    } else if (c == '\n') {
      out->append("\\n");
    } else if (c < 0x20) {
      AppendControl(c, out);
    } else {
      out->append(text.substr(0, n));
    }
    text.remove_prefix(n);
  }
  out->push_back('"');
}

void AppendJsonTime(absl::Time time, std::string* out) {
  out->push_back('"');
  if (time == absl::InfinitePast()) {
    out->append(kZeroTime);
  } else {
    out->append(absl::FormatTime("%Y-%m-%dT%H:%M:%E*SZ", time, absl::UTCTimeZone()));
  }
  out->push_back('"');
}

void JsonWriter::BeginObject() {
  out_->push_back('{');
  first_ = true;
}

void JsonWriter::EndObject() {
  out_->push_back('}');
  first_ = false;
}

void JsonWriter::Name(std::string_view name) {
  if (!first_) out_->push_back(',');
  first_ = false;
  AppendJsonString(name, out_);
  out_->push_back(':');
}

void JsonWriter::Raw(std::string_view name, std::string_view json) {
  Name(name);
  out_->append(json);
}

bool JsonNode::is_null() const {
  return Of(node_).is_null();
}
bool JsonNode::is_object() const {
  return Of(node_).is_object();
}
bool JsonNode::is_array() const {
  return Of(node_).is_array();
}

std::optional<JsonNode> JsonNode::Find(std::string_view name) const {
  const auto it = Of(node_).find(name);
  if (it == Of(node_).end()) return std::nullopt;
  return JsonNode(&*it);
}

std::vector<std::string> JsonNode::Names() const {
  std::vector<std::string> names;
  for (auto it = Of(node_).begin(); it != Of(node_).end(); ++it) names.push_back(it.key());
  return names;
}

size_t JsonNode::size() const {
  return Of(node_).size();
}
JsonNode JsonNode::At(size_t index) const {
  return JsonNode(&Of(node_)[index]);
}

std::string JsonNode::Text() const {
  return Of(node_).dump(-1, ' ', false, Json::error_handler_t::replace);
}

bool JsonNode::Get(std::string* value) const {
  if (!Of(node_).is_string()) return false;
  *value = Of(node_).get_ref<const std::string&>();
  return true;
}

bool JsonNode::Get(bool* value) const {
  if (!Of(node_).is_boolean()) return false;
  *value = Of(node_).get<bool>();
  return true;
}

bool JsonNode::Get(int64_t* value) const {
  const Json& node = Of(node_);
  if (node.is_number_unsigned()) {
    const uint64_t number = node.get<uint64_t>();
    if (number > static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) return false;
    *value = static_cast<int64_t>(number);
    return true;
  }
  if (node.is_number_integer()) {
    *value = node.get<int64_t>();
    return true;
  }
  if (!node.is_number_float()) return false;
  // Some clients write 1e9: a float that is a whole number.
  const double number = node.get<double>();
  if (std::abs(number) > 9e15 || number != std::floor(number)) return false;
  *value = static_cast<int64_t>(number);
  return true;
}

bool JsonNode::Get(int* value) const {
  int64_t number = 0;
  if (!Get(&number) || number > std::numeric_limits<int>::max() ||
      number < std::numeric_limits<int>::min()) {
    return false;
  }
  *value = static_cast<int>(number);
  return true;
}

bool JsonNode::Get(absl::Duration* value) const {
  int64_t nanoseconds = 0;
  if (!Get(&nanoseconds)) return false;
  *value = absl::Nanoseconds(nanoseconds);
  return true;
}

bool JsonNode::Get(absl::Time* value) const {
  std::string text;
  if (!Get(&text)) return false;
  if (text == kZeroTime) {
    *value = absl::InfinitePast();
    return true;
  }
  std::string error;
  return absl::ParseTime(absl::RFC3339_full, text, value, &error);
}

bool JsonDocument::Parse(std::string_view text) {
  auto root = std::make_shared<Json>(ParseBounded(text));
  const bool ok = !root->is_discarded();
  root_ = std::move(root);
  return ok;
}

void JsonReader::OnlyDefault(std::string_view name,
                             std::initializer_list<std::string_view> defaults) {
  seen_.push_back(name);
  const std::optional<JsonNode> node = object_.Find(name);
  if (!node || node->is_null() || !faults_->unsupported.empty()) return;
  if (std::find(defaults.begin(), defaults.end(), node->Text()) == defaults.end()) {
    faults_->unsupported = std::string(name);
  }
}

void JsonReader::Finish() {
  if (strict_ == Strict::kNo) return;
  for (const std::string& name : object_.Names()) {
    if (std::find(seen_.begin(), seen_.end(), name) != seen_.end()) continue;
    if (faults_->invalid.empty()) {
      faults_->invalid = fmt::format("json: unknown field \"{}\"", name);
    }
  }
}

void JsonReader::Mistyped(std::string_view name) {
  if (faults_->invalid.empty()) {
    faults_->invalid = fmt::format("json: field \"{}\" has the wrong type or value", name);
  }
}

}  // namespace braid::nats
