// A message on its way from one client to others.
#ifndef BRAID_PROTOCOL_NATS_MESSAGE_H_
#define BRAID_PROTOCOL_NATS_MESSAGE_H_

#include <string>
#include <string_view>

namespace braid::nats {

// Views, valid for the call they are passed to.
struct Message {
  std::string_view subject;
  std::string_view reply;
  std::string_view headers;  // a whole header block, or nothing
  std::string_view payload;

  size_t size() const { return headers.size() + payload.size(); }
};

// Appends the MSG or HMSG that shows `message` to the subscription `sid`; without `headers` they
// are cut off.
void AppendFrame(const Message& message, std::string_view sid, bool headers, std::string* out);

}  // namespace braid::nats

#endif  // BRAID_PROTOCOL_NATS_MESSAGE_H_
