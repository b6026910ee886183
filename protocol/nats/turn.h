// What one socket read has caused: writes to commit, and what may only happen once they are.
//
//   Turn turn;
//   ... turn.Begin() and execute, for everything that was parsed ...
//   co_await net::CommitSome(connection, catalog, turn.writes);
//   turn.Finish(publisher);
//
// What the store refuses then is answered with an error instead.
#ifndef BRAID_PROTOCOL_NATS_TURN_H_
#define BRAID_PROTOCOL_NATS_TURN_H_

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/writes.h"
#include "protocol/nats/errors.h"
#include "protocol/nats/router.h"

namespace braid::nats {

class Turn {
 public:
  engine::Writes writes;

  // Another operation; the replies to come are about what it writes.
  void Begin() { mark_ = writes.Mark(); }
  // Publishes this after the commit. The bytes are copied.
  void Reply(std::string_view subject, std::string_view headers, std::string_view payload) {
    Add(subject, headers, payload, /*is_reply=*/true);
  }
  // The same for who listens to what was stored: what is refused was not.
  void Tell(std::string_view subject, std::string_view headers, std::string_view payload) {
    Add(subject, headers, payload, /*is_reply=*/false);
  }
  // Runs this after the commit, after the replies.
  void After(std::function<void()> action) { actions_.push_back(std::move(action)); }

  bool empty() const { return pieces_.empty() && actions_.empty(); }

  // Call once the writes are committed. Leaves the turn empty.
  void Finish(Publisher& publisher) {
    std::string_view rest = bytes_;
    const auto take = [&rest](size_t n) {
      const std::string_view piece = rest.substr(0, n);
      rest.remove_prefix(n);
      return piece;
    };
    std::string error;
    for (const Piece& piece : pieces_) {
      Message message;
      message.subject = take(piece.subject);
      message.headers = take(piece.headers);
      message.payload = take(piece.payload);
      const absl::Status refused = writes.RefusalOf(piece.begin, piece.end);
      if (!refused.ok()) {
        if (!piece.is_reply || message.payload.empty())
          continue;  // the confirmation of an acknowledgement
        error = ErrorJson(refused);
        message.headers = {};
        message.payload = error;
      }
      publisher.Publish(message);
    }
    pieces_.clear();
    bytes_.clear();
    writes.Forget();
    for (const auto& action : std::exchange(actions_, {})) action();
  }

 private:
  struct Piece {
    size_t subject, headers, payload;
    size_t begin, end;  // marks of what it is about
    bool is_reply;
  };
  void Add(std::string_view subject, std::string_view headers, std::string_view payload,
           bool is_reply) {
    pieces_.push_back(
        {subject.size(), headers.size(), payload.size(), mark_, writes.size(), is_reply});
    bytes_.append(subject).append(headers).append(payload);
  }
  std::string bytes_;  // all pieces, back to back
  std::vector<Piece> pieces_;
  std::vector<std::function<void()>> actions_;
  size_t mark_ = 0;
};

}  // namespace braid::nats

#endif  // BRAID_PROTOCOL_NATS_TURN_H_
