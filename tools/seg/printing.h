// How `braid seg` words things: one place, so that its commands agree.
#ifndef BRAID_TOOLS_SEG_PRINTING_H_
#define BRAID_TOOLS_SEG_PRINTING_H_

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "braid/batch.h"
#include "braid/record.h"

namespace braid::seg {

using Json = nlohmann::ordered_json;

// "2026-01-01T00:00:00.000Z"; "-" for a time that is not known.
std::string TimeText(int64_t timestamp_ms);
// "0..42": half open, as all ranges.
std::string OffsetsText(Offset begin, Offset end);
// Quoted; what no terminal should get is escaped as C does it.
std::string Quoted(std::string_view bytes);
std::string_view CodecName(Codec codec);
std::string_view OriginName(Origin origin);

// `object[key]` is the text when it is UTF-8; otherwise `object[key + "_base64"]` is the bytes.
void PutBytes(Json& object, const std::string& key, std::string_view bytes);
// One line.
void PrintJson(const Json& json);

// Says what is wrong in one line on standard error; returns `exit_status`.
int Complain(const absl::Status& status, int exit_status);
int Complain(std::string_view message, int exit_status);

}  // namespace braid::seg

#endif  // BRAID_TOOLS_SEG_PRINTING_H_
