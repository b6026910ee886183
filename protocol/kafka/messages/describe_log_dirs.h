// DescribeLogDirs: what partitions take on disk.
#ifndef BRAID_PROTOCOL_KAFKA_MESSAGES_DESCRIBE_LOG_DIRS_H_
#define BRAID_PROTOCOL_KAFKA_MESSAGES_DESCRIBE_LOG_DIRS_H_

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "protocol/kafka/api.h"
#include "protocol/kafka/fields.h"

namespace braid::kafka {

inline constexpr Api kDescribeLogDirsApi{ApiKey::kDescribeLogDirs, "DescribeLogDirs", 1, 5, 2};

struct DescribeLogDirsRequest {
  static constexpr Api kApi = kDescribeLogDirsApi;

  struct Topic {
    std::string_view topic;
    std::vector<int32_t> partitions;

    template <class V, class M>
    static void Visit(V& visit, M& m) {
      visit("Topic", m.topic);
      visit("Partitions", m.partitions);
    }
    friend bool operator==(const Topic&, const Topic&) = default;
  };

  std::optional<std::vector<Topic>> topics;

  template <class V, class M>
  static void Visit(V& visit, M& m) {
    visit("Topics", m.topics);
  }
  friend bool operator==(const DescribeLogDirsRequest&, const DescribeLogDirsRequest&) = default;
};

struct DescribeLogDirsResponse {
  static constexpr Api kApi = kDescribeLogDirsApi;

  struct Result {
    struct Topic {
      struct Partition {
        int32_t partition_index = 0;
        int64_t partition_size = 0;
        int64_t offset_lag = 0;
        bool is_future_key = false;

        template <class V, class M>
        static void Visit(V& visit, M& m) {
          visit("PartitionIndex", m.partition_index);
          visit("PartitionSize", m.partition_size);
          visit("OffsetLag", m.offset_lag);
          visit("IsFutureKey", m.is_future_key);
        }
        friend bool operator==(const Partition&, const Partition&) = default;
      };

      std::string_view name;
      std::vector<Partition> partitions;

      template <class V, class M>
      static void Visit(V& visit, M& m) {
        visit("Name", m.name);
        visit("Partitions", m.partitions);
      }
      friend bool operator==(const Topic&, const Topic&) = default;
    };

    int16_t error_code = 0;
    std::string_view log_dir;
    std::vector<Topic> topics;
    int64_t total_bytes = -1;
    int64_t usable_bytes = -1;
    bool is_cordoned = false;

    template <class V, class M>
    static void Visit(V& visit, M& m) {
      visit("ErrorCode", m.error_code);
      visit("LogDir", m.log_dir);
      visit("Topics", m.topics);
      visit("TotalBytes", m.total_bytes, From(4));
      visit("UsableBytes", m.usable_bytes, From(4));
      visit("IsCordoned", m.is_cordoned, From(5));
    }
    friend bool operator==(const Result&, const Result&) = default;
  };

  int32_t throttle_time_ms = 0;
  int16_t error_code = 0;
  std::vector<Result> results;

  template <class V, class M>
  static void Visit(V& visit, M& m) {
    visit("ThrottleTimeMs", m.throttle_time_ms);
    visit("ErrorCode", m.error_code, From(3));
    visit("Results", m.results);
  }
  friend bool operator==(const DescribeLogDirsResponse&, const DescribeLogDirsResponse&) = default;
};

}  // namespace braid::kafka

#endif  // BRAID_PROTOCOL_KAFKA_MESSAGES_DESCRIBE_LOG_DIRS_H_
