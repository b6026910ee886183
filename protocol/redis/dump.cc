#include "protocol/redis/dump.h"

#include "braid/error.h"
#include "engine/encoding.h"
#include "engine/names.h"
#include "protocol/redis/client.h"
#include "storage/crc32c.h"

namespace braid::redis {
namespace {

using engine::ValueKind;

constexpr char kStreamByte = 'x';
constexpr size_t kVersionBytes = 2;
constexpr size_t kCrcBytes = 4;
constexpr uint64_t kVersion = 0xB002;

std::string LittleEndian(uint64_t number, size_t bytes) {
  std::string out;
  for (size_t i = 0; i < bytes; ++i) out.push_back(static_cast<char>(number >> (8 * i)));
  return out;
}

absl::Status Malformed() {
  return MakeError(Errc::kCorrupt, "malformed dump");
}

std::string Encode(const Content& content) {
  engine::Encoder out;
  out.Str(content.bytes).U64(content.elements.size());
  for (const std::string& element : content.elements) out.Str(element);
  out.U64(content.fields.size());
  for (const auto& [field, value] : content.fields) out.Str(field).Str(value);
  return out.Take();
}

absl::StatusOr<Content> DecodeValue(ValueKind kind, std::string_view bytes) {
  engine::Decoder in(bytes);
  Content content;
  content.kind = kind;
  content.bytes = in.Str();
  const uint64_t elements = in.Count();
  for (uint64_t i = 0; i < elements && in.ok(); ++i) content.elements.emplace_back(in.Str());
  const uint64_t fields = in.Count();
  for (uint64_t i = 0; i < fields && in.ok(); ++i) {
    std::string field(in.Str());
    content.fields.emplace_back(std::move(field), in.Str());
  }
  const bool empty = kind == ValueKind::kString ? false
                     : kind == ValueKind::kList ? content.elements.empty()
                                                : content.fields.empty();
  if (!in.ok() || !in.rest().empty() || empty) return Malformed();
  return content;
}

// A stream is made where nobody sees it, and gets its name when it is whole.
absl::Status PlaceStream(Call& call, const std::string& name, const engine::StreamImage& image) {
  const std::string unseen = engine::CanonicalName(kBuildDatabase, "stream");
  StreamOptions options;
  options.owner = Origin::kRedis;
  const auto topic = call.catalog.CreatePrivateTopic(unseen, std::move(options), call.writes);
  if (!topic.ok()) return topic.status();
  absl::Status made = Restore(image, *(*topic)->partitions.front(), call.writes);
  if (made.ok()) {
    const engine::Catalog::Renaming renaming{unseen, name};
    made = call.catalog.RenameTopics({&renaming, 1}, call.writes);
  }
  if (!made.ok()) call.catalog.DeleteTopic(unseen, call.writes).IgnoreError();
  return made;
}

}  // namespace

absl::StatusOr<Content> ContentOf(const Key& key) {
  Content content;
  if (key.value == nullptr) {
    auto image = engine::ImageOf(*key.stream);
    if (!image.ok()) return image.status();
    content.stream = *std::move(image);
    return content;
  }
  content.kind = key.value->kind;
  content.bytes = key.value->bytes;
  for (const auto& [position, element] : key.value->list) content.elements.push_back(element);
  content.fields.assign(key.value->fields.begin(), key.value->fields.end());
  return content;
}

std::string Dump(const Content& content) {
  std::string out;
  if (content.stream) {
    out = kStreamByte + engine::Encode(*content.stream);
  } else {
    out = static_cast<char>(content.kind) + Encode(content);
  }
  out += LittleEndian(kVersion, kVersionBytes);
  return out + LittleEndian(storage::Crc32c(out), kCrcBytes);
}

absl::StatusOr<std::optional<Content>> ParseDump(std::string_view bytes) {
  if (bytes.size() < 1 + kVersionBytes + kCrcBytes) return std::nullopt;
  const std::string_view crc = bytes.substr(bytes.size() - kCrcBytes);
  bytes.remove_suffix(kCrcBytes);
  if (crc != LittleEndian(storage::Crc32c(bytes), kCrcBytes)) return std::nullopt;
  if (!bytes.ends_with(LittleEndian(kVersion, kVersionBytes))) return std::nullopt;
  bytes.remove_suffix(kVersionBytes);
  const char kind = bytes.front();
  bytes.remove_prefix(1);
  if (kind == kStreamByte) {
    auto image = engine::DecodeStreamImage(bytes);
    if (!image.ok()) return image.status();
    Content content;
    content.stream = *std::move(image);
    return content;
  }
  if (kind < 0 || kind > static_cast<char>(ValueKind::kHash)) return Malformed();
  auto content = DecodeValue(static_cast<ValueKind>(kind), bytes);
  if (!content.ok()) return content.status();
  return *std::move(content);
}

absl::Status Place(Call& call, Keyspace& keyspace, int database, std::string_view key,
                   const Content& content) {
  // A stream takes the place of another in one step: who waits for the key finds the new one.
  const engine::StreamPtr there = keyspace.Find(database, key).stream;
  const bool in_one_step =
      content.stream && there != nullptr && there->identity().partition_count == 1;
  if (!in_one_step) {
    if (absl::Status s = keyspace.Delete(database, key).status(); !s.ok()) return s;
  }
  const std::string name = engine::CanonicalName(database, key);
  if (content.stream) return PlaceStream(call, name, *content.stream);
  engine::ValueEdit& edit = keyspace.edit();
  engine::Value& value = edit.Make(name, content.kind);
  if (content.kind == ValueKind::kString) edit.SetBytes(value, content.bytes);
  for (const std::string& element : content.elements) edit.Push(value, false, element);
  for (const auto& [field, bytes] : content.fields) edit.PutField(value, field, bytes);
  return absl::OkStatus();
}

}  // namespace braid::redis
