// A place for one coroutine to sleep until somebody on its own thread wakes it. Costs no timer, no
// system call and no allocation, which a timer used for this would.
//
// A sleeper lives in the Signal and nowhere else: no io_context knows it, or destroys it with
// itself. So whoever owns a Signal fires or drops it in the end, and no coroutine sleeps in one
// that it owns.
//
// Threads: everything on the thread of the coroutine's executor.
#ifndef BRAID_PROTOCOL_SIGNAL_H_
#define BRAID_PROTOCOL_SIGNAL_H_

#include <optional>
#include <utility>

#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace braid::net {

class Signal {
 public:
  Signal() = default;
  Signal(const Signal&) = delete;
  Signal& operator=(const Signal&) = delete;

  // Suspends until Fire(). One sleeper at a time. A Fire() before this is not remembered.
  boost::asio::awaitable<void> Wait() {
    auto park = [this](Handler handler) { handler_.emplace(std::move(handler)); };
    return boost::asio::async_initiate<const boost::asio::use_awaitable_t<>, void()>(
        park, boost::asio::use_awaitable);
  }

  bool waiting() const { return handler_.has_value(); }

  // Resumes the sleeper, if there is one, inside this call: so call it from an event handler, never
  // from another coroutine.
  void Fire() {
    if (!handler_) return;
    Handler handler = std::move(*handler_);
    handler_.reset();
    std::move(handler)();
  }

  // Destroys the sleeper, if there is one, instead: soon, through its executor, or with that.
  void Drop() {
    if (!handler_) return;
    const Handler handler = std::move(*handler_);
    handler_.reset();
  }

 private:
  using Handler = boost::asio::async_result<boost::asio::use_awaitable_t<>, void()>::handler_type;
  std::optional<Handler> handler_;
};

}  // namespace braid::net

#endif  // BRAID_PROTOCOL_SIGNAL_H_
