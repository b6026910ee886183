// The opening of a connection: INFO from the server, CONNECT from the client.
#ifndef BRAID_PROTOCOL_NATS_HELLO_H_
#define BRAID_PROTOCOL_NATS_HELLO_H_

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "protocol/nats/json.h"

namespace braid::nats {

// The body of INFO.
struct ServerInfo {
  std::string server_id;  // 56 characters of base 32, the first an N
  std::string server_name;
  std::string version;
  int64_t proto = 1;
  std::string go = "none, C++";  // clients expect it to be there
  std::string host;
  int64_t port = 0;
  bool headers = true;
  bool auth_required = false;
  int64_t max_payload = 0;
  bool jetstream = true;
  int64_t client_id = 0;
  std::string client_ip;
  bool ldm = false;  // this server is about to go
  // Only in the INFO that answers the first PING of a client that understands it:
  bool connect_info = false;
  std::string remote_account;
  bool acc_is_sys = false;
  int64_t api_lvl = 0;

  template <class V, class Self>
  static void Visit(V& v, Self& m) {
    v("server_id", m.server_id);
    v("server_name", m.server_name);
    v("version", m.version);
    v("proto", m.proto);
    v("go", m.go);
    v("host", m.host);
    v("port", m.port);
    v("headers", m.headers);
    v("auth_required", m.auth_required, Show::kIfSet);
    v("max_payload", m.max_payload);
    v("jetstream", m.jetstream, Show::kIfSet);
    v("client_id", m.client_id);
    v("client_ip", m.client_ip);
    v("ldm", m.ldm, Show::kIfSet);
    v("connect_info", m.connect_info, Show::kIfSet);
    v("remote_account", m.remote_account, Show::kIfSet);
    v("acc_is_sys", m.acc_is_sys, Show::kIfSet);
    v("api_lvl", m.api_lvl, Show::kIfSet);
  }
};

// "INFO {...} \r\n"
std::string InfoLine(const ServerInfo& info);

// A server id from 16 bytes that name the data directory.
std::string ServerIdOf(const std::array<uint8_t, 16>& seed);

// The body of CONNECT. A member that is absent keeps its value here.
struct ConnectOptions {
  bool verbose = true;
  bool pedantic = true;
  bool echo = true;
  bool headers = false;
  bool no_responders = false;
  int64_t protocol = 0;
  std::string name;
  std::string lang;
  std::string version;
  std::string user;
  std::string pass;
  std::string auth_token;

  template <class V, class Self>
  static void Visit(V& v, Self& m) {
    v("verbose", m.verbose);
    v("pedantic", m.pedantic);
    v("echo", m.echo);
    v("headers", m.headers);
    v("no_responders", m.no_responders);
    v("protocol", m.protocol);
    v("name", m.name);
    v("lang", m.lang);
    v("version", m.version);
    v("user", m.user);
    v("pass", m.pass);
    v("auth_token", m.auth_token);
  }
};

}  // namespace braid::nats

#endif  // BRAID_PROTOCOL_NATS_HELLO_H_
