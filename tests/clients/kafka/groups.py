"""Consumer groups with confluent-kafka: manual commits, poison messages, members coming and going."""

import subprocess
import time

from case import case
from confluent_kafka import TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic
from kafka_flow import (committed, consumer, create_topic, nothing_comes, poll_until, produce_all,
                        producer, read)


@case("kafka", "confluent-kafka")
def restarted_client_resumes_at_its_commit(context):
    topic, group = context.unique("orders"), context.unique("workers")
    produce_all(producer(context.server), topic, [(None, str(n)) for n in range(100)])
    reader = consumer(context.server, group)
    reader.subscribe([topic])
    for message in read(reader, 40):
        last = message
        reader.commit(message=message, asynchronous=False)
    assert last.value() == b"39"
    read(reader, 10)  # processed by nobody: not committed
    reader.close()

    reader = consumer(context.server, group)
    assert committed(reader, topic) == 40
    reader.subscribe([topic])
    assert [message.value() for message in read(reader, 60)] == [
        str(n).encode() for n in range(40, 100)]
    assert nothing_comes(reader)
    reader.close()


@case("kafka", "confluent-kafka")
def poison_message_goes_to_the_dead_letter_topic_and_is_committed(context):
    topic, group = context.unique("payments"), context.unique("workers")
    dead_letters = topic + ".dlq"
    sender = producer(context.server)
    values = [b"poison" if n == 7 else str(n).encode() for n in range(20)]
    produce_all(sender, topic, [(b"k%d" % n, value) for n, value in enumerate(values)])
    done = []
    reader = consumer(context.server, group)
    reader.subscribe([topic])
    for message in read(reader, 20):
        try:
            done.append(int(message.value()))
        except ValueError as error:
            sender.produce(
                dead_letters, key=message.key(), value=message.value(),
                headers=[("error", str(error).encode()), ("topic", topic.encode()),
                         ("offset", str(message.offset()).encode())])
            assert sender.flush(20) == 0
        reader.commit(message=message, asynchronous=False)
    reader.close()
    assert done == [n for n in range(20) if n != 7]

    reader = consumer(context.server, group)
    reader.subscribe([topic, dead_letters])
    [dead] = read(reader, 1)
    assert dead.topic() == dead_letters and dead.key() == b"k7" and dead.value() == b"poison"
    headers = dict(dead.headers())
    assert headers["topic"] == topic.encode() and headers["offset"] == b"7"
    assert nothing_comes(reader), "the poison message was committed, it does not come again"
    reader.close()


class Member:
    def __init__(self, server, group, topic, **options):
        self.got = []
        self.assigned = set()
        self.reader = consumer(server, group, **options)
        self.reader.subscribe([topic], on_assign=self.on_assign, on_revoke=self.on_revoke)

    def on_assign(self, reader, partitions):
        self.assigned |= {partition.partition for partition in partitions}

    def on_revoke(self, reader, partitions):
        self.assigned -= {partition.partition for partition in partitions}


def members_share_and_one_leaves(context, **options):
    topic, group = context.unique("clicks"), context.unique("workers")
    create_topic(context.server, topic, 4)
    first = Member(context.server, group, topic, **options)
    poll_until([first], lambda: len(first.assigned) == 4, 20, "all partitions for one member")
    second = Member(context.server, group, topic, **options)
    both = [first, second]
    poll_until(both, lambda: len(first.assigned) == len(second.assigned) == 2, 30, "two each")
    assert first.assigned | second.assigned == {0, 1, 2, 3}

    sender = producer(context.server)
    for n in range(400):
        sender.produce(topic, value=f"a{n}", partition=n % 4)
    assert sender.flush(20) == 0
    poll_until(both, lambda: len(first.got) + len(second.got) >= 400, 30, "the first 400")
    assert len(first.got) == len(second.got) == 200
    assert sorted(first.got + second.got) == sorted(f"a{n}" for n in range(400)), "each once"

    second.reader.close()
    poll_until([first], lambda: len(first.assigned) == 4, 20, "all partitions again")
    for n in range(400):
        sender.produce(topic, value=f"b{n}", partition=n % 4)
    assert sender.flush(20) == 0
    poll_until([first], lambda: len(first.got) >= 600, 30, "the second 400")
    assert sorted(first.got[200:]) == sorted(f"b{n}" for n in range(400)), "each once"
    assert nothing_comes(first.reader, 0.5)
    for partition in range(4):
        assert committed(first.reader, topic, partition) == 200
    first.reader.close()


