// ListConfigResources: the resources that have settings. Version 0 lists those of client metrics
// alone.
#ifndef BRAID_PROTOCOL_KAFKA_MESSAGES_LIST_CONFIG_RESOURCES_H_
#define BRAID_PROTOCOL_KAFKA_MESSAGES_LIST_CONFIG_RESOURCES_H_

#include <cstdint>
#include <string_view>
#include <vector>

#include "protocol/kafka/api.h"
#include "protocol/kafka/fields.h"

namespace braid::kafka {

inline constexpr Api kListConfigResourcesApi{ApiKey::kListConfigResources, "ListConfigResources", 0,
                                             1, 0};

struct ListConfigResourcesRequest {
  static constexpr Api kApi = kListConfigResourcesApi;

  std::vector<int8_t> resource_types;

  template <class V, class M>
  static void Visit(V& visit, M& m) {
    visit("ResourceTypes", m.resource_types, From(1));
  }
  friend bool operator==(const ListConfigResourcesRequest&,
                         const ListConfigResourcesRequest&) = default;
};

struct ListConfigResourcesResponse {
  static constexpr Api kApi = kListConfigResourcesApi;

  struct Resource {
    std::string_view resource_name;
    int8_t resource_type = 16;

    template <class V, class M>
    static void Visit(V& visit, M& m) {
      visit("ResourceName", m.resource_name);
      visit("ResourceType", m.resource_type, From(1));
    }
    friend bool operator==(const Resource&, const Resource&) = default;
  };

  int32_t throttle_time_ms = 0;
  int16_t error_code = 0;
  std::vector<Resource> config_resources;

  template <class V, class M>
  static void Visit(V& visit, M& m) {
    visit("ThrottleTimeMs", m.throttle_time_ms);
    visit("ErrorCode", m.error_code);
    visit("ConfigResources", m.config_resources);
  }
  friend bool operator==(const ListConfigResourcesResponse&,
                         const ListConfigResourcesResponse&) = default;
};

}  // namespace braid::kafka

#endif  // BRAID_PROTOCOL_KAFKA_MESSAGES_LIST_CONFIG_RESOURCES_H_
