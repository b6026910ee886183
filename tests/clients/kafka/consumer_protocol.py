"""Consumer groups of the newer protocol (group.protocol=consumer) with confluent-kafka: members coming,
going and dying, static ones, patterns, and clients that are replaced one after the other."""

import json
import subprocess
import sys
import threading

from case import CLIENTS_DIR, case
from confluent_kafka import Consumer
from confluent_kafka.admin import AdminClient
from kafka_flow import QUIET, committed, create_topic, nothing_comes, poll_until, producer

CLIENT = "confluent-kafka-consumer"


def options_of(server, group, **options):
    return {"bootstrap.servers": server.kafka, "group.id": group, "group.protocol": "consumer",
            "enable.auto.commit": False, "auto.offset.reset": "earliest", **QUIET, **options}


def classic(server, group, **options):
    return {**options_of(server, group), "group.protocol": "classic", "session.timeout.ms": 10000,
            **options}


class Member:
    """A member in this process; poll_until() polls it."""

    def __init__(self, options, *topics):
        self.got = []
        self.assigned = set()
        self.reader = Consumer(options)
        self.reader.subscribe(list(topics), on_assign=self.on_assign, on_revoke=self.on_revoke)

    def on_assign(self, reader, partitions):
        self.assigned |= {(p.topic, p.partition) for p in partitions}

    def on_revoke(self, reader, partitions):
        self.assigned -= {(p.topic, p.partition) for p in partitions}


