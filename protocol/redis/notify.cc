#include "protocol/redis/notify.h"

namespace braid::redis {

void Notify(Call&, KeyEvent, std::string_view, std::string_view) {}

}  // namespace braid::redis
