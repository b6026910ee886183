"""Consume, transform and produce exactly once, while the broker is killed again and again: each input has
one output among what is committed, and the group's offset stands behind it."""

import threading

from case import case
from confluent_kafka import KafkaException, Producer, libversion
from kafka_flow import QUIET, committed, consumer, create_topic, produce_all, producer, read
from killer import KILLS, Killer

HASTY = {"reconnect.backoff.ms": 20, "reconnect.backoff.max.ms": 200, "retry.backoff.ms": 50}
if libversion()[1] >= 0x020B0000:
    # It bootstraps anew when all brokers are down, and then never returns from sending offsets.
    HASTY["metadata.recovery.strategy"] = "none"
INPUTS = 4000
GROUP = "copiers"


class Copier(threading.Thread):
    """Copies in transactions; begins anew, fencing what it was, whenever one cannot go on."""

    def __init__(self, server):
        super().__init__(daemon=True)
        self.server = server
        self.copied = 0
        self.error = None

    def run(self):
        try:
            while self.copied < INPUTS:
                try:
                    self.copy()
                except KafkaException:
                    pass  # the next try finds out what of it counts
        except BaseException as error:
            self.error = error

    def copy(self):
        sender = Producer({"bootstrap.servers": self.server.kafka, "transactional.id": "copier",
                           "transaction.timeout.ms": 30000, **QUIET, **HASTY})
        sender.init_transactions(60)
        reader = consumer(self.server, GROUP, **{"isolation.level": "read_committed", **HASTY})
        try:
            reader.subscribe(["input"])
            while True:
                batch = [m for m in reader.consume(20, 1.0) if not m.error()]
                if not batch:
                    if committed(reader, "input") >= INPUTS:
                        self.copied = INPUTS
                        return
                    continue
                sender.begin_transaction()
                for message in batch:
                    sender.produce("output", message.value())
                sender.send_offsets_to_transaction(
                    reader.position(reader.assignment()), reader.consumer_group_metadata(), 60)
                sender.commit_transaction(60)
                self.copied = max(self.copied, batch[-1].offset() + 1 - (batch[-1].offset() + 1 == INPUTS))
        finally:
            reader.close()


def copy_over_kills(context, *arguments):
    with context.own_server(*arguments) as server:
        for topic in ("input", "output"):
            create_topic(server, topic)
        produce_all(producer(server), "input", [(None, str(n)) for n in range(INPUTS)])
        copier = Copier(server)
        copier.start()
        with Killer(server, context.rng, lambda: copier.copied, KILLS) as killer:
            copier.join(200)
        killer.check()
        assert copier.error is None, copier.error
        assert not copier.is_alive(), f"{copier.copied} of {INPUTS} copied"
        checker = consumer(server, "checker", **{"isolation.level": "read_committed"})
        checker.subscribe(["output"])
        found = [int(message.value()) for message in read(checker, INPUTS, 60)]
        checker.close()
        assert found == list(range(INPUTS)), "each once, and in order"


@case("kafka", "confluent-kafka", seconds=300)
def copies_exactly_once_over_kills(context):
    copy_over_kills(context, "--segment-bytes", "64K")


@case("kafka", "confluent-kafka", seconds=300)
def copies_exactly_once_over_kills_when_synced(context):
    copy_over_kills(context, "--segment-bytes", "64K", "--durability", "sync")
