// DescribeClientQuotas: quotas whose entity matches a filter.
#ifndef BRAID_PROTOCOL_KAFKA_MESSAGES_DESCRIBE_CLIENT_QUOTAS_H_
#define BRAID_PROTOCOL_KAFKA_MESSAGES_DESCRIBE_CLIENT_QUOTAS_H_

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "protocol/kafka/api.h"
#include "protocol/kafka/fields.h"

namespace braid::kafka {

inline constexpr Api kDescribeClientQuotasApi{ApiKey::kDescribeClientQuotas, "DescribeClientQuotas",
                                              0, 1, 1};

struct DescribeClientQuotasRequest {
  static constexpr Api kApi = kDescribeClientQuotasApi;

  struct Component {
    std::string_view entity_type;
    int8_t match_type = 0;
    std::optional<std::string_view> match;

    template <class V, class M>
    static void Visit(V& visit, M& m) {
      visit("EntityType", m.entity_type);
      visit("MatchType", m.match_type);
      visit("Match", m.match);
    }
    friend bool operator==(const Component&, const Component&) = default;
  };

  std::vector<Component> components;
  bool strict = false;

  template <class V, class M>
  static void Visit(V& visit, M& m) {
    visit("Components", m.components);
    visit("Strict", m.strict);
  }
  friend bool operator==(const DescribeClientQuotasRequest&,
                         const DescribeClientQuotasRequest&) = default;
};

struct DescribeClientQuotasResponse {
  static constexpr Api kApi = kDescribeClientQuotasApi;

  struct Entry {
    struct EntityPart {
      std::string_view entity_type;
      std::optional<std::string_view> entity_name;

      template <class V, class M>
      static void Visit(V& visit, M& m) {
        visit("EntityType", m.entity_type);
        visit("EntityName", m.entity_name);
      }
      friend bool operator==(const EntityPart&, const EntityPart&) = default;
    };

    struct Value {
      std::string_view key;
      double value = 0;

      template <class V, class M>
      static void Visit(V& visit, M& m) {
        visit("Key", m.key);
        visit("Value", m.value);
      }
      friend bool operator==(const Value&, const Value&) = default;
    };

    std::vector<EntityPart> entity;
    std::vector<Value> values;

    template <class V, class M>
    static void Visit(V& visit, M& m) {
      visit("Entity", m.entity);
      visit("Values", m.values);
    }
    friend bool operator==(const Entry&, const Entry&) = default;
  };

  int32_t throttle_time_ms = 0;
  int16_t error_code = 0;
  std::optional<std::string_view> error_message;
  std::optional<std::vector<Entry>> entries;

  template <class V, class M>
  static void Visit(V& visit, M& m) {
    visit("ThrottleTimeMs", m.throttle_time_ms);
    visit("ErrorCode", m.error_code);
    visit("ErrorMessage", m.error_message);
    visit("Entries", m.entries);
  }
  friend bool operator==(const DescribeClientQuotasResponse&,
                         const DescribeClientQuotasResponse&) = default;
};

}  // namespace braid::kafka

#endif  // BRAID_PROTOCOL_KAFKA_MESSAGES_DESCRIBE_CLIENT_QUOTAS_H_
