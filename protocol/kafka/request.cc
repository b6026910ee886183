#include "protocol/kafka/request.h"

namespace braid::kafka {
namespace {

// Key, version and correlation id.
constexpr size_t kFixedHeaderBytes = 8;

}  // namespace

bool Request::ReadFixedHeader(Buffer frame) {
  frame_ = std::move(frame);
  Reader reader(frame_, 0);
  header_.api_key = reader.TakeInt<int16_t>();
  header_.api_version = reader.TakeInt<int16_t>();
  header_.correlation_id = reader.TakeInt<int32_t>();
  return reader.ok();
}

bool Request::ReadHeader(const Api& api) {
  Reader reader(frame_, kFixedHeaderBytes);
  header_.client_id = reader.TakeHeaderString();
  if (header_.api_version >= api.flexible_from) reader.SkipTags();
  body_at_ = reader.position();
  return reader.ok();
}

void Request::BeginReply(bool flexible) {
  out_.Clear();
  out_.PutInt<int32_t>(0);  // the size, known in EndReply
  out_.PutInt<int32_t>(header_.correlation_id);
  if (flexible) out_.PutVarint(0);  // no tags
}

void Request::EndReply() {
  out_.PatchInt32(0, static_cast<int32_t>(out_.total_size() - sizeof(int32_t)));
  const std::string_view bytes = out_.bytes();
  size_t done = 0;
  for (const Writer::Splice& splice : out_.splices()) {
    connection_.Send(bytes.substr(done, splice.at - done));
    connection_.Send(splice.buffer);
    done = splice.at;
  }
  connection_.Send(bytes.substr(done));
}

}  // namespace braid::kafka
