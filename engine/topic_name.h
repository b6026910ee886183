// The name of a topic as its streams carry it: read everywhere and without a lock, and changed when
// the topic is renamed.
#ifndef BRAID_ENGINE_TOPIC_NAME_H_
#define BRAID_ENGINE_TOPIC_NAME_H_

#include <atomic>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace braid::engine {

// Reading is safe from every thread; what str() gave stays valid for the life of this object, also
// when the name has changed since. Change() is called by one thread at a time.
class TopicName {
 public:
  TopicName() : TopicName(std::string()) {}
  TopicName(std::string name) { Change(std::move(name)); }  // NOLINT: it is a name
  TopicName(const TopicName& other) : TopicName(other.str()) {}
  TopicName& operator=(const TopicName& other) {
    if (this != &other) Change(other.str());
    return *this;
  }

  const std::string& str() const { return *current_.load(std::memory_order_acquire); }
  operator const std::string&() const { return str(); }  // NOLINT: it is a name

  void Change(std::string name) {
    names_.push_back(std::make_unique<const std::string>(std::move(name)));
    current_.store(names_.back().get(), std::memory_order_release);
  }

  friend bool operator==(const TopicName& name, std::string_view text) {
    return name.str() == text;
  }

 private:
  std::vector<std::unique_ptr<const std::string>> names_;  // all there were: somebody may read them
  std::atomic<const std::string*> current_{nullptr};
};

}  // namespace braid::engine

#endif  // BRAID_ENGINE_TOPIC_NAME_H_
