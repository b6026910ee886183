// DescribeConfigs: settings of topics and of the broker, with where each comes from.
#ifndef BRAID_PROTOCOL_KAFKA_MESSAGES_DESCRIBE_CONFIGS_H_
#define BRAID_PROTOCOL_KAFKA_MESSAGES_DESCRIBE_CONFIGS_H_

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "protocol/kafka/api.h"
#include "protocol/kafka/fields.h"

namespace braid::kafka {

inline constexpr Api kDescribeConfigsApi{ApiKey::kDescribeConfigs, "DescribeConfigs", 0, 4, 4};

struct DescribeConfigsRequest {
  static constexpr Api kApi = kDescribeConfigsApi;

  struct Resource {
    int8_t resource_type = 0;
    std::string_view resource_name;
    // Null: all
    std::optional<std::vector<std::string_view>> configuration_keys;

    template <class V, class M>
    static void Visit(V& visit, M& m) {
      visit("ResourceType", m.resource_type);
      visit("ResourceName", m.resource_name);
      visit("ConfigurationKeys", m.configuration_keys);
    }
    friend bool operator==(const Resource&, const Resource&) = default;
  };

  std::vector<Resource> resources;
  bool include_synonyms = false;
  bool include_documentation = false;

  template <class V, class M>
  static void Visit(V& visit, M& m) {
    visit("Resources", m.resources);
    visit("IncludeSynonyms", m.include_synonyms, From(1));
    visit("IncludeDocumentation", m.include_documentation, From(3));
  }
  friend bool operator==(const DescribeConfigsRequest&, const DescribeConfigsRequest&) = default;
};

struct DescribeConfigsResponse {
  static constexpr Api kApi = kDescribeConfigsApi;

  struct Result {
    struct Config {
      struct Synonym {
        std::string_view name;
        std::optional<std::string_view> value;
        int8_t source = 0;

        template <class V, class M>
        static void Visit(V& visit, M& m) {
          visit("Name", m.name);
          visit("Value", m.value);
          visit("Source", m.source);
        }
        friend bool operator==(const Synonym&, const Synonym&) = default;
      };

      std::string_view name;
      std::optional<std::string_view> value;
      bool read_only = false;
      bool is_default = false;
      int8_t config_source = -1;
      bool is_sensitive = false;
      std::vector<Synonym> synonyms;
      int8_t config_type = 0;
      std::optional<std::string_view> documentation;

      template <class V, class M>
      static void Visit(V& visit, M& m) {
        visit("Name", m.name);
        visit("Value", m.value);
        visit("ReadOnly", m.read_only);
        visit("IsDefault", m.is_default, Between(0, 0));
        visit("ConfigSource", m.config_source, From(1));
        visit("IsSensitive", m.is_sensitive);
        visit("Synonyms", m.synonyms, From(1));
        visit("ConfigType", m.config_type, From(3));
        visit("Documentation", m.documentation, From(3));
      }
      friend bool operator==(const Config&, const Config&) = default;
    };

    int16_t error_code = 0;
    std::optional<std::string_view> error_message;
    int8_t resource_type = 0;
    std::string_view resource_name;
    std::vector<Config> configs;

    template <class V, class M>
    static void Visit(V& visit, M& m) {
      visit("ErrorCode", m.error_code);
      visit("ErrorMessage", m.error_message);
      visit("ResourceType", m.resource_type);
      visit("ResourceName", m.resource_name);
      visit("Configs", m.configs);
    }
    friend bool operator==(const Result&, const Result&) = default;
  };

  int32_t throttle_time_ms = 0;
  std::vector<Result> results;

  template <class V, class M>
  static void Visit(V& visit, M& m) {
    visit("ThrottleTimeMs", m.throttle_time_ms);
    visit("Results", m.results);
  }
  friend bool operator==(const DescribeConfigsResponse&, const DescribeConfigsResponse&) = default;
};

}  // namespace braid::kafka

#endif  // BRAID_PROTOCOL_KAFKA_MESSAGES_DESCRIBE_CONFIGS_H_
