#include "protocol/redis/notify.h"

#include "protocol/redis/client.h"

namespace braid::redis {

void Notify(Call& call, KeyEvent kind, std::string_view event, std::string_view key) {
  Notify(call.service, call.client.database(), kind, event, key);
}

void Notify(Service& service, int database, KeyEvent, std::string_view, std::string_view key) {
  service.watches().Touch(database, key);
}

}  // namespace braid::redis