class Process:
    """A member in a process of its own, that can be killed."""

    def __init__(self, options, topic):
        self.got = []
        self.assigned = set()
        self.topic = topic
        self.process = subprocess.Popen(
            [sys.executable, CLIENTS_DIR / "harness/kafka_member.py", json.dumps(options), topic],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.listener = threading.Thread(target=self.listen, daemon=True)
        self.listener.start()

    def listen(self):
        for line in self.process.stdout:
            word, *rest = line.split()
            if word == "has":
                self.assigned = {(self.topic, int(partition)) for partition in rest}
            else:
                self.got.append(rest[0])

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.listener.join()


def shared(topic, partitions, *members):
    """All partitions are somebody's, and as evenly as they can be."""
    parts = [member.assigned for member in members]
    return (set().union(*parts) == {(topic, p) for p in range(partitions)}
            and sum(map(len, parts)) == partitions
            and max(map(len, parts)) - min(map(len, parts)) <= 1)


@case("kafka", CLIENT, seconds=180)
def three_members_share_one_leaves_and_one_is_killed(context):
    topic, group = context.unique("clicks"), context.unique("workers")
    create_topic(context.server, topic, 6)
    options = options_of(context.server, group)
    first = Member(options, topic)
    poll_until([first], lambda: shared(topic, 6, first), 20, "all partitions for one member")
    second = Member(options, topic)
    poll_until([first, second], lambda: shared(topic, 6, first, second), 30, "three each")
    third = Process(options, topic)
    both = [first, second]
    try:
        poll_until(both, lambda: shared(topic, 6, first, second, third), 40, "two each")
        sender = producer(context.server)
        for n in range(300):
            sender.produce(topic, value=f"a{n}", partition=n % 6)
        assert sender.flush(20) == 0
        got = lambda: first.got + second.got + third.got
        poll_until(both, lambda: len(got()) >= 300, 30, "the first 300")
        assert sorted(got()) == sorted(f"a{n}" for n in range(300)), "each once"
        assert len(first.got) == len(second.got) == len(third.got) == 100

        second.reader.close()
        poll_until([first], lambda: shared(topic, 6, first, third), 30, "three each again")
    finally:
        third.kill()
    poll_until([first], lambda: shared(topic, 6, first), 80, "the share of the dead one")
    for n in range(300):
        sender.produce(topic, value=f"b{n}", partition=n % 6)
    assert sender.flush(20) == 0
    poll_until([first], lambda: len(first.got) >= 400, 30, "the second 300")
    assert sorted(first.got[100:]) == sorted(f"b{n}" for n in range(300)), "each once"
    assert nothing_comes(first.reader, 0.5)
    assert [committed(first.reader, topic, p) for p in range(6)] == [100] * 6
    first.reader.close()


@case("kafka", CLIENT, seconds=90)
def static_member_comes_back_to_its_share(context):
    topic, group = context.unique("clicks"), context.unique("workers")
    create_topic(context.server, topic, 4)
    first = Member(options_of(context.server, group, **{"group.instance.id": "one"}), topic)
    second = Member(options_of(context.server, group, **{"group.instance.id": "two"}), topic)
    poll_until([first, second], lambda: shared(topic, 4, first, second), 30, "two each")
    share, others = set(second.assigned), set(first.assigned)
    second.reader.close()
    again = Member(options_of(context.server, group, **{"group.instance.id": "two"}), topic)
    poll_until([first, again], lambda: again.assigned == share, 30, "the same two")
    assert first.assigned == others, "nothing moved meanwhile"
    first.reader.close()
    again.reader.close()


@case("kafka", CLIENT, seconds=90)
def pattern_is_matched_by_the_broker(context):
    prefix, group = context.unique("by-pattern"), context.unique("workers")
    create_topic(context.server, f"{prefix}.a", 2)
    create_topic(context.server, f"not-{prefix}.a", 1)
    reader = Member(options_of(context.server, group), rf"^{prefix}\..*")
    first = {(f"{prefix}.a", 0), (f"{prefix}.a", 1)}
    poll_until([reader], lambda: reader.assigned == first, 30, "the topic that is there")
    create_topic(context.server, f"{prefix}.b", 1)
    poll_until([reader], lambda: reader.assigned == first | {(f"{prefix}.b", 0)}, 30,
               "the topic that came later")
    reader.reader.close()


@case("kafka", CLIENT, seconds=120)
def clients_are_replaced_one_after_the_other(context):
    for strategy in ("range", "cooperative-sticky"):
        topic, group = context.unique("clicks"), context.unique("workers")
        create_topic(context.server, topic, 4)
        older = classic(context.server, group, **{"partition.assignment.strategy": strategy})
        newer = options_of(context.server, group)
        first = Member(older, topic)
        poll_until([first], lambda: shared(topic, 4, first), 20, "all partitions for one member")
        second = Member(newer, topic)
        poll_until([first, second], lambda: shared(topic, 4, first, second), 40, "two each")
        third = Member(older, topic)
        everybody = [first, second, third]
        poll_until(everybody, lambda: shared(topic, 4, *everybody), 40, "a share for each")
        first.reader.close()
        poll_until([second, third], lambda: shared(topic, 4, second, third), 40, "two each again")
        second.reader.close()
        poll_until([third], lambda: shared(topic, 4, third), 40, "all, in a classic group again")
        third.reader.close()


@case("kafka", CLIENT)
def administrators_see_the_group_and_delete_it(context):
    topic, group = context.unique("clicks"), context.unique("workers")
    create_topic(context.server, topic, 2)
    reader = Member(options_of(context.server, group), topic)
    poll_until([reader], lambda: shared(topic, 2, reader), 20, "all partitions")
    admin = AdminClient({"bootstrap.servers": context.server.kafka, **QUIET})
    listed = {one.group_id: one for one in admin.list_consumer_groups().result().valid}
    assert listed[group].type.name == "CONSUMER", listed[group].type
    assert listed[group].state.name == "STABLE"
    described = admin.describe_consumer_groups([group])[group].result()
    [member] = described.members
    assert {(p.topic, p.partition) for p in member.assignment.topic_partitions} == reader.assigned
    reader.reader.close()
    admin.delete_consumer_groups([group])[group].result()
    assert group not in {one.group_id for one in admin.list_consumer_groups().result().valid}
