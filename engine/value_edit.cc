// Changes of values (engine/values.h).
#include <utility>

#include "engine/catalog.h"
#include "engine/value_settings.h"
#include "engine/values.h"

namespace braid::engine {

ValueEdit::ValueEdit(Values& values, Writes& writes)
    : values_(values), writes_(writes), lock_(&values.mu_) {}

void ValueEdit::Touch(Value& value) {
  value.version = values_.next_version_++;
  value.used = values_.catalog_.Now();
}

// --- Names ---

Value* ValueEdit::Find(std::string_view name) {
  const auto it = values_.values_.find(name);
  return it == values_.values_.end() || values_.Expired(*it->second) ? nullptr : it->second.get();
}

Value& ValueEdit::Make(std::string_view name, ValueKind kind) {
  Erase(name);
  auto made = std::make_unique<Value>();
  Value& value = *made;
  value.id = values_.next_id_++;
  value.kind = kind;
  value.name = name;
  Touch(value);
  values_.by_id_[value.id] = made.get();
  values_.values_[value.name] = std::move(made);
  values_.NamesChanged();
  Save(value);
  return value;
}

void ValueEdit::Remove(Values::Map::iterator it) {
  Value& value = *it->second;
  values_.Disarm(value);
  EraseSetting(value_settings::ValueKey(value.name));
  for (const auto& [position, element] : value.list) {
    EraseSetting(value_settings::ElementKey(value.id, value_settings::Position(position)));
  }
  for (const auto& [field, content] : value.fields) {
    EraseSetting(value_settings::ElementKey(value.id, field));
  }
  values_.by_id_.erase(value.id);
  values_.values_.erase(it);
  values_.NamesChanged();
}

bool ValueEdit::Erase(std::string_view name) {
  const auto it = values_.values_.find(name);
  if (it == values_.values_.end()) return false;
  Remove(it);
  return true;
}

void ValueEdit::EraseIfEmpty(Value& value) {
  if (value.size() == 0) Remove(values_.values_.find(value.name));
}

void ValueEdit::Rename(Value& value, std::string_view to) {
  if (value.name == to) return;
  Erase(to);
  EraseSetting(value_settings::ValueKey(value.name));
  auto node = values_.values_.extract(value.name);
  node.key() = to;
  value.name = to;
  values_.values_.insert(std::move(node));
  Touch(value);
  Save(value);
  values_.NamesChanged();
}

void ValueEdit::SetExpiry(Value& value, int64_t when_ms) {
  value.expiry_ms = when_ms;
  Touch(value);
  Save(value);
  values_.Arm(value);
}

std::vector<const Value*> ValueEdit::All(std::string_view prefix) {
  std::vector<const Value*> all;
  for (auto it = values_.values_.lower_bound(prefix);
       it != values_.values_.end() && it->first.starts_with(prefix); ++it) {
    if (!values_.Expired(*it->second)) all.push_back(it->second.get());
  }
  return all;
}

// --- Contents ---

void ValueEdit::SetBytes(Value& value, std::string bytes) {
  value.bytes = std::move(bytes);
  Touch(value);
  Save(value);
}

void ValueEdit::Push(Value& list, bool front, std::string_view element) {
  int64_t position = 0;
  if (!list.list.empty()) {
    position = front ? list.list.front().first - 1 : list.list.back().first + 1;
  }
  if (front) {
    list.list.emplace_front(position, element);
  } else {
    list.list.emplace_back(position, element);
  }
  Touch(list);
  SaveElement(list, position, element);
}

std::string ValueEdit::Pop(Value& list, bool front) {
  auto [position, element] = front ? std::move(list.list.front()) : std::move(list.list.back());
  if (front) {
    list.list.pop_front();
  } else {
    list.list.pop_back();
  }
  Touch(list);
  EraseSetting(value_settings::ElementKey(list.id, value_settings::Position(position)));
  EraseIfEmpty(list);
  return std::move(element);
}

void ValueEdit::SetElement(Value& list, size_t index, std::string_view element) {
  auto& [position, content] = list.list[index];
  content = element;
  Touch(list);
  SaveElement(list, position, element);
}

void ValueEdit::EraseElement(Value& list, size_t index) {
  const auto it = list.list.begin() + static_cast<std::ptrdiff_t>(index);
  EraseSetting(value_settings::ElementKey(list.id, value_settings::Position(it->first)));
  list.list.erase(it);
  Touch(list);
  EraseIfEmpty(list);
}

bool ValueEdit::PutField(Value& value, std::string_view field, std::string_view content) {
  const auto [it, added] = value.fields.insert_or_assign(std::string(field), std::string(content));
  Touch(value);
  changes_.emplace_back(value_settings::ElementKey(value.id, field),
                        value_settings::Content(content));
  return added;
}

bool ValueEdit::EraseField(Value& value, std::string_view field) {
  if (value.fields.erase(std::string(field)) == 0) return false;
  Touch(value);
  EraseSetting(value_settings::ElementKey(value.id, field));
  EraseIfEmpty(value);
  return true;
}

}  // namespace braid::engine
