#include "engine/values.h"

#include "braid/error.h"
#include "engine/catalog.h"
#include "engine/encoding.h"
#include "engine/value_settings.h"

namespace braid::engine {
namespace {

constexpr uint64_t kLayout = 1;

}  // namespace

bool Values::Expired(const Value& value) const {
  return value.expiry_ms != kNeverMs && value.expiry_ms <= catalog_.NowMs();
}

bool Values::Holds(std::string_view name) {
  if (none()) return false;
  absl::MutexLock lock(&mu_);
  const auto it = values_.find(name);
  return it != values_.end() && !Expired(*it->second);
}

void Values::NamesChanged() {
  count_.store(values_.size(), std::memory_order_release);
  names_version_.fetch_add(1, std::memory_order_acq_rel);
}

void Values::Arm(Value& value) {
  Disarm(value);
  if (value.expiry_ms == kNeverMs) return;
  value.timer = catalog_.timers().Add(absl::FromUnixMillis(value.expiry_ms),
                                      [this, id = value.id] { Expire(id); });
}

void Values::Disarm(Value& value) {
  if (value.timer != 0) catalog_.timers().Cancel(std::exchange(value.timer, 0));
}

// Unless its time was changed meanwhile: then another timer comes.
void Values::Expire(uint64_t id) {
  std::string name;
  Writes writes;
  {
    ValueEdit edit(*this, writes);
    const auto it = by_id_.find(id);
    if (it == by_id_.end() || !Expired(*it->second)) return;
    name = it->second->name;
    edit.Erase(name);
  }
  catalog_.Commit(writes).IgnoreError();  // what the journal could not take, the next commit does
  catalog_.SayExpired(name);
}

absl::Status Values::Recover() {
  absl::MutexLock lock(&mu_);
  for (const auto& [key, setting] : catalog_.Settings(value_settings::kValue)) {
    Decoder in(setting);
    auto value = std::make_unique<Value>();
    const bool known = in.U64() == kLayout;
    value->id = in.U64();
    value->kind = static_cast<ValueKind>(in.U64() & 3);
    value->expiry_ms = in.I64();
    value->bytes = in.Str();
    if (!known || !in.ok()) return MakeError(Errc::kCorrupt, "malformed value");
    value->name = key.substr(value_settings::kValue.size());
    value->version = next_version_++;
    value->used = catalog_.Now();
    next_id_ = std::max(next_id_, value->id + 1);
    by_id_[value->id] = value.get();
    values_[value->name] = std::move(value);
  }
  for (const auto& [key, setting] : catalog_.Settings(value_settings::kElement)) {
    std::string_view rest = std::string_view(key).substr(value_settings::kElement.size());
    const auto id = value_settings::TakeOrdered(rest);
    if (!id || setting.empty()) return MakeError(Errc::kCorrupt, "malformed element of a value");
    next_id_ = std::max(next_id_, *id + 1);
    const auto it = by_id_.find(*id);
    if (it == by_id_.end()) continue;
    Value& value = *it->second;
    if (value.kind != ValueKind::kList) {
      value.fields[std::string(rest)] = setting.substr(1);
    } else if (const auto position = value_settings::TakeOrdered(rest)) {
      value.list.emplace_back(static_cast<int64_t>(*position - value_settings::kMiddle),
                              setting.substr(1));
    }
  }
  for (const auto& [name, value] : values_) Arm(*value);
  NamesChanged();
  return absl::OkStatus();
}

// --- Saving ---

void ValueEdit::Save(const Value& value) {
  Encoder out;
  out.U64(kLayout).U64(value.id).U64(static_cast<uint64_t>(value.kind)).I64(value.expiry_ms);
  out.Str(value.bytes);
  changes_.emplace_back(value_settings::ValueKey(value.name), out.Take());
}

void ValueEdit::SaveElement(const Value& value, int64_t position, std::string_view content) {
  changes_.emplace_back(value_settings::ElementKey(value.id, value_settings::Position(position)),
                        value_settings::Content(content));
}

ValueEdit::~ValueEdit() {
  if (!changes_.empty()) values_.catalog_.PutSettings(changes_, writes_);
}

}  // namespace braid::engine
