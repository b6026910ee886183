"""The Redis worker flow while the broker is killed again and again: an XADD that was answered is there
once, one that was not is there at most once, and an acknowledged entry never comes back."""

import threading

import redis
from case import case
from killer import KILLS, Killer
from redis.backoff import NoBackoff
from redis.retry import Retry
from redis_flow import GROUP, connect, ensure_group, entries

LOST = (redis.ConnectionError, redis.TimeoutError)


def patient(server):
    """A client that never sends a command twice by itself."""
    return connect(server, retry=Retry(NoBackoff(), 0), socket_timeout=10)


class Producer(threading.Thread):
    def __init__(self, server, stream):
        super().__init__(daemon=True)
        self.client, self.stream = patient(server), stream
        self.answered, self.unanswered = {}, set()
        self.stopped = threading.Event()

    def run(self):
        n = 0
        while not self.stopped.is_set():
            try:
                self.answered[n] = self.client.xadd(self.stream, {"n": n}, maxlen=100000)
            except LOST:
                self.unanswered.add(n)
                self.stopped.wait(0.01)
            n += 1


class Worker:
    def __init__(self, server, stream):
        self.client, self.stream = patient(server), stream
        self.acknowledged, self.given, self.in_doubt = {}, set(), set()

    def acknowledge(self, entry, fields):
        assert entry not in self.acknowledged, f"{entry} came back after its XACK was answered"
        try:
            count = self.client.xack(self.stream, GROUP, entry)
        except LOST:
            self.in_doubt.add(entry)
            raise
        assert count == 1 or entry in self.in_doubt, f"XACK {entry} answered {count}"
        self.acknowledged[entry] = int(fields["n"])

    def round(self):
        """First what this consumer was given before and did not acknowledge, then new entries."""
        try:
            while True:
                mine = entries(self.client.xreadgroup(GROUP, "w1", {self.stream: "0"}, count=100))
                for entry, fields in mine:
                    self.acknowledge(entry, fields)
                if not mine:
                    break
            fresh = entries(self.client.xreadgroup(
                GROUP, "w1", {self.stream: ">"}, count=10, block=100))
            for entry, _ in fresh:
                assert entry not in self.given, f"{entry} was new twice"
                self.given.add(entry)
            for entry, fields in fresh:
                self.acknowledge(entry, fields)
            return len(fresh)
        except LOST:
            return -1


# Segments of 64 KiB, so that rolls, sealing and repacking are hit as well.
SMALL_SEGMENTS = ("--segment-bytes", "64K")


@case("redis", "redis-py", seconds=240)
def nothing_lost_or_doubled_over_kills(context):
    survive(context, *SMALL_SEGMENTS)


@case("redis", "redis-py", seconds=240)
def nothing_lost_or_doubled_over_kills_when_synced(context):
    survive(context, *SMALL_SEGMENTS, "--durability", "sync")


def survive(context, *arguments):
    with context.own_server(*arguments) as server:
        stream = "orders"
        ensure_group(patient(server), stream)
        producer, worker = Producer(server, stream), Worker(server, stream)
        producer.start()
        with Killer(server, context.rng,
                    lambda: min(len(producer.answered), len(worker.acknowledged))) as killer:
            while killer.running:
                worker.round()
        killer.check()
        assert killer.done == KILLS
        producer.stopped.set()
        producer.join(20)
        while worker.round() != 0:
            pass
        check_stream(patient(server), stream, producer, worker)
        print(f"     {len(producer.answered)} answered, {len(producer.unanswered)} in doubt, "
              f"{killer.done} kills")


def check_stream(client, stream, producer, worker):
    stored = [(entry, int(fields["n"])) for entry, fields in client.xrange(stream)]
    numbers = [n for _, n in stored]
    assert len(numbers) == len(set(numbers)), "doubled entries"
    assert numbers == sorted(numbers), "entries out of the order they were sent in"
    by_number = {n: entry for entry, n in stored}
    lost = [n for n, entry in producer.answered.items() if by_number.get(n) != entry]
    assert not lost, f"lost or changed: {lost[:10]} of {len(lost)}"
    strangers = set(numbers) - set(producer.answered) - producer.unanswered
    assert not strangers, f"never sent: {sorted(strangers)[:10]}"
    # What was acknowledged, or whose XACK was never answered, is everything.
    settled = set(worker.acknowledged) | worker.in_doubt
    missed = [entry for entry, _ in stored if entry not in settled]
    assert not missed, f"never worked on: {missed[:10]} of {len(missed)}"
    assert client.xpending(stream, GROUP)["pending"] == 0
    assert client.xinfo_groups(stream)[0]["lag"] in (0, None)