@case("kafka", "confluent-kafka", seconds=120)
def killed_members_partitions_move(context):
    topic, group = context.unique("clicks"), context.unique("workers")
    create_topic(context.server, topic, 4)
    first = Member(context.server, group, topic)
    poll_until([first], lambda: len(first.assigned) == 4, 20, "all partitions for one member")
    with subprocess.Popen(
            ["kcat", "-b", context.server.kafka, "-q", "-G", group, topic, "-X", "session.timeout.ms=6000"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as second:
        try:
            poll_until([first], lambda: len(first.assigned) == 2, 30, "half for each")
        finally:
            second.kill()
    poll_until([first], lambda: len(first.assigned) == 4, 30, "all partitions again")
    first.reader.close()


@case("kafka", "confluent-kafka")
def commit_that_retention_has_passed_is_reset(context):
    topic, group = context.unique("short"), context.unique("slow")
    admin = AdminClient({"bootstrap.servers": context.server.kafka})
    admin.create_topics(
        [NewTopic(topic, 1, 1, config={"retention.ms": "15000"})])[topic].result(20)
    sender, now = producer(context.server), int(time.time() * 1000)
    for n in range(5):
        sender.produce(topic, value=f"old {n}", timestamp=now - 10_000)  # goes in five seconds
    assert sender.flush(20) == 0
    reader = consumer(context.server, group)
    reader.subscribe([topic])
    reader.commit(message=read(reader, 2)[1], asynchronous=False)
    reader.close()

    sender.produce(topic, value="new", timestamp=now + 600_000)
    assert sender.flush(20) == 0
    reader = consumer(context.server, group)
    place = TopicPartition(topic, 0)
    poll_until([], lambda: (nothing_comes(reader, 0.2)
                            and reader.get_watermark_offsets(place, timeout=20) == (5, 6)),
               30, "the old ones are gone")
    assert committed(reader, topic) == 2
    reader.subscribe([topic])
    [message] = read(reader, 1)
    assert (message.offset(), message.value()) == (5, b"new")
    reader.close()


@case("kafka", "confluent-kafka", seconds=120)
def two_members_share_four_partitions_and_one_leaves(context):
    members_share_and_one_leaves(context)


@case("kafka", "confluent-kafka", seconds=120)
def cooperative_members_share_and_one_leaves(context):
    topic, group = context.unique("clicks"), context.unique("workers")
    create_topic(context.server, topic, 4)
    options = {"partition.assignment.strategy": "cooperative-sticky"}
    first = Member(context.server, group, topic, **options)
    poll_until([first], lambda: len(first.assigned) == 4, 20, "all partitions for one member")
    second = Member(context.server, group, topic, **options)
    poll_until([first, second], lambda: len(first.assigned) == len(second.assigned) == 2, 30,
               "two each")
    second.reader.close()
    poll_until([first], lambda: len(first.assigned) == 4, 20, "all partitions again")
    first.reader.close()


@case("kafka", "confluent-kafka")
def lag_is_watermark_less_commit(context):
    topic, group = context.unique("orders"), context.unique("workers")
    sender = producer(context.server)
    produce_all(sender, topic, [(None, str(n)) for n in range(50)])
    reader = consumer(context.server, group)
    assert committed(reader, topic) == -1001, "nothing committed yet"
    reader.subscribe([topic])
    message = read(reader, 30)[-1]
    reader.commit(message=message, asynchronous=False)
    low, high = reader.get_watermark_offsets(TopicPartition(topic, 0), timeout=20)
    assert (low, high) == (0, 50)
    assert high - committed(reader, topic) == 20
    produce_all(sender, topic, [(None, "late")])
    assert reader.get_watermark_offsets(TopicPartition(topic, 0), timeout=20) == (0, 51)
    reader.close()
