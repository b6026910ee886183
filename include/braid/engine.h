// The embedded engine: streams, groups, and a clock you may own.
//
//   auto engine = *braid::Engine::Open({});                    // in memory
//   auto orders = *engine->CreateStream("orders");
//   orders.Append("order 1");
//   auto workers = *orders.CreateGroup("workers");
//   const auto messages = *workers.Fetch("me", 10);
//   for (const auto& message : messages) workers.Ack(message.offset);
//
// Engine, Stream and Group are thread-safe. Nothing here sleeps, starts a thread or calls back:
// deadlines (ack waits, retention) fall due in Tick(), which whoever embeds the engine calls;
// Broker (braid/broker.h) does so for its own.
#ifndef BRAID_ENGINE_H_
#define BRAID_ENGINE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "braid/options.h"
#include "braid/record.h"

namespace braid {

namespace engine {
class Catalog;
class Group;
class Stream;
}  // namespace engine

// A record handed to a consumer, with how often it has been.
struct Delivered : Record {
  int64_t delivery_count = 1;
};

// A handle; copies mean the same group. Outlives its engine safely only if not used.
class Group {
 public:
  explicit Group(std::shared_ptr<engine::Group> impl) : impl_(std::move(impl)) {}

  // Up to `max` records for `consumer`: first those due again, then new ones. Empty when there are
  // none.
  absl::StatusOr<std::vector<Delivered>> Fetch(std::string_view consumer, int64_t max);
  // Settles one delivery. False when it was not outstanding.
  absl::StatusOr<bool> Ack(Offset offset);
  // Gives one delivery back, to be delivered again after `delay`.
  absl::StatusOr<bool> Nak(Offset offset, absl::Duration delay = absl::ZeroDuration());
  // Records of the stream that the group has yet to be given.
  int64_t Lag() const;
  // Deliveries not yet settled.
  int64_t Pending() const;

 private:
  std::shared_ptr<engine::Group> impl_;
};

// A handle; copies mean the same stream.
class Stream {
 public:
  explicit Stream(std::shared_ptr<engine::Stream> impl) : impl_(std::move(impl)) {}

  // Appends and returns the position. kOs durability holds on return; for more, Engine::Flush().
  absl::StatusOr<Offset> Append(std::string_view value);
  absl::StatusOr<Offset> Append(const RecordView& record);
  // Appends many as one batch; returns the first one's position.
  absl::StatusOr<Offset> Append(absl::Span<const RecordView> records);

  // Up to `max` live records from `from` on. kOffsetOutOfRange below the first or past the next
  // offset.
  absl::StatusOr<std::vector<Record>> Read(Offset from, int64_t max) const;

  Offset first_offset() const;
  Offset next_offset() const;

  // kGroupExists when there is one of that name.
  absl::StatusOr<Group> CreateGroup(std::string_view name, GroupOptions options = {});
  // kGroupNotFound.
  absl::StatusOr<Group> FindGroup(std::string_view name) const;

 private:
  std::shared_ptr<engine::Stream> impl_;
};

class Engine {
 public:
  // Opens or creates. Errors: kLocked (another process has the directory), kIo, kCorrupt.
  static absl::StatusOr<std::unique_ptr<Engine>> Open(EngineOptions options);
  // Writes out what is pending and closes.
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  absl::StatusOr<Stream> CreateStream(std::string_view name, StreamOptions options = {});
  // kStreamNotFound.
  absl::StatusOr<Stream> FindStream(std::string_view name) const;
  absl::Status DeleteStream(std::string_view name);

  // Runs every deadline that is due and returns the next one (absl::InfiniteFuture() when none is
  // set).
  absl::Time Tick();
  // Does one bounded piece of the background work that files need: sealing, repacking, compaction,
  // removal of what was trimmed. True when there is more: call again. From any thread, whenever
  // there is time; a Broker does so by itself. Without it nothing is lost, but nothing is
  // compressed or compacted either.
  bool Maintain();
  // Everything appended and acknowledged so far survives a power cut once this returns ok.
  absl::Status Flush();

  // The engine beneath, for protocol servers built on it.
  engine::Catalog& catalog() { return *catalog_; }

 private:
  explicit Engine(std::unique_ptr<engine::Catalog> catalog);
  std::unique_ptr<engine::Catalog> catalog_;
};

}  // namespace braid

#endif  // BRAID_ENGINE_H_
