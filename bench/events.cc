#include "bench/events.h"

#include <cstdio>

#include "storage/batch_builder.h"

namespace braid::bench {
namespace {

constexpr int64_t kStartMs = 1767225600000;  // 2026-01-01

constexpr std::string_view kTypes[] = {"order.created",    "order.paid",      "order.shipped",
                                       "order.cancelled",  "cart.updated",    "payment.failed",
                                       "refund.requested", "profile.changed", "review.posted"};
constexpr std::string_view kRegions[] = {"eu-west-1", "eu-north-1", "us-east-1", "ap-south-1"};
constexpr std::string_view kAgents[] = {
    "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/126.0.0.0 Safari/537.36", "okhttp/4.12.0",
    "shop-app/7.3.1 (Android 14)"};
constexpr std::string_view kGiven[] = {"Ada",     "Grace", "Edsger", "Barbara", "Donald",
                                       "Frances", "Linus", "Radia",  "Ken",     "Margaret"};
constexpr std::string_view kFamily[] = {"Lovelace", "Hopper",  "Dijkstra", "Liskov",   "Knuth",
                                        "Allen",    "Perlman", "Thompson", "Hamilton", "Torvalds"};
constexpr std::string_view kCities[] = {"Oslo", "Rotterdam", "Porto", "Leipzig", "Gdansk", "Turin"};
constexpr std::string_view kGoods[] = {"desk lamp",  "kettle",       "notebook A5", "rain jacket",
                                       "bike chain", "coffee beans", "usb cable",   "wool socks"};
constexpr std::string_view kCurrencies[] = {"EUR", "USD", "SEK", "INR"};
constexpr std::string_view kWords[] = {
    "please", "leave",   "parcel",   "with",    "the",     "neighbour", "door",  "second",
    "floor",  "ring",    "twice",    "gift",    "wrapped", "thank",     "you",   "before",
    "noon",   "weekend", "returned", "damaged", "colour",  "not",       "as",    "shown",
    "size",   "smaller", "than",     "usual",   "quick",   "reply",     "great", "service"};

}  // namespace

Events::Events(uint64_t seed, size_t bytes)
    : bytes_(bytes), state_(seed * 0x9e3779b97f4a7c15 + 1) {}

// splitmix64: the same on every machine.
uint64_t Events::Random() {
  uint64_t z = (state_ += 0x9e3779b97f4a7c15);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

void Events::Number(uint64_t value, int digits) {
  char text[20];
  int used = 0;
  for (; value > 0 || used < digits; value /= 10)
    text[used++] = static_cast<char>('0' + value % 10);
  while (used > 0) event_.json.push_back(text[--used]);
}

void Events::Hex(int digits) {
  uint64_t bits = 0;
  for (int i = 0; i < digits; ++i, bits >>= 4) {
    if (i % 16 == 0) bits = Random();
    event_.json.push_back("0123456789abcdef"[bits & 15]);
  }
}

void Events::Time() {
  const auto ms = static_cast<uint64_t>(event_.time_ms - kStartMs);
  event_.json += "2026-01-";
  Number(1 + ms / 86400000 % 28, 2);
  event_.json += 'T';
  Number(ms / 3600000 % 24, 2);
  event_.json += ':';
  Number(ms / 60000 % 60, 2);
  event_.json += ':';
  Number(ms / 1000 % 60, 2);
  event_.json += '.';
  Number(ms % 1000, 3);
  event_.json += 'Z';
}

// Until the event has `bytes` bytes.
void Events::Words(size_t bytes) {
  while (event_.json.size() < bytes) (event_.json += OneOf(kWords)) += ' ';
  event_.json.resize(bytes);
}

void Events::Large() {
  std::string& json = event_.json;
  const uint64_t customer = Below(200000);
  event_.key = "c-" + std::to_string(customer);
  json += R"({"id":")";
  Hex(32);
  (json += R"(","type":")") += event_.type;
  json += R"(","time":")";
  Time();
  (json += R"(","region":")") += OneOf(kRegions);
  json += R"(","trace":")";
  Hex(32);
  (json += R"(","customer":{"id":")") += event_.key;
  const std::string_view given = OneOf(kGiven), family = OneOf(kFamily);
  ((json += R"(","name":")") += given) += ' ';
  ((json += family) += R"(","email":")") += given;
  json += '.';
  json += family;
  Number(Below(1000));
  (json += R"(@example.org","city":")") += OneOf(kCities);
  json += R"(","vip":)";
  json += Below(10) == 0 ? "true" : "false";
  json += R"(},"session":{"ip":"10.)";
  Number(Below(256));
  json += '.';
  Number(Below(256));
  json += '.';
  Number(Below(256));
  (json += R"(","agent":")") += OneOf(kAgents);
  json += R"(","token":")";
  Hex(40);
  json += R"("},"items":[)";
  const uint64_t items = 2 + Below(3);
  for (uint64_t i = 0; i < items; ++i) {
    json += i == 0 ? R"({"sku":"SKU-)" : R"(,{"sku":"SKU-)";
    Number(Below(1000000), 6);
    (json += R"(","name":")") += OneOf(kGoods);
    json += R"(","quantity":)";
    Number(1 + Below(5));
    json += R"(,"price":)";
    Number(Below(300));
    json += '.';
    Number(Below(100), 2);
    json += '}';
  }
  json += R"(],"total":)";
  Number(Below(2000));
  json += '.';
  Number(Below(100), 2);
  (json += R"(,"currency":")") += OneOf(kCurrencies);
  json += R"(","note":")";
  Words(bytes_ - 2);
  json += R"("})";
}

void Events::Small() {
  std::string& json = event_.json;
  event_.key = "u-" + std::to_string(Below(50000));
  json += R"({"t":")";
  Time();
  (json += R"(","e":")") += event_.type.substr(0, event_.type.find('.'));
  (json += R"(","u":")") += event_.key;
  json += R"(","ms":)";
  Number(Below(900));
  json += R"(,"p":"/items/)";
  Words(bytes_ - 2);
  json += R"("})";
}

const Event& Events::Next() {
  event_.json.clear();
  event_.json.reserve(bytes_ + 16);
  event_.time_ms = kStartMs + static_cast<int64_t>(count_++);
  event_.type = OneOf(kTypes);
  bytes_ >= kLargeEventBytes ? Large() : Small();
  return event_;
}

EventRecords::EventRecords(uint64_t seed, size_t bytes, size_t count) {
  Events events(seed, bytes);
  for (size_t i = 0; i < count; ++i) values_.push_back(events.Next().json);
  records_.resize(count);
  for (size_t i = 0; i < count; ++i) records_[i].value = values_[i];
}

void ProduceBatches(uint64_t seed, int64_t count, size_t bytes, Codec codec,
                    absl::FunctionRef<void(Batch)> sink) {
  constexpr size_t kFraming = 16;  // of a record, at most, when its parts are this small
  Events events(seed);
  storage::BatchBuilder builder({.codec = codec, .origin = Origin::kKafka});
  for (int64_t i = 0; i < count; ++i) {
    const Event& event = events.Next();
    const size_t more = event.key.size() + event.json.size() + kFraming;
    if (!builder.empty() && builder.size_bytes() + more > bytes) sink(builder.Build());
    RecordView record;
    record.key = event.key;
    record.value = event.json;
    record.timestamp_ms = event.time_ms;
    builder.Add(record);
  }
  if (!builder.empty()) sink(builder.Build());
}

}  // namespace braid::bench
