// braid compare: one small workload through the three models over one engine, as one table.
#include <fmt/format.h>
#include <stdlib.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "braid/broker.h"
#include "braid/error.h"
#include "engine/catalog.h"
#include "engine/stream.h"
#include "tools/cli/verbs.h"
#include "tools/load/kafka_client.h"
#include "tools/load/nats_client.h"
#include "tools/load/redis_client.h"
#include "tools/load/workload.h"

namespace braid::cli {
namespace {

using load::Figures;

struct Column {
  std::string model;
  Figures figures;
};

// One line of the table: what, how it is taken, and its cell.
struct Row {
  const char* key;  // in JSON
  const char* name;
  std::string how;
  std::function<nlohmann::json(const Figures&)> value;
  std::function<std::string(const Figures&)> cell;
};

// A directory that is gone when this is.
class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    std::string pattern = (std::filesystem::temp_directory_path() / "braid-compare-XXXXXX");
    if (mkdtemp(pattern.data()) != nullptr) path_ = pattern;
  }
  ~TemporaryDirectory() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  const std::string& path() const { return path_; }  // empty: it could not be made

 private:
  std::string path_;
};

// --- The table ---

std::string Rate(double per_s) {
  return fmt::format("{:.0f} /s", per_s);
}

std::string Both(const load::Latency& latency) {
  return fmt::format("{:.0f} / {:.0f} us", latency.p50_us, latency.p99_us);
}

nlohmann::json ToJson(const load::Latency& latency) {
  return {{"p50_us", latency.p50_us}, {"p99_us", latency.p99_us}, {"samples", latency.samples}};
}

std::vector<Row> Rows() {
  return {
      {"publish_per_s", "publish",
       fmt::format("{} records a write, at most {} unacknowledged, one connection; Kafka: one "
                   "uncompressed batch a write, Redis: pipelined XADD, NATS: JetStream publishes",
                   load::kSendRecords, load::kSendRecords * load::kUnackedSends),
       [](const Figures& f) { return f.publish_per_s; },
       [](const Figures& f) { return Rate(f.publish_per_s); }},
      {"consume_per_s", "consume",
       fmt::format("a new group reads everything, {} records at a time, each time acknowledged; "
                   "Kafka: fetch and commit, Redis: XREADGROUP and XACK, NATS: pull and +ACK",
                   load::kSendRecords),
       [](const Figures& f) { return f.consume_per_s; },
       [](const Figures& f) { return Rate(f.consume_per_s); }},
      {"ack_latency", "acknowledged p50 / p99",
       fmt::format("one record at a time, up to {}: sent until acknowledged", load::kAckSamples),
       [](const Figures& f) { return ToJson(f.ack); },
       [](const Figures& f) { return Both(f.ack); }},
      {"end_to_end_latency", "end to end p50 / p99",
       fmt::format("one record at a time, up to {}: sent until a group reader on another "
                   "connection, which was waiting, has it",
                   load::kDeliverySamples),
       [](const Figures& f) { return ToJson(f.end_to_end); },
       [](const Figures& f) { return Both(f.end_to_end); }},
      {"disk_bytes_per_record", "disk per record",
       "bytes of the stream's segment files after publishing, by its number of records",
       [](const Figures& f) { return f.disk_bytes_per_record; },
       [](const Figures& f) { return fmt::format("{:.1f} B", f.disk_bytes_per_record); }},
      {"reader_crash", "twice after a crash",
       "a reader takes all, acknowledges the first half, its connection closes; a second one of "
       "the group takes over: Kafka: from the committed offset, Redis: XAUTOCLAIM, NATS: once "
       "the ack wait is over",
       [](const Figures& f) {
         return nlohmann::json{{"read", f.crash_read},
                               {"acknowledged", f.crash_acked},
                               {"duplicates", f.crash_duplicates},
                               {"missing", f.crash_missing}};
       },
       [](const Figures& f) { return fmt::format("{} of {}", f.crash_duplicates, f.crash_read); }},
      {"late_reader", "late reader has",
       "trimmed to half (Kafka: DeleteRecords, Redis: XTRIM MAXLEN =, NATS: STREAM.PURGE keep), "
       "then a new group reads from the start",
       [](const Figures& f) {
         return nlohmann::json{
             {"published", f.trim_published}, {"kept", f.trim_kept}, {"read", f.late_reader_reads}};
       },
       [](const Figures& f) {
         return fmt::format("{} of {}", f.late_reader_reads, f.trim_published);
       }},
  };
}

