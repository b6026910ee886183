"""Producing with confluent-kafka as applications do, and reading back exactly that."""

import time

from case import case
from confluent_kafka import TopicPartition
from kafka_flow import (consumer, create_topic, nothing_comes, produce_all, producer, read,
                        read_topic)


@case("kafka", "confluent-kafka")
def idempotent_lz4_producer_delivers_each_message_once(context):
    topic = context.unique("orders")
    create_topic(context.server, topic, 4)
    messages = [(f"customer-{n % 97}", f"order {n} " + "x" * (n % 300)) for n in range(20000)]
    done = produce_all(producer(context.server), topic, messages)
    assert done.count() == 20000
    for partition, offsets in done.by_partition.items():
        assert sorted(offsets) == list(range(len(offsets))), f"offsets of partition {partition}"
    found = read_topic(context.server, topic, 4)
    assert {p: len(m) for p, m in found.items() if m} == {
        p: len(offsets) for p, offsets in done.by_partition.items()}
    by_key = {}
    for partition in found.values():
        for message in partition:
            by_key.setdefault(message.key().decode(), []).append(message.value().decode())
    expected = {}
    for key, value in messages:
        expected.setdefault(key, []).append(value)
    assert by_key == expected, "each key's messages, in the order sent"


@case("kafka", "confluent-kafka")
def every_codec_reads_back(context):
    for codec in ("none", "gzip", "snappy", "lz4", "zstd"):
        topic = context.unique(f"codec-{codec}")
        values = [f"{codec} {n} " + "abc" * 50 for n in range(500)]
        sender = producer(context.server, **{"compression.type": codec})
        produce_all(sender, topic, [(None, value) for value in values])
        found = read_topic(context.server, topic)[0]
        assert [message.value().decode() for message in found] == values, codec


@case("kafka", "confluent-kafka")
def keys_headers_timestamps_and_nulls_survive(context):
    topic = context.unique("shapes")
    sender = producer(context.server)
    headers = [("trace", b"\x00\xff"), ("trace", b"twice"), ("empty", b""), ("none", None)]
    sender.produce(topic, key=b"\x00key", value=b"\xffvalue", headers=headers, timestamp=1700000000123)
    sender.produce(topic, key=b"gone", value=None)
    sender.produce(topic, key=None, value=b"")
    assert sender.flush(20) == 0
    first, tombstone, bare = read_topic(context.server, topic)[0]
    assert (first.key(), first.value()) == (b"\x00key", b"\xffvalue")
    assert first.headers() == headers
    assert first.timestamp() == (1, 1700000000123), "type 1: the time the producer gave"
    assert (tombstone.key(), tombstone.value()) == (b"gone", None)
    assert bare.key() is None and bare.value() in (b"", None)


@case("kafka", "confluent-kafka")
def topic_appears_when_it_is_mentioned(context):
    topic = context.unique("mentioned")
    done = produce_all(producer(context.server), topic, [("k", "v")])
    assert done.by_partition == {0: [0]}
    metadata = consumer(context.server, "x").list_topics(timeout=20)
    assert topic in metadata.topics and len(metadata.topics[topic].partitions) == 1
    assert len(metadata.brokers) == 1 and metadata.controller_id in metadata.brokers


@case("kafka", "confluent-kafka")
def offsets_are_found_by_time(context):
    topic = context.unique("times")
    sender = producer(context.server, **{"linger.ms": 0})
    for n in range(10):
        sender.produce(topic, value=str(n), timestamp=1700000000000 + 1000 * n)
        sender.flush(20)
    reader = consumer(context.server, "x")
    [place] = reader.offsets_for_times([TopicPartition(topic, 0, 1700000004500)], timeout=20)
    assert place.offset == 5
    [place] = reader.offsets_for_times([TopicPartition(topic, 0, 1800000000000)], timeout=20)
    assert place.offset in (-1, 10), "after the last: the end"
    reader.assign([TopicPartition(topic, 0, 5)])
    assert [message.value() for message in read(reader, 5)] == [b"5", b"6", b"7", b"8", b"9"]
    reader.close()


@case("kafka", "confluent-kafka")
def waiting_reader_has_a_record_long_before_its_wait_ends(context):
    topic = context.unique("tail")
    sender = producer(context.server, **{"linger.ms": 0})
    produce_all(sender, topic, [(None, "first")])
    reader = consumer(context.server, "x", **{"fetch.wait.max.ms": 20000, "socket.timeout.ms": 30000})
    reader.assign([TopicPartition(topic, 0, 0)])
    read(reader, 1)
    assert nothing_comes(reader), "it waits by now"
    started = time.monotonic()
    produce_all(sender, topic, [(None, "second")])
    [message] = read(reader, 1)
    took = time.monotonic() - started
    assert message.value() == b"second" and took < 5, f"{took:.1f} s of the 20 s that it may wait"
    reader.close()


@case("kafka", "confluent-kafka")
def large_messages_pass(context):
    topic = context.unique("large")
    sender = producer(context.server, **{"message.max.bytes": 2000000, "compression.type": "none"})
    produce_all(sender, topic, [(None, b"x" * 900000), (None, b"small")])
    found = read_topic(context.server, topic)[0]
    assert [len(message.value()) for message in found] == [900000, 5]
