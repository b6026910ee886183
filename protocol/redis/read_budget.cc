#include "protocol/redis/read_budget.h"

#include "protocol/redis/stream_reply.h"

namespace braid::redis {

ReadBudget::ReadBudget(const ReadRequest& request, const Reply& reply)
    : request_(request),
      reply_(reply),
      begin_(reply.size()),
      admit_([this](const engine::StoredRecord& record) {
        if (!Admit(ahead_)) return false;
        if (request_.max_size == 0) return true;
        scratch_.Clear();
        WriteEntry(scratch_, record);
        ahead_ += scratch_.size();
        return true;
      }) {
  scratch_.set_version(reply.version());
}

bool ReadBudget::Admit(size_t ahead) {
  const size_t bytes = reply_.size() - begin_ + ahead;
  const bool full = (request_.max_count > 0 && sent_ >= request_.max_count) ||
                    (request_.max_size > 0 && bytes >= static_cast<size_t>(request_.max_size));
  if (full && sent_ > 0) return false;
  ++sent_;
  return true;
}

const std::function<bool(const engine::StoredRecord&)>* ReadBudget::Admission(
    std::string_view key) {
  if (request_.max_count == 0 && request_.max_size == 0) return nullptr;
  scratch_.Clear();
  if (!key.empty()) {
    if (scratch_.version() == 2) scratch_.Array(2);
    scratch_.Bulk(key);
  }
  ahead_ = scratch_.size();
  return &admit_;
}

}  // namespace braid::redis