void PrintTable(const std::vector<Column>& columns, const load::WorkloadOptions& options) {
  fmt::print(
      "{} records of {} bytes, one engine with files, loopback, this process is the client\n\n",
      options.records, options.size_bytes);
  fmt::print("{:<24}", "");
  for (const Column& column : columns) fmt::print("{:>20}", column.model);
  fmt::print("\n");
  const std::vector<Row> rows = Rows();
  for (const Row& row : rows) {
    fmt::print("{:<24}", row.name);
    for (const Column& column : columns) fmt::print("{:>20}", row.cell(column.figures));
    fmt::print("\n");
  }
  fmt::print("\nHow each was taken\n");
  for (const Row& row : rows) fmt::print("  {}: {}\n", row.name, row.how);
}

void PrintJson(const std::vector<Column>& columns, const load::WorkloadOptions& options) {
  nlohmann::json out = {{"records", options.records}, {"size_bytes", options.size_bytes}};
  for (const Row& row : Rows()) {
    out["how"][row.key] = row.how;
    for (const Column& column : columns) {
      out["models"][column.model][row.key] = row.value(column.figures);
    }
  }
  fmt::print("{}\n", out.dump(2));
}

// --- The runs ---

int Fail(std::string_view what, const absl::Status& status) {
  fmt::print(stderr, "braid: {}: {}\n", what,
             std::string_view(status.message().data(), status.message().size()));
  return kFailed;
}

std::function<absl::StatusOr<int64_t>(const std::string&)> DiskBytes(
    std::function<engine::StreamPtr(const std::string&)> find) {
  return [find = std::move(find)](const std::string& name) -> absl::StatusOr<int64_t> {
    const engine::StreamPtr stream = find(name);
    if (stream == nullptr) return MakeError(Errc::kStreamNotFound, name);
    return stream->State().disk_bytes;
  };
}

struct Model {
  std::string name;
  load::Target target;
};

// What each model is reached by; they share the catalogue, so their streams have a prefix.
std::vector<Model> Models(Broker& broker) {
  engine::Catalog& catalog = broker.engine().catalog();
  return {
      {"kafka",
       {[&] { return load::KafkaClient::Connect(broker.kafka_address()); },
        DiskBytes([&](const std::string& name) { return catalog.FindKafka(name, 0); })}},
      {"redis",
       {[&] { return load::RedisClient::Connect(broker.redis_address()); },
        DiskBytes([&](const std::string& name) { return catalog.FindRedis(name); })}},
      {"nats",
       {[&] { return load::NatsClient::Connect(broker.nats_address()); },
        DiskBytes([&](const std::string& name) { return catalog.FindJetStream(name); })}},
  };
}

int Compare(load::WorkloadOptions options, bool json) {
  const TemporaryDirectory directory;
  if (directory.path().empty()) {
    fmt::print(stderr, "braid: no temporary directory can be made\n");
    return kFailed;
  }
  BrokerOptions broker_options;
  broker_options.engine.data_dir = directory.path();
  broker_options.http.clear();
  auto broker = Broker::Start(broker_options);
  if (!broker.ok()) return Fail("starting a broker", broker.status());
  std::vector<Column> columns;
  for (const Model& model : Models(**broker)) {
    options.stream_prefix = model.name + "-";
    auto figures = load::Measure(model.target, options);
    if (!figures.ok()) return Fail(model.name, figures.status());
    columns.push_back({model.name, *figures});
  }
  json ? PrintJson(columns, options) : PrintTable(columns, options);
  return 0;
}

}  // namespace

void AddCompare(CLI::App& app, int& status) {
  auto options = std::make_shared<load::WorkloadOptions>();
  auto json = std::make_shared<bool>(false);
  CLI::App* compare = app.add_subcommand(
      "compare", "Runs one small workload through the three models and prints what it measured");
  compare->add_option("--records", options->records, "Records of each throughput run")
      ->check(CLI::Range(int64_t{2}, int64_t{10'000'000}))
      ->capture_default_str();
  compare->add_option("--size", options->size_bytes, "Bytes of each record's value")
      ->check(CLI::Range(load::kMinSizeBytes, int64_t{1} << 20))
      ->capture_default_str();
  compare->add_flag("--json", *json, "As JSON");
  compare->callback([options, json, &status] { status = Compare(*options, *json); });
}

}  // namespace braid::cli
