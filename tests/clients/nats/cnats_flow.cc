// The everyday JetStream flow with cnats, the C client: cnats_flow URL. Exit code 0 when all went
// as it should; otherwise one line on stderr says what did not.
#include <nats/nats.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

namespace {

constexpr int64_t kSecond = 1'000'000'000;

[[noreturn]] void Fail(const std::string& what) {
  std::fprintf(stderr, "cnats: %s\n", what.c_str());
  std::exit(1);
}

void Expect(bool holds, const std::string& what) {
  if (!holds) Fail(what);
}

void Check(natsStatus status, const std::string& what) {
  if (status != NATS_OK) Fail(what + ": " + natsStatus_GetText(status));
}

jsStreamConfig OrdersConfig(const char** subjects) {
  jsStreamConfig config;
  jsStreamConfig_Init(&config);
  subjects[0] = "orders.>";
  config.Name = "ORDERS";
  config.Subjects = subjects;
  config.SubjectsLen = 1;
  config.Retention = js_LimitsPolicy;
  config.Storage = js_FileStorage;
  config.MaxBytes = int64_t{1} << 30;
  config.MaxAge = 24 * 3600 * kSecond;
  return config;
}

void RefuseReplicas(jsCtx* js) {
  const char* subjects[1];
  jsStreamConfig config = OrdersConfig(subjects);
  config.Replicas = 3;
  jsErrCode code = static_cast<jsErrCode>(0);
  Expect(js_AddStream(nullptr, js, &config, nullptr, &code) != NATS_OK,
         "three replicas are refused");
  Expect(static_cast<int>(code) == 10074, "refusal has code 10074, not " + std::to_string(code));
}

void CreateStream(jsCtx* js) {
  js_DeleteStream(js, "ORDERS", nullptr, nullptr);
  RefuseReplicas(js);
  const char* subjects[1];
  jsStreamConfig config = OrdersConfig(subjects);
  jsStreamInfo* info = nullptr;
  Check(js_AddStream(&info, js, &config, nullptr, nullptr), "add stream");
  Expect(info->Config->MaxBytes == int64_t{1} << 30, "max_bytes is kept");
  Expect(info->Config->MaxAge == 24 * 3600 * kSecond, "max_age is kept");
  Expect(info->Config->Storage == js_FileStorage, "storage is file");
  jsStreamInfo_Destroy(info);
}

void Publish(jsCtx* js, const char* subject, const std::string& id, uint64_t seq, bool duplicate) {
  jsPubOptions options;
  jsPubOptions_Init(&options);
  options.MsgId = id.c_str();
  jsPubAck* ack = nullptr;
  Check(js_Publish(&ack, js, subject, id.data(), static_cast<int>(id.size()), &options, nullptr),
        "publish " + id);
  Expect(ack->Sequence == seq, "sequence of " + id + " is " + std::to_string(ack->Sequence));
  Expect(ack->Duplicate == duplicate, "duplicate of " + id);
  jsPubAck_Destroy(ack);
}

natsSubscription* SubscribeWest(jsCtx* js) {
  jsSubOptions options;
  jsSubOptions_Init(&options);
  options.Config.MaxDeliver = 3;
  options.Config.AckWait = kSecond / 2;
  natsSubscription* west = nullptr;
  Check(js_PullSubscribe(&west, js, "orders.us-west.>", "west", nullptr, &options, nullptr),
        "pull subscribe");
  return west;
}

uint64_t Deliveries(natsMsg* message) {
  jsMsgMetaData* meta = nullptr;
  Check(natsMsg_GetMetaData(&meta, message), "metadata");
  const uint64_t deliveries = meta->NumDelivered;
  jsMsgMetaData_Destroy(meta);
  return deliveries;
}

// Fetches exactly `count` messages of delivery number `delivery` and acknowledges all but the
// first.
void Work(natsSubscription* west, int count, uint64_t delivery) {
  natsMsgList list;
  Check(natsSubscription_Fetch(&list, west, count, 5000, nullptr), "fetch");
  Expect(list.Count == count, "fetched " + std::to_string(list.Count));
  for (int i = 0; i < list.Count; ++i) {
    Expect(std::strncmp(natsMsg_GetSubject(list.Msgs[i]), "orders.us-west.", 15) == 0, "filter");
    Expect(Deliveries(list.Msgs[i]) == delivery, "delivery number");
    if (i > 0) Check(natsMsg_AckSync(list.Msgs[i], nullptr, nullptr), "ack");
  }
  natsMsgList_Destroy(&list);
}

void WorkThroughOrders(jsCtx* js) {
  for (int n = 0; n < 10; ++n) {
    const std::string id = std::to_string(n);
    Publish(js, "orders.us-west.created", "west-" + id, 2 * n + 1, false);
    Publish(js, "orders.eu.created", "eu-" + id, 2 * n + 2, false);
  }
  Publish(js, "orders.eu.created", "eu-9", 20, true);
  natsSubscription* west = SubscribeWest(js);
  Work(west, 10, 1);  // the first message is never acknowledged
  Work(west, 1, 2);
  Work(west, 1, 3);
  natsMsgList list;
  const natsStatus status = natsSubscription_Fetch(&list, west, 1, 1500, nullptr);
  Expect(status == NATS_TIMEOUT, "no fourth delivery");
  jsConsumerInfo* info = nullptr;
  Check(js_GetConsumerInfo(&info, js, "ORDERS", "west", nullptr, nullptr), "consumer info");
  Expect(info->NumPending == 0, "num_pending");
  jsConsumerInfo_Destroy(info);
  natsSubscription_Destroy(west);
}

void RequestReply(natsConnection* connection) {
  natsSubscription* echo = nullptr;
  auto answer = [](natsConnection* nc, natsSubscription*, natsMsg* message, void*) {
    natsConnection_Publish(nc, natsMsg_GetReply(message), natsMsg_GetData(message),
                           natsMsg_GetDataLength(message));
    natsMsg_Destroy(message);
  };
  Check(natsConnection_QueueSubscribe(&echo, connection, "echo", "pool", answer, nullptr),
        "queue subscribe");
  for (int n = 0; n < 20; ++n) {
    natsMsg* reply = nullptr;
    Check(natsConnection_RequestString(&reply, connection, "echo", "hello", 5000), "request");
    Expect(std::string(natsMsg_GetData(reply), natsMsg_GetDataLength(reply)) == "hello", "reply");
    natsMsg_Destroy(reply);
  }
  natsMsg* none = nullptr;
  Expect(natsConnection_RequestString(&none, connection, "nobody", "", 5000) == NATS_NO_RESPONDERS,
         "no responders is told at once");
  natsSubscription_Destroy(echo);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) Fail("usage: cnats_flow URL");
  natsConnection* connection = nullptr;
  Check(natsConnection_ConnectTo(&connection, argv[1]), "connect");
  jsCtx* js = nullptr;
  Check(natsConnection_JetStream(&js, connection, nullptr), "jetstream");
  CreateStream(js);
  WorkThroughOrders(js);
  RequestReply(connection);
  jsCtx_Destroy(js);
  natsConnection_Destroy(connection);
  nats_Close();
  return 0;
}
