"""The Kafka flow while the broker is killed again and again: an idempotent producer's messages are all
there once and in order, and a commit that was answered is never forgotten."""

import threading

from case import case
from confluent_kafka import KafkaException
from kafka_flow import Deliveries, committed, consumer, create_topic, producer, read, read_topic
from killer import KILLS, Killer

HASTY = {"reconnect.backoff.ms": 20, "reconnect.backoff.max.ms": 200, "retry.backoff.ms": 50}


class Sender(threading.Thread):
    def __init__(self, server, topic):
        super().__init__(daemon=True)
        self.client, self.topic = producer(server, **HASTY), topic
        self.delivered = Deliveries()
        self.sent = 0
        self.stopped = threading.Event()

    def run(self):
        while not self.stopped.is_set():
            self.client.produce(self.topic, value=str(self.sent), on_delivery=self.delivered)
            self.sent += 1
            self.client.poll(0.001)
        self.client.flush(60)


class Worker:
    def __init__(self, server, topic):
        self.client, self.topic = consumer(server, "workers", **HASTY), topic
        self.client.subscribe([topic])
        self.seen = set()
        self.committed = 0      # what an answered commit promised
        self.attempted = {0}

    def round(self):
        message = self.client.poll(0.05)
        if message is None or message.error():
            return False
        assert message.offset() >= self.committed, (
            f"offset {message.offset()} came again after {self.committed} was committed")
        assert int(message.value()) == message.offset(), "a message stands at another's place"
        self.seen.add(message.offset())
        if message.offset() % 20 == 19:
            self.commit(message)
        return True

    def commit(self, message):
        self.attempted.add(message.offset() + 1)
        try:
            self.client.commit(message=message, asynchronous=False)
            self.committed = max(self.committed, message.offset() + 1)
        except KafkaException:
            pass  # not answered: it may or may not count


# Segments of 64 KiB, so that rolls, sealing and repacking are hit as well.
SMALL_SEGMENTS = ("--segment-bytes", "64K")


@case("kafka", "confluent-kafka", seconds=300)
def nothing_lost_or_doubled_over_kills(context):
    survive(context, *SMALL_SEGMENTS)


@case("kafka", "confluent-kafka", seconds=300)
def nothing_lost_or_doubled_over_kills_when_synced(context):
    survive(context, *SMALL_SEGMENTS, "--durability", "sync")


def survive(context, *arguments):
    with context.own_server(*arguments) as server:
        topic = "orders"
        create_topic(server, topic)
        sender, worker = Sender(server, topic), Worker(server, topic)
        sender.start()
        with Killer(server, context.rng,
                    lambda: min(sender.delivered.count(), len(worker.seen))) as killer:
            while killer.running:
                worker.round()
        killer.check()
        assert killer.done == KILLS
        sender.stopped.set()
        sender.join(90)
        assert not sender.delivered.errors, sender.delivered.errors[:3]
        assert sender.delivered.count() == sender.sent, "every message is delivered"
        offsets = sender.delivered.by_partition[0]
        assert offsets == list(range(sender.sent)), "each at its place"
        while len(worker.seen) < sender.sent:
            worker.round()
        worker.client.close()

        values = [int(message.value()) for message in read_topic(server, topic)[0]]
        assert values == list(range(sender.sent)), "once each, in order"
        after = consumer(server, "workers")
        found = committed(after, topic)
        assert found >= worker.committed and found in worker.attempted, (found, worker.committed)
        after.subscribe([topic])
        if found < sender.sent:
            assert read(after, 1)[0].offset() == found
        after.close()
        print(f"     {sender.sent} delivered, committed {found}, {killer.done} kills")
