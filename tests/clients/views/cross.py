"""One message published by each of the three clients, read back by the other two."""

import json

from case import case
from kafka_flow import consumer, create_topic, produce_all, producer, read, read_topic
from redis_flow import GROUP, connect, ensure_group, entries


def seen_by_nats(context, stream):
    return json.loads(context.node("nats_cross.mjs", context.server.nats, "read", stream))


@case("broker", "confluent-kafka")
def kafka_message_is_read_by_redis_and_nats(context):
    topic = context.unique("cross-kafka")
    sender = producer(context.server)
    sender.produce(topic, key="customer-1", value="hello", headers=[("region", b"eu"), ("trace", b"7")])
    produce_all(sender, topic, [(None, "no key")])

    redis = connect(context.server)
    assert redis.type(topic) == "stream" and redis.xlen(topic) == 2
    fields = [fields for _, fields in redis.xrange(topic)]
    assert fields == [{"key": "customer-1", "value": "hello", "region": "eu", "trace": "7"},
                      {"value": "no key"}], fields
    ensure_group(redis, topic)
    batch = entries(redis.xreadgroup(GROUP, "w1", {topic: ">"}, count=10, block=5000))
    assert [fields["value"] for _, fields in batch] == ["hello", "no key"]
    assert redis.xack(topic, GROUP, *[entry for entry, _ in batch]) == 2

    first, second = seen_by_nats(context, topic)
    assert (first["seq"], first["subject"], first["payload"]) == (1, f"{topic}.customer-1", "hello")
    assert first["headers"]["region"] == "eu" and first["headers"]["trace"] == "7"
    assert (second["seq"], second["subject"], second["payload"]) == (2, topic, "no key")


@case("broker", "confluent-kafka")
def redis_entry_is_read_by_kafka_and_nats(context):
    stream = context.unique("cross-redis")
    redis = connect(context.server)
    redis.xadd(stream, {"region": "eu", "order": "7"})
    redis.xadd(stream, {"value": "hello"})
    redis.xadd(stream, {"key": "k1", "value": "keyed", "region": "us"})

    reader = consumer(context.server, context.unique("readers"))
    reader.subscribe([stream])
    messages = read(reader, 3)
    reader.close()
    assert messages[0].key() is None
    assert json.loads(messages[0].value()) == {"region": "eu", "order": "7"}
    assert messages[0].headers() == [("region", b"eu"), ("order", b"7")]
    assert (messages[1].value(), messages[1].headers()) == (b"hello", None)
    assert (messages[2].key(), messages[2].value()) == (b"k1", b"keyed")
    assert messages[2].headers() == [("region", b"us")]

    first, second, third = seen_by_nats(context, stream)
    assert json.loads(first["payload"]) == {"region": "eu", "order": "7"}
    assert first["headers"] == {"region": "eu", "order": "7"} and first["subject"] == stream
    assert second["payload"] == "hello"
    assert (third["subject"], third["payload"]) == (f"{stream}.k1", "keyed")


@case("broker", "confluent-kafka")
def nats_message_is_read_by_kafka_and_redis(context):
    stream = context.unique("CROSS")
    subject = f"{stream.lower()}.eu.created"
    context.node("nats_cross.mjs", context.server.nats, "publish", stream, subject, "hello", "trace=7")

    [message] = read_topic(context.server, stream)[0]
    assert (message.key(), message.value()) == (subject.encode(), b"hello")
    assert message.headers() == [("trace", b"7")]

    redis = connect(context.server)
    assert [fields for _, fields in redis.xrange(stream)] == [
        {"key": subject, "value": "hello", "trace": "7"}]


@case("broker", "confluent-kafka")
def three_writers_share_one_stream(context):
    stream = context.unique("shared")
    redis = connect(context.server)
    produce_all(producer(context.server), stream, [(None, "from kafka")])
    redis.xadd(stream, {"value": "from redis"})
    context.node("nats_cross.mjs", context.server.nats, "publish", stream, stream, "from nats")
    produce_all(producer(context.server), stream, [(None, "from kafka again")])
    values = ["from kafka", "from redis", "from nats", "from kafka again"]
    assert [m.value().decode() for m in read_topic(context.server, stream)[0]] == values
    found = redis.xrange(stream)
    assert [fields["value"] for _, fields in found] == values
    ids = [tuple(map(int, entry.split("-"))) for entry, _ in found]
    assert all(before < after for before, after in zip(ids, ids[1:])), "IDs strictly increase"
    assert [m["payload"] for m in seen_by_nats(context, stream)] == values


@case("broker", "confluent-kafka")
def partitions_are_keys_and_streams(context):
    topic = context.unique("parts")
    create_topic(context.server, topic, 2)
    sender = producer(context.server)
    for n in range(4):
        sender.produce(topic, value=str(n), partition=n % 2)
    assert sender.flush(20) == 0
    redis = connect(context.server)
    for partition in range(2):
        expected = [str(partition), str(partition + 2)]
        found = redis.xrange(f"{topic}:{partition}")
        assert [fields["value"] for _, fields in found] == expected
        assert [m["payload"] for m in seen_by_nats(context, f"{topic}-{partition}")] == expected
