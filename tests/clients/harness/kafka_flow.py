"""What the confluent-kafka flows share: the options of the everyday producer and consumer, spelled out
as a user writes them, and reading with a deadline."""

import time

from confluent_kafka import Consumer, KafkaError, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

QUIET = {"log_level": 0}  # a broker that restarts under a flow is no news


def producer(server, **options):
    return Producer({
        "bootstrap.servers": server.kafka,
        "acks": "all",
        "enable.idempotence": True,
        "compression.type": "lz4",
        "linger.ms": 5,
        "batch.size": 65536,
        **QUIET, **options})


def consumer(server, group, **options):
    return Consumer({
        "bootstrap.servers": server.kafka,
        "group.id": group,
        "enable.auto.commit": False,
        "auto.offset.reset": "earliest",
        "session.timeout.ms": 10000,
        **QUIET, **options})


def create_topic(server, name, partitions=1):
    admin = AdminClient({"bootstrap.servers": server.kafka, **QUIET})
    admin.create_topics([NewTopic(name, partitions, 1)])[name].result(20)


class Deliveries:
    """Collects delivery callbacks; every one must be a success."""

    def __init__(self):
        self.by_partition = {}
        self.errors = []

    def __call__(self, error, message):
        if error is not None:
            self.errors.append(str(error))
        else:
            self.by_partition.setdefault(message.partition(), []).append(message.offset())

    def count(self):
        return sum(len(offsets) for offsets in self.by_partition.values())


def produce_all(sender, topic, messages):
    """Sends (key, value) pairs and waits for all; returns the Deliveries."""
    done = Deliveries()
    for key, value in messages:
        while True:
            try:
                sender.produce(topic, value=value, key=key, on_delivery=done)
                break
            except BufferError:
                sender.poll(0.1)
        sender.poll(0)
    left = sender.flush(30)
    assert left == 0, f"{left} messages are still in flight"
    assert not done.errors, done.errors[:3]
    return done


def read(reader, count, seconds=30):
    """Exactly `count` messages; AssertionError when they do not come in time."""
    messages = []
    deadline = time.monotonic() + seconds
    while len(messages) < count:
        message = reader.poll(0.2)
        if message is not None:
            if message.error():
                retriable = message.error().code() in (
                    KafkaError._TRANSPORT, KafkaError._ALL_BROKERS_DOWN, KafkaError._PARTITION_EOF)
                assert retriable, message.error()
            else:
                messages.append(message)
        elif time.monotonic() > deadline:
            raise AssertionError(f"{len(messages)} of {count} messages in {seconds} s")
    return messages


def nothing_comes(reader, seconds=1.0):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        message = reader.poll(0.1)
        if message is not None and not message.error():
            return False
    return True


def read_topic(server, topic, partitions=1, **options):
    """Every message of a topic, by partition, read to its end without a group."""
    reader = consumer(server, "nobody", **options)
    found = {}
    for partition in range(partitions):
        place = TopicPartition(topic, partition, 0)
        low, high = reader.get_watermark_offsets(place, timeout=20)
        place.offset = low
        reader.assign([place])
        found[partition] = read(reader, high - low) if high > low else []
    reader.close()
    return found


def committed(reader, topic, partition=0):
    return reader.committed([TopicPartition(topic, partition)], timeout=20)[0].offset


def commit_until_done(reader, message, seconds=30):
    """A synchronous commit that outlives a broker restart, as a careful application writes it."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            return reader.commit(message=message, asynchronous=False)
        except KafkaException as error:
            if time.monotonic() > deadline or not error.args[0].retriable() and error.args[0].code() not in (
                    KafkaError._TRANSPORT, KafkaError._TIMED_OUT, KafkaError._WAIT_COORD):
                raise
            reader.poll(0.1)


def poll_until(members, reached, seconds, what):
    """Polls all members, as their threads would, until reached(); collects messages by member."""
    deadline = time.monotonic() + seconds
    while not reached():
        assert time.monotonic() < deadline, f"{seconds} s in vain for {what}"
        for member in members:
            message = member.reader.poll(0.05)
            if message is not None and not message.error():
                member.got.append(message.value().decode())
                commit_until_done(member.reader, message)
