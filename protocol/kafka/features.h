// Levels of behaviour that clients look at: which there are, and which one is kept to. A level is
// altered with UpdateFeatures and kept in the catalogue's settings.
//
// Thread-safe.
#ifndef BRAID_PROTOCOL_KAFKA_FEATURES_H_
#define BRAID_PROTOCOL_KAFKA_FEATURES_H_

#include <cstdint>
#include <string_view>

#include "absl/types/span.h"
#include "engine/catalog.h"
#include "engine/writes.h"
#include "protocol/kafka/refusal.h"

namespace braid::kafka {

struct Feature {
  std::string_view name;
  int16_t min_level = 0;
  int16_t max_level = 0;
  int16_t usual_level = 0;  // kept to unless altered; 0: switched off
};

// What UpdateFeatures may do to a level.
enum class FeatureUpgrade : int8_t { kUpgrade = 1, kSafeDowngrade = 2, kUnsafeDowngrade = 3 };

class Features {
 public:
  // `supported` must outlive it.
  Features(engine::Catalog& catalog, absl::Span<const Feature> supported)
      : catalog_(catalog), supported_(supported) {}

  absl::Span<const Feature> supported() const { return supported_; }
  int16_t Level(const Feature& feature) const;
  int16_t LevelOf(std::string_view name) const;  // 0: there is no such feature
  int64_t Epoch() const;                         // grows with each change of a level

  // kInvalidUpdateVersion: no such feature or level; or a change in the direction that was not
  // asked for. kInvalidRequest: no such kind of change. `validate_only`: says what would become.
  Refusal Update(std::string_view name, int16_t level, FeatureUpgrade kind, bool validate_only,
                 engine::Writes& writes);

 private:
  engine::Catalog& catalog_;
  const absl::Span<const Feature> supported_;
};

// Those of this broker.
absl::Span<const Feature> SupportedFeatures();

}  // namespace braid::kafka

#endif  // BRAID_PROTOCOL_KAFKA_FEATURES_H_
