// What the JetStream side of all sessions shares: the running consumers, advisories, counters.
//
// Thread-safe.
#ifndef BRAID_PROTOCOL_NATS_JETSTREAM_H_
#define BRAID_PROTOCOL_NATS_JETSTREAM_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <boost/asio/any_io_executor.hpp>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"
#include "engine/catalog.h"
#include "engine/group.h"
#include "protocol/nats/atomic_batches.h"
#include "protocol/nats/consumer.h"
#include "protocol/nats/fast_batches.h"
#include "protocol/nats/router.h"

namespace braid::nats {

class JetStream : public std::enable_shared_from_this<JetStream> {
 public:
  // `executor`: where consumers run that no connection woke.
  JetStream(engine::Catalog& catalog, Router& router, boost::asio::any_io_executor executor);

  engine::Catalog& catalog() { return catalog_; }
  Router& router() { return router_; }
  const boost::asio::any_io_executor& executor() const { return executor_; }

  // Takes up what was running before a restart: push consumers and ephemerals. Once, before use.
  void Recover();
  // Stops all consumers. Before the executors go.
  void Stop();

  // The running side of `group`; made when there is none, to run on `executor` from then on.
  ConsumerPtr Run(const engine::GroupPtr& group, const boost::asio::any_io_executor& executor);
  // nullptr when it is not running.
  ConsumerPtr FindRunning(uint64_t group_id);
  void Forget(uint64_t group_id);

  // Batches that are being published.
  AtomicBatches& atomic_batches() { return *atomic_batches_; }
  FastBatches& fast_batches() { return *fast_batches_; }

  // Deletes a group and what runs for it; false when there is none. Not committed.
  absl::StatusOr<bool> DeleteConsumer(const engine::StreamPtr& stream, std::string_view name,
                                      engine::Writes& writes);
  // Has MAX_DELIVERIES advisories sent for `group`.
  void Watch(const engine::GroupPtr& group);

  // Advisories: published when somebody listens.
  void AdviseStream(std::string_view action, std::string_view stream);
  void AdviseConsumer(std::string_view action, std::string_view stream, std::string_view consumer);
  void AdviseMaxDeliveries(std::string_view stream, std::string_view consumer, int64_t stream_seq,
                           int64_t deliveries);
  void AdviseTerminated(std::string_view stream, std::string_view consumer,
                        const struct AckSubject& ack, std::string_view reason);

  // `length` random characters of [A-Za-z0-9].
  std::string NewName(int length);

  std::atomic<int64_t> api_requests{0};
  std::atomic<int64_t> api_errors{0};

 private:
  // Ends what runs for streams that are gone, now and after every change of the catalogue.
  void SweepDeleted();
  bool stopped();
  // --- jetstream_publishing.cc ---
  void StartPublishing();
  void AdviseBatchAbandoned(std::string_view stream, std::string_view batch,
                            std::string_view reason);
  void RepublishProduced(const engine::StreamPtr& stream, const engine::StoredRecord& record,
                         Offset previous);
  void Publish(std::string_view subject, std::string_view json);

  engine::Catalog& catalog_;
  Router& router_;
  const boost::asio::any_io_executor executor_;
  std::shared_ptr<AtomicBatches> atomic_batches_;
  std::shared_ptr<FastBatches> fast_batches_;
  absl::Mutex mu_;
  bool stopped_ ABSL_GUARDED_BY(mu_) = false;
  absl::flat_hash_map<uint64_t, ConsumerPtr> running_ ABSL_GUARDED_BY(mu_);
};

}  // namespace braid::nats

#endif  // BRAID_PROTOCOL_NATS_JETSTREAM_H_
