#include "tools/seg/printing.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "absl/strings/escaping.h"
#include "absl/time/time.h"

namespace braid::seg {
namespace {

bool IsUtf8(std::string_view bytes) {
  try {
    (void)Json(std::string(bytes)).dump();
    return true;
  } catch (const Json::exception&) {  // the library's way to refuse other bytes
    return false;
  }
}

}  // namespace

std::string TimeText(int64_t timestamp_ms) {
  if (timestamp_ms < 0) return "-";
  return absl::FormatTime("%E4Y-%m-%dT%H:%M:%E3SZ", absl::FromUnixMillis(timestamp_ms),
                          absl::UTCTimeZone());
}

std::string OffsetsText(Offset begin, Offset end) {
  return fmt::format("{}..{}", begin, end);
}

std::string Quoted(std::string_view bytes) {
  const absl::string_view view(bytes.data(), bytes.size());
  return "\"" + (IsUtf8(bytes) ? absl::Utf8SafeCHexEscape(view) : absl::CHexEscape(view)) + "\"";
}

std::string_view CodecName(Codec codec) {
  switch (codec) {
    case Codec::kNone:
      return "none";
    case Codec::kGzip:
      return "gzip";
    case Codec::kSnappy:
      return "snappy";
    case Codec::kLz4:
      return "lz4";
    case Codec::kZstd:
      return "zstd";
  }
  return "unknown";
}

std::string_view OriginName(Origin origin) {
  switch (origin) {
    case Origin::kKafka:
      return "kafka";
    case Origin::kRedis:
      return "redis";
    case Origin::kNats:
      return "nats";
  }
  return "unknown";
}

void PutBytes(Json& object, const std::string& key, std::string_view bytes) {
  if (IsUtf8(bytes)) {
    object[key] = std::string(bytes);
  } else {
    object[key + "_base64"] = absl::Base64Escape({bytes.data(), bytes.size()});
  }
}

void PrintJson(const Json& json) {
  const std::string text = json.dump(-1, ' ', false, Json::error_handler_t::replace);
  std::printf("%s\n", text.c_str());
}

int Complain(const absl::Status& status, int exit_status) {
  return Complain(std::string(status.message()), exit_status);
}

int Complain(std::string_view message, int exit_status) {
  std::string line(message);
  std::replace(line.begin(), line.end(), '\n', ' ');
  std::fprintf(stderr, "braid: %s\n", line.c_str());
  return exit_status;
}

}  // namespace braid::seg
