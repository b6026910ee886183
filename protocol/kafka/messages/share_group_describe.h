// ShareGroupDescribe: share groups with their members.
#ifndef BRAID_PROTOCOL_KAFKA_MESSAGES_SHARE_GROUP_DESCRIBE_H_
#define BRAID_PROTOCOL_KAFKA_MESSAGES_SHARE_GROUP_DESCRIBE_H_

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "protocol/kafka/api.h"
#include "protocol/kafka/fields.h"

namespace braid::kafka {

inline constexpr Api kShareGroupDescribeApi{ApiKey::kShareGroupDescribe, "ShareGroupDescribe", 1, 1,
                                            0};

struct ShareGroupDescribeRequest {
  static constexpr Api kApi = kShareGroupDescribeApi;

  std::vector<std::string_view> group_ids;
  bool include_authorized_operations = false;

  template <class V, class M>
  static void Visit(V& visit, M& m) {
    visit("GroupIds", m.group_ids);
    visit("IncludeAuthorizedOperations", m.include_authorized_operations);
  }
  friend bool operator==(const ShareGroupDescribeRequest&,
                         const ShareGroupDescribeRequest&) = default;
};

struct ShareGroupDescribeResponse {
  static constexpr Api kApi = kShareGroupDescribeApi;

  struct Assignment {
    struct TopicPartitions {
      Uuid topic_id{};
      std::string_view topic_name;
      std::vector<int32_t> partitions;

      template <class V, class M>
      static void Visit(V& visit, M& m) {
        visit("TopicId", m.topic_id);
        visit("TopicName", m.topic_name);
        visit("Partitions", m.partitions);
      }
      friend bool operator==(const TopicPartitions&, const TopicPartitions&) = default;
    };

    std::vector<TopicPartitions> topic_partitions;

    template <class V, class M>
    static void Visit(V& visit, M& m) {
      visit("TopicPartitions", m.topic_partitions);
    }
    friend bool operator==(const Assignment&, const Assignment&) = default;
  };

  struct Group {
    struct Member {
      std::string_view member_id;
      std::optional<std::string_view> rack_id;
      int32_t member_epoch = 0;
      std::string_view client_id;
      std::string_view client_host;
      std::vector<std::string_view> subscribed_topic_names;
      Assignment assignment;

      template <class V, class M>
      static void Visit(V& visit, M& m) {
        visit("MemberId", m.member_id);
        visit("RackId", m.rack_id);
        visit("MemberEpoch", m.member_epoch);
        visit("ClientId", m.client_id);
        visit("ClientHost", m.client_host);
        visit("SubscribedTopicNames", m.subscribed_topic_names);
        visit("Assignment", m.assignment);
      }
      friend bool operator==(const Member&, const Member&) = default;
    };

    int16_t error_code = 0;
    std::optional<std::string_view> error_message;
    std::string_view group_id;
    std::string_view group_state;
    int32_t group_epoch = 0;
    int32_t assignment_epoch = 0;
    std::string_view assignor_name;
    std::vector<Member> members;
    int32_t authorized_operations = kOperationsNotAsked;

    template <class V, class M>
    static void Visit(V& visit, M& m) {
      visit("ErrorCode", m.error_code);
      visit("ErrorMessage", m.error_message);
      visit("GroupId", m.group_id);
      visit("GroupState", m.group_state);
      visit("GroupEpoch", m.group_epoch);
      visit("AssignmentEpoch", m.assignment_epoch);
      visit("AssignorName", m.assignor_name);
      visit("Members", m.members);
      visit("AuthorizedOperations", m.authorized_operations);
    }
    friend bool operator==(const Group&, const Group&) = default;
  };

  int32_t throttle_time_ms = 0;
  std::vector<Group> groups;

  template <class V, class M>
  static void Visit(V& visit, M& m) {
    visit("ThrottleTimeMs", m.throttle_time_ms);
    visit("Groups", m.groups);
  }
  friend bool operator==(const ShareGroupDescribeResponse&,
                         const ShareGroupDescribeResponse&) = default;
};

}  // namespace braid::kafka

#endif  // BRAID_PROTOCOL_KAFKA_MESSAGES_SHARE_GROUP_DESCRIBE_H_
