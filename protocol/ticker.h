// The one timer of a server: it runs the engine's deadlines when they fall due. With no deadline it
// sleeps; nothing here is periodic.
#ifndef BRAID_PROTOCOL_TICKER_H_
#define BRAID_PROTOCOL_TICKER_H_

#include <atomic>
#include <memory>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "engine/catalog.h"

namespace braid::net {

// Lives in a shared_ptr, because the engine may still be calling its hook while the server stops.
class Ticker : public std::enable_shared_from_this<Ticker> {
 public:
  Ticker(engine::Catalog* catalog, boost::asio::io_context* context);
  Ticker(const Ticker&) = delete;
  Ticker& operator=(const Ticker&) = delete;

  void Start();
  // After this neither engine nor context is touched. Call it when the context runs no more.
  void Stop();

 private:
  // A deadline earlier than the one armed has come up. Any thread.
  void Earlier();
  // On the context's thread:
  void Tick();
  void Arm(absl::Time deadline);

  engine::Catalog* const catalog_;
  std::atomic<bool> rearm_posted_{false};
  absl::Mutex mu_;
  boost::asio::io_context* context_ ABSL_GUARDED_BY(mu_);  // null once stopped
  std::unique_ptr<boost::asio::steady_timer> timer_;       // the context's thread's
};

}  // namespace braid::net

#endif  // BRAID_PROTOCOL_TICKER_H_
