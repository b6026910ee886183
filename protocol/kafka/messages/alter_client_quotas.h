// AlterClientQuotas.
#ifndef BRAID_PROTOCOL_KAFKA_MESSAGES_ALTER_CLIENT_QUOTAS_H_
#define BRAID_PROTOCOL_KAFKA_MESSAGES_ALTER_CLIENT_QUOTAS_H_

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "protocol/kafka/api.h"
#include "protocol/kafka/fields.h"

namespace braid::kafka {

inline constexpr Api kAlterClientQuotasApi{ApiKey::kAlterClientQuotas, "AlterClientQuotas", 0, 1,
                                           1};

struct AlterClientQuotasRequest {
  static constexpr Api kApi = kAlterClientQuotasApi;

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

    struct Op {
      std::string_view key;
      double value = 0;
      bool remove = false;

      template <class V, class M>
      static void Visit(V& visit, M& m) {
        visit("Key", m.key);
        visit("Value", m.value);
        visit("Remove", m.remove);
      }
      friend bool operator==(const Op&, const Op&) = default;
    };

    std::vector<EntityPart> entity;
    std::vector<Op> ops;

    template <class V, class M>
    static void Visit(V& visit, M& m) {
      visit("Entity", m.entity);
      visit("Ops", m.ops);
    }
    friend bool operator==(const Entry&, const Entry&) = default;
  };

  std::vector<Entry> entries;
  bool validate_only = false;

  template <class V, class M>
  static void Visit(V& visit, M& m) {
    visit("Entries", m.entries);
    visit("ValidateOnly", m.validate_only);
  }
  friend bool operator==(const AlterClientQuotasRequest&,
                         const AlterClientQuotasRequest&) = default;
};

struct AlterClientQuotasResponse {
  static constexpr Api kApi = kAlterClientQuotasApi;

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

    int16_t error_code = 0;
    std::optional<std::string_view> error_message;
    std::vector<EntityPart> entity;

    template <class V, class M>
    static void Visit(V& visit, M& m) {
      visit("ErrorCode", m.error_code);
      visit("ErrorMessage", m.error_message);
      visit("Entity", m.entity);
    }
    friend bool operator==(const Entry&, const Entry&) = default;
  };

  int32_t throttle_time_ms = 0;
  std::vector<Entry> entries;

  template <class V, class M>
  static void Visit(V& visit, M& m) {
    visit("ThrottleTimeMs", m.throttle_time_ms);
    visit("Entries", m.entries);
  }
  friend bool operator==(const AlterClientQuotasResponse&,
                         const AlterClientQuotasResponse&) = default;
};

}  // namespace braid::kafka

#endif  // BRAID_PROTOCOL_KAFKA_MESSAGES_ALTER_CLIENT_QUOTAS_H_
