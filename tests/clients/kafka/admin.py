"""Administration with confluent-kafka; what only newer clients can ask is asked by those."""

import struct
import time

from case import case
from confluent_kafka import KafkaException, Producer
from confluent_kafka.admin import AdminClient, ConfigResource, NewPartitions, NewTopic
from kafka_flow import QUIET, create_topic
from raw import Wire


def admin_of(context):
    return AdminClient({"bootstrap.servers": context.server.kafka, **QUIET})


def settings(admin, kind, name):
    resource = ConfigResource(kind, name)
    return admin.describe_configs([resource])[resource].result(20)


def fails(future):
    """The error of a call that is to fail, in Kafka's words."""
    try:
        future.result(20)
    except KafkaException as failure:
        return failure.args[0].name()
    raise AssertionError("it went through")


@case("kafka", "confluent-kafka")
def topics_with_settings(context):
    admin, topic = admin_of(context), context.unique("settled")
    config = {"cleanup.policy": "compact", "min.cleanable.dirty.ratio": "0.1"}
    admin.create_topics([NewTopic(topic, 2, 1, config=config)])[topic].result(20)
    found = settings(admin, "topic", topic)
    assert found["cleanup.policy"].value == "compact" and found["cleanup.policy"].source == 1
    assert found["retention.ms"].source != 1 and found["max.message.bytes"].value == "1048588"
    for wrong in ({"cleanup.policy": "shrink"}, {"no.such.setting": "1"}):
        other = context.unique("refused")
        created = admin.create_topics([NewTopic(other, 1, 1, config=wrong)])
        assert fails(created[other]) == "INVALID_CONFIG"
    replaced = ConfigResource("topic", topic, set_config={"retention.ms": "1000"})
    admin.alter_configs([replaced])[replaced].result(20)
    found = settings(admin, "topic", topic)
    assert found["retention.ms"].value == "1000" and found["cleanup.policy"].value == "delete"


@case("kafka", "confluent-kafka")
def partitions_are_added(context):
    admin, topic = admin_of(context), context.unique("grown")
    create_topic(context.server, topic, 2)
    admin.create_partitions([NewPartitions(topic, 4)])[topic].result(20)
    assert len(admin.list_topics(topic, timeout=20).topics[topic].partitions) == 4
    assert fails(admin.create_partitions([NewPartitions(topic, 4)])[topic]) == "INVALID_PARTITIONS"


@case("kafka", "confluent-kafka")
def single_settings_are_altered(context):
    admin, topic = admin_of(context), context.unique("altered")
    if not hasattr(admin, "incremental_alter_configs"):
        return  # an old client, which has alter_configs
    from confluent_kafka.admin import AlterConfigOpType, ConfigEntry

    create_topic(context.server, topic)

    def alter(name, value, operation):
        entry = ConfigEntry(name, value, incremental_operation=operation)
        resource = ConfigResource("topic", topic, incremental_configs=[entry])
        return admin.incremental_alter_configs([resource])[resource]

    alter("retention.ms", "5000", AlterConfigOpType.SET).result(20)
    alter("cleanup.policy", "compact", AlterConfigOpType.APPEND).result(20)
    found = settings(admin, "topic", topic)
    assert found["cleanup.policy"].value == "delete,compact" and found["retention.ms"].value == "5000"
    alter("cleanup.policy", "delete", AlterConfigOpType.SUBTRACT).result(20)
    alter("retention.ms", None, AlterConfigOpType.DELETE).result(20)
    found = settings(admin, "topic", topic)
    assert found["cleanup.policy"].value == "compact" and found["retention.ms"].source != 1
    assert fails(alter("retention.ms", "1", AlterConfigOpType.APPEND)) == "INVALID_CONFIG"


@case("kafka", "confluent-kafka")
def producer_above_its_quota_is_slowed_down(context):
    admin, topic = admin_of(context), context.unique("slow")
    create_topic(context.server, topic)
    throttled = []
    sender = Producer({"bootstrap.servers": context.server.kafka, "client.id": topic, **QUIET,
                       "linger.ms": 0, "throttle_cb": lambda event: throttled.append(event)})
    set_quota(context, topic, 50_000)
    for _ in range(8):
        sender.produce(topic, b"x" * 75_000)
        sender.flush(30)
    deadline = time.monotonic() + 20
    while not throttled and time.monotonic() < deadline:
        sender.poll(0.1)
    assert throttled and throttled[0].throttle_time > 0, throttled


def set_quota(context, client_id, bytes_per_second):
    """The clients at hand cannot set one, so it is said in bytes: AlterClientQuotas v0."""

    def text(value):
        return struct.pack(">h", len(value)) + value.encode()

    body = struct.pack(">hhi", 49, 0, 1) + text("admin")
    body += struct.pack(">i", 1)  # entries
    body += struct.pack(">i", 1) + text("client-id") + text(client_id)  # entity
    body += struct.pack(">i", 1) + text("producer_byte_rate")  # operations
    body += struct.pack(">d?", float(bytes_per_second), False)
    body += b"\0"  # not only validated
    with Wire(context.server.kafka) as wire:
        wire.send(struct.pack(">i", len(body)) + body)
        [size] = struct.unpack(">i", wire.exactly(4))
        answer = wire.exactly(size)
    assert struct.unpack(">iiih", answer[:14]) == (1, 0, 1, 0), answer
