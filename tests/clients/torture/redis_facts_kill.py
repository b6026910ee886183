"""What XINFO STREAM FULL, XINFO GROUPS and XPENDING tell of a stream, compared before and after kill -9, again
and again in the middle of random work of every kind: entries, groups, consumers, who has what pending since
when and how often, and the counters that lag is made of."""

import redis
from case import case
from redis_flow import connect

KILLS = 8
STEPS = 60  # between two kills
GROUPS = ("workers", "auditors", "late")
CONSUMERS = ("w1", "w2", "w3")
# How a stream is kept, not what it holds; and when a consumer was last there, which is not in the log.
APART = {"radix-tree-keys", "radix-tree-nodes", "seen-time", "active-time"}


def lines(reply, place=""):
    """Yields "where: what" for each fact of a reply, be its maps maps or, in RESP2, lists."""
    if isinstance(reply, list) and len(reply) % 2 == 0 and {"name", "length"} & set(map(str, reply[::2])):
        reply = dict(zip(reply[::2], reply[1::2]))
    if isinstance(reply, dict):
        for key, value in reply.items():
            if key not in APART:
                yield from lines(value, f"{place} {key}")
    elif isinstance(reply, (list, tuple)):
        for number, value in enumerate(reply):
            yield from lines(value, f"{place} {number}")
        yield f"{place} count: {len(reply)}"
    else:
        yield f"{place}: {reply}"


def facts(client, stream):
    told = list(lines(client.execute_command("XINFO", "STREAM", stream, "FULL", "COUNT", "0")))
    for info in client.xinfo_groups(stream):
        told.append(f" {info['name']}: read {info['entries-read']}, lag {info['lag']}")
        told += lines(client.xpending(stream, info["name"]), f" {info['name']}")
    return told


class Work:
    """Random commands on one stream; what a group or entry that is not there answers is no matter."""

    def __init__(self, rng, stream):
        self.rng, self.stream, self.added = rng, stream, 0

    def some_id(self):
        return f"{self.rng.randrange(max(1, self.added - 60), self.added + 2)}-1"

    def step(self, client):
        rng, stream = self.rng, self.stream
        group, consumer = rng.choice(GROUPS), rng.choice(CONSUMERS)
        kinds = {  # what is done -> how often
            self.add: 20,
            lambda: client.xreadgroup(group, consumer, {stream: ">"}, count=rng.randrange(1, 8)): 14,
            lambda: client.xreadgroup(group, consumer, {stream: "0"}, count=3): 4,
            lambda: client.xreadgroup(group, consumer, {stream: ">"}, count=2, noack=True): 3,
            lambda: client.xack(stream, group, *(self.some_id() for _ in range(4))): 8,
            lambda: client.xclaim(stream, group, consumer, 0, [self.some_id()]): 5,
            lambda: client.xclaim(
                stream, group, consumer, 0, [self.some_id()], retrycount=7, force=True): 2,
            lambda: client.xautoclaim(stream, group, consumer, 0, count=3): 3,
            lambda: client.xdel(stream, self.some_id()): 4,
            lambda: client.xtrim(stream, maxlen=40, approximate=False): 2,
            lambda: client.xgroup_setid(stream, group, self.some_id()): 1,
            lambda: client.xgroup_createconsumer(stream, group, consumer): 2,
            lambda: client.xgroup_delconsumer(stream, group, consumer): 1,
            lambda: client.xgroup_create(stream, group, id="0"): 3,
            lambda: client.xgroup_destroy(stream, group): 1,
        }
        [action] = rng.choices(list(kinds), kinds.values())
        try:
            action(client) if action == self.add else action()
        except redis.ResponseError as error:
            assert str(error).startswith(("NOGROUP", "BUSYGROUP", "Consumer Group name")), error

    def add(self, client):
        self.added += 1
        client.xadd(self.stream, {"n": self.added}, id=f"{self.added}-1")


def same_after_each_kill(context, *arguments):
    with context.own_server("--segment-bytes", "64K", *arguments) as server:
        client, work = connect(server), Work(context.rng, "orders")
        work.add(client)
        seen = 0
        for kill in range(KILLS):
            for _ in range(STEPS):
                work.step(client)
            before = facts(client, "orders")
            server.restart(graceful=False)
            client = connect(server)
            after = facts(client, "orders")
            gone, come = sorted(set(before) - set(after)), sorted(set(after) - set(before))
            assert before == after, f"kill {kill}: {gone[:6]} became {come[:6]}"
            seen += sum(": w" in fact for fact in before)
        assert seen > 50, f"no more than {seen} times was something some consumer's"


@case("redis", "redis-py", seconds=120)
def all_that_xinfo_tells_is_the_same_after_kill_9(context):
    same_after_each_kill(context)


@case("redis", "redis-py", seconds=120)
def all_that_xinfo_tells_is_the_same_after_kill_9_when_synced(context):
    same_after_each_kill(context, "--durability", "sync")
