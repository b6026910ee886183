#include "engine/consumer_protocol.h"

#include <algorithm>
#include <cstddef>

#include "storage/coding.h"

namespace braid::engine {
namespace {

constexpr int16_t kOwnedVersion = 1;
constexpr int16_t kGenerationVersion = 2;
constexpr int16_t kRackVersion = 3;

// The first fault latches: whatever is taken after it is zero or empty.
class Input {
 public:
  explicit Input(std::string_view bytes) : rest_(bytes) {}

  bool ok() const { return ok_; }

  template <class T>
  T Int() {
    const std::string_view bytes = Take(sizeof(T));
    return ok_ ? storage::LoadBigEndian<T>(bytes.data()) : T{};
  }
  std::string_view String() {
    const auto size = Int<int16_t>();
    return size < 0 ? Fail() : Take(static_cast<size_t>(size));
  }
  std::optional<std::string> NullableString() {
    const auto size = Int<int16_t>();
    if (size < 0) return std::nullopt;
    return std::string(Take(static_cast<size_t>(size)));
  }
  void SkipNullableBytes() {
    const auto size = Int<int32_t>();
    if (size > 0) Take(static_cast<size_t>(size));
  }
  // A length of something whose pieces have `piece` bytes at least.
  int32_t Count(size_t piece) {
    const auto count = Int<int32_t>();
    if (count >= 0 && static_cast<size_t>(count) <= rest_.size() / piece) return count;
    Fail();
    return 0;
  }
  NamedPartitions Partitions() {
    NamedPartitions partitions;
    for (int32_t topics = Count(6); topics > 0 && ok_; --topics) {
      std::vector<int32_t>& of_topic = partitions[std::string(String())];
      for (int32_t count = Count(4); count > 0; --count) of_topic.push_back(Int<int32_t>());
    }
    return partitions;
  }

 private:
  std::string_view Take(size_t size) {
    if (!ok_ || size > rest_.size()) return Fail();
    const std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }
  std::string_view Fail() {
    ok_ = false;
    rest_ = {};
    return {};
  }

  std::string_view rest_;
  bool ok_ = true;
};

template <class T>
void Put(std::string& bytes, T value) {
  const size_t at = bytes.size();
  bytes.resize(at + sizeof(T));
  storage::StoreBigEndian<T>(bytes.data() + at, value);
}

}  // namespace

std::optional<ConsumerSubscription> DecodeSubscription(std::string_view bytes) {
  Input input(bytes);
  ConsumerSubscription subscription;
  subscription.version = input.Int<int16_t>();
  for (int32_t count = input.Count(2); count > 0; --count) {
    subscription.topics.emplace_back(input.String());
  }
  input.SkipNullableBytes();  // of the assignor
  if (subscription.version >= kOwnedVersion) subscription.owned = input.Partitions();
  if (subscription.version >= kGenerationVersion) input.Int<int32_t>();
  if (subscription.version >= kRackVersion) subscription.rack_id = input.NullableString();
  if (!input.ok() || subscription.version < 0) return std::nullopt;
  return subscription;
}

std::optional<NamedPartitions> DecodeAssignment(std::string_view bytes) {
  if (bytes.empty()) return NamedPartitions();
  Input input(bytes);
  const auto version = input.Int<int16_t>();
  NamedPartitions partitions = input.Partitions();
  if (!input.ok() || version < 0) return std::nullopt;
  return partitions;
}

std::string EncodeAssignment(int16_t version, const NamedPartitions& partitions) {
  std::string bytes;
  Put<int16_t>(bytes, std::min(version, kRackVersion));
  Put<int32_t>(bytes, static_cast<int32_t>(partitions.size()));
  for (const auto& [topic, of_topic] : partitions) {
    Put<int16_t>(bytes, static_cast<int16_t>(topic.size()));
    bytes += topic;
    Put<int32_t>(bytes, static_cast<int32_t>(of_topic.size()));
    for (const int32_t partition : of_topic) Put<int32_t>(bytes, partition);
  }
  Put<int32_t>(bytes, -1);  // nothing from an assignor
  return bytes;
}

}  // namespace braid::engine
