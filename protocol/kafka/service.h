// The Kafka face of an engine: what all its connections share.
//
//   kafka::Service kafka(catalog, {});
//   server.Listen("127.0.0.1:9092", kafka.session());
//
// Thread-safe; must outlive its sessions. Topics are canonical names spelled for Kafka
// (engine/names.h), so streams made by the other models are topics too. One broker, whose node id
// is Options::node_id, leads every partition and coordinates every group; the leader epoch is
// always 0.
#ifndef BRAID_PROTOCOL_KAFKA_SERVICE_H_
#define BRAID_PROTOCOL_KAFKA_SERVICE_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "engine/catalog.h"
#include "engine/coordinator.h"
#include "engine/share_groups.h"
#include "protocol/call_faults.h"
#include "protocol/kafka/configs.h"
#include "protocol/kafka/dead_letters.h"
#include "protocol/kafka/features.h"
#include "protocol/kafka/options.h"
#include "protocol/kafka/quotas.h"
#include "protocol/kafka/share_sessions.h"
#include "protocol/server.h"

namespace braid::kafka {

class Service {
 public:
  Service(engine::Catalog& catalog, Options options);
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  // For Server::Listen. Listeners are numbered from 0, since each may advertise its own address.
  net::SessionFn session(int listener = 0);
  // Tells clients from now on to connect to these addresses, one "HOST:PORT" for each listener; to
  // the one they dialled where it is empty. Kept with the data, as an administrator's setting is.
  // kInvalidArgument: not an address.
  absl::Status Advertise(absl::Span<const std::string> by_listener);

  // What is to happen to calls, for tests. kInvalidArgument: there is no such call, or none that
  // can be refused, or no such error.
  absl::Status Inject(CallFault fault);

  engine::Catalog& catalog() { return catalog_; }
  engine::Coordinator& coordinator() { return coordinator_; }
  engine::ShareGroups& share_groups() { return share_groups_; }
  ShareSessions& share_sessions() { return share_sessions_; }
  DeadLetters& dead_letters() { return *dead_letters_; }
  Configs& configs() { return configs_; }
  Features& features() { return features_; }
  Quotas& quotas() { return quotas_; }
  net::CallFaults& faults() { return faults_; }
  const Options& options() const { return options_; }
  const std::string& cluster_id() const { return cluster_id_; }  // 22 characters, as Kafka's are

 private:
  engine::Catalog& catalog_;
  const Options options_;
  const std::string cluster_id_;
  engine::Coordinator coordinator_;
  Configs configs_;
  Features features_;
  Quotas quotas_;
  net::CallFaults faults_;
  ShareSessions share_sessions_;
  engine::ShareGroups share_groups_;
  const std::shared_ptr<DeadLetters> dead_letters_;
};

}  // namespace braid::kafka

#endif  // BRAID_PROTOCOL_KAFKA_SERVICE_H_
