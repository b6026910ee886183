// Flow control of a push consumer: how many bytes may be under way before the client has answered
// for them. Pure data.
#ifndef BRAID_PROTOCOL_NATS_PUSH_FLOW_H_
#define BRAID_PROTOCOL_NATS_PUSH_FLOW_H_

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace braid::nats {

class PushFlow {
 public:
  // A message of this size has been sent.
  void Sent(int64_t bytes) { under_way_ += bytes; }
  // It is time to ask the client for an answer: half the window is used and no question is open.
  bool ShouldAsk() const { return asked_reply_.empty() && under_way_ > window_ / 2; }
  // The question has been sent; its answer will come to `reply`.
  void Asked(std::string reply) {
    asked_reply_ = std::move(reply);
    asked_for_ = under_way_;
  }
  // False when `reply` is not the open question's. The window grows with each answer.
  bool Answered(std::string_view reply) {
    if (asked_reply_.empty() || reply != asked_reply_) return false;
    under_way_ -= asked_for_;
    window_ = std::min(window_ * 2, kMaxWindow);
    asked_reply_.clear();
    return true;
  }
  // Nothing more may be sent before the answer.
  bool stalled() const { return under_way_ >= window_; }
  const std::string& asked_reply() const { return asked_reply_; }
  int64_t window() const { return window_; }
  // The receiver has changed: nothing is under way to the new one.
  void Reset() { *this = PushFlow(); }

 private:
  static constexpr int64_t kMaxWindow = int64_t{32} << 20;
  int64_t window_ = kMaxWindow / 16;
  int64_t under_way_ = 0;
  int64_t asked_for_ = 0;
  std::string asked_reply_;
};

}  // namespace braid::nats

#endif  // BRAID_PROTOCOL_NATS_PUSH_FLOW_H_
