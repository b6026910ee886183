"""A group from its creation to its end, transactions, pipelines and crowds, with redis-py. Each runs with
the client's defaults (RESP3 and client metadata in new releases) and in RESP2."""

import asyncio
import threading
import time

import redis
import redis.asyncio
import wait
from case import case
from crowd import CROWD, crowd_server
from redis_flow import GROUP, connect, connect_in_resp2, entries, group_info, has_resp3

WAYS = {"with_defaults": connect, "in_resp2": connect_in_resp2}


def each_way(seconds=60):
    """Registers a flow of (context, connect) once for each way of connecting."""

    def register(function):
        for way, connecting in WAYS.items():
            def run(context, connecting=connecting):
                function(context, connecting)
            case("redis", "redis-py", seconds, rename=f"{function.__name__}_{way}")(run)
        return function

    return register


@case("redis", "redis-py")
def defaults_are_the_newest_protocol_and_client_metadata(context):
    """In new releases that is HELLO 3 and CLIENT SETINFO, whatever else they ask."""
    said = connect(context.server, client_name="orders-api").execute_command("CLIENT INFO")
    if not isinstance(said, dict):
        said = dict(word.split("=", 1) for word in said.split())
    said = {name: str(value).strip() for name, value in said.items()}
    assert said["name"] == "orders-api", said
    if context.server.kind == "braid":  # redis-server 7.0 knows no CLIENT SETINFO
        expected = ("3", "redis-py", redis.__version__) if has_resp3() else ("2", "", "")
        assert (said["resp"], said["lib-name"], said["lib-ver"]) == expected, said


def pending(client, stream, **options):
    """[(id, consumer, deliveries), ...]"""
    return [(found["message_id"], found["consumer"], found["times_delivered"])
            for found in client.xpending_range(stream, GROUP, "-", "+", 10, **options)]


@each_way()
def group_lives_from_create_to_destroy(context, connecting):
    client, stream = connecting(context.server), context.unique("life")
    assert client.xgroup_create(stream, GROUP, id="$", mkstream=True)
    sent = [client.xadd(stream, {"n": n}) for n in range(6)]

    fresh = entries(client.xreadgroup(GROUP, "w1", {stream: ">"}, count=4))
    assert fresh == [(sent[n], {"n": str(n)}) for n in range(4)], fresh
    assert client.xack(stream, GROUP, sent[0]) == 1
    summary = client.xpending(stream, GROUP)
    assert (summary["pending"], summary["min"], summary["max"]) == (3, sent[1], sent[3]), summary
    assert [(one["name"], one["pending"]) for one in summary["consumers"]] == [("w1", 3)]
    assert pending(client, stream) == [(entry, "w1", 1) for entry in sent[1:4]]

    claimed = client.xclaim(stream, GROUP, "w2", 0, [sent[1]])
    assert [tuple(entry) for entry in claimed] == [(sent[1], {"n": "1"})], claimed
    assert client.xclaim(stream, GROUP, "w2", 0, [sent[2]], justid=True) == [sent[2]]
    assert pending(client, stream) == [(sent[1], "w2", 2), (sent[2], "w2", 1), (sent[3], "w1", 1)]
    assert client.xdel(stream, sent[3]) == 1
    cursor, found = client.xautoclaim(stream, GROUP, "w3", 0, count=2)[:2]
    assert [tuple(entry) for entry in found] == [(sent[1], {"n": "1"}), (sent[2], {"n": "2"})]
    assert cursor == sent[3], "where to go on"
    rest = client.xautoclaim(stream, GROUP, "w3", 0, start_id=cursor)
    assert (rest[0], list(rest[1]), list(rest[2])) == ("0-0", [], [sent[3]]), rest
    assert pending(client, stream, consumername="w3") == [(sent[1], "w3", 3), (sent[2], "w3", 2)]
    again = entries(client.xreadgroup(GROUP, "w3", {stream: "0"}))
    assert again == [(sent[1], {"n": "1"}), (sent[2], {"n": "2"})], again

    names = {one["name"]: one["pending"] for one in client.xinfo_consumers(stream, GROUP)}
    assert names == {"w1": 0, "w2": 0, "w3": 2}, names
    assert client.xgroup_createconsumer(stream, GROUP, "w4") == 1
    assert client.xgroup_delconsumer(stream, GROUP, "w4") == 0
    assert client.xgroup_delconsumer(stream, GROUP, "w3") == 2, "as many were pending"
    assert client.xpending(stream, GROUP)["pending"] == 0
    assert client.xgroup_setid(stream, GROUP, "0")
    assert len(entries(client.xreadgroup(GROUP, "w1", {stream: ">"}))) == 5, "all over again"
    info = group_info(client, stream)
    assert (info["consumers"], info["pending"], info["last-delivered-id"]) == (2, 5, sent[5]), info
    assert client.xgroup_destroy(stream, GROUP) == 1
    assert client.xgroup_destroy(stream, GROUP) == 0
    assert client.xinfo_groups(stream) == []
    try:
        client.xreadgroup(GROUP, "w1", {stream: ">"})
        raise AssertionError("a group that is gone was read")
    except redis.ResponseError as error:
        assert str(error).startswith("NOGROUP"), error
    assert client.xlen(stream) == 5, "the entries outlive the group"


@each_way()
def blocking_reads_wake_or_time_out(context, connecting):
    writer, reader = connecting(context.server), connecting(context.server)
    stream, others = context.unique("blocking"), context.unique("others")
    writer.xgroup_create(stream, GROUP, mkstream=True)
    for read in (lambda block: reader.xread({others: "$", stream: "$"}, block=block),
                 lambda block: reader.xreadgroup(GROUP, "w1", {stream: ">"}, block=block)):
        started = time.monotonic()
        assert not read(150), "nothing came"
        assert 0.1 < time.monotonic() - started < 2
        with Later(lambda: writer.xadd(stream, {"n": "1"}), blocked(writer)) as later:
            started = time.monotonic()
            got = entries(read(5000))
            assert time.monotonic() - started < 3, "woken, not timed out"
        assert got == [(later.answer, {"n": "1"})], got
        writer.xreadgroup(GROUP, "w2", {stream: ">"})  # so that the next wait begins with nothing


def blocked(client, count=1):
    return lambda: int(client.info("clients")["blocked_clients"]) >= count


class Later:
    """Does something in a thread once a condition holds."""

    def __init__(self, action, condition):
        self.action, self.condition, self.answer = action, condition, None
        self.thread = threading.Thread(target=self.run)

    def run(self):
        wait.until(self.condition, what="a blocked client")
        self.answer = self.action()

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *unused):
        self.thread.join(20)


@each_way()
def pipeline_of_10000_xadds_keeps_their_order(context, connecting):
    client, stream = connecting(context.server), context.unique("pipeline")
    pipe = client.pipeline(transaction=False)
    for n in range(10000):
        pipe.xadd(stream, {"n": n})
    sent = pipe.execute()
    ids = [tuple(map(int, entry.split("-"))) for entry in sent]
    assert len(ids) == 10000 and all(before < after for before, after in zip(ids, ids[1:]))
    found = client.xrange(stream)
    assert [tuple(entry) for entry in found] == [(entry, {"n": str(n)}) for n, entry in enumerate(sent)]


@each_way()
def transactions_are_carried_out_whole_or_not_at_all(context, connecting):
    client, other = connecting(context.server), connecting(context.server)
    stream = context.unique("transaction")
    with client.pipeline(transaction=True) as pipe:
        pipe.xgroup_create(stream, GROUP, id="0", mkstream=True)
        pipe.xadd(stream, {"n": 1}, id="1-1")
        pipe.xreadgroup(GROUP, "w1", {stream: ">"})
        pipe.xack(stream, GROUP, "1-1")
        pipe.xread({stream: "$"}, block=60000)  # in a transaction nothing is waited for
        pipe.xlen(stream)
        made, entry, read, acked, waited, length = pipe.execute()
    assert (made, entry, acked, length) == (True, "1-1", 1, 1)
    assert entries(read) == [("1-1", {"n": "1"})] and not waited

    with client.pipeline(transaction=True) as pipe:  # one fails when it is carried out, the others stand
        pipe.xadd(stream, {"n": 2}, id="2-1")
        pipe.xadd(stream, {"n": 0}, id="1-1")
        pipe.xadd(stream, {"n": 3}, id="3-1")
        answers = pipe.execute(raise_on_error=False)
    assert (answers[0], answers[2]) == ("2-1", "3-1") and "equal or smaller" in str(answers[1]), answers

    with client.pipeline(transaction=True) as pipe:  # one is refused when it is queued: none is done
        pipe.xadd(stream, {"n": 4}, id="4-1")
        pipe.execute_command("XADD", stream, "5-1")
        try:
            pipe.execute()
            raise AssertionError("carried out all the same")
        except redis.ResponseError as error:
            assert "wrong number of arguments" in str(error), error
    assert client.xlen(stream) == 3

    with client.pipeline(transaction=True) as pipe:
        pipe.watch(stream)
        length = pipe.xlen(stream)
        other.xadd(stream, {"n": "between"}, id="9-1")
        pipe.multi()
        pipe.xadd(stream, {"n": length}, id="10-1")
        try:
            pipe.execute()
            raise AssertionError("a watched stream had changed")
        except redis.WatchError:
            pass
        pipe.watch(stream)  # once more, with nobody between
        pipe.multi()
        pipe.xadd(stream, {"n": "mine"}, id="11-1")
        assert pipe.execute() == ["11-1"]
    assert [entry for entry, _ in client.xrange(stream)] == ["1-1", "2-1", "3-1", "9-1", "11-1"]


@each_way(seconds=120)
def a_thousand_connections_are_served_at_once(context, connecting):
    """All stay open; all wait for one entry and get it, then all wait as consumers and get one each."""
    with crowd_server(context) as server:
        writer = connecting(server)
        writer.xgroup_create("orders", GROUP, mkstream=True)
        asyncio.run(crowd(server, writer, connecting))


async def crowd(server, writer, connecting):
    readers = [connecting(server, make=redis.asyncio.Redis) for _ in range(CROWD)]

    async def everyone(read):
        waiting = [asyncio.create_task(read(number, reader)) for number, reader in enumerate(readers)]
        await asyncio.to_thread(wait.until, blocked(writer, CROWD), 30, f"{CROWD} blocked clients")
        return waiting

    try:
        waiting = await everyone(lambda number, reader: reader.xread({"orders": "$"}, block=60000))
        first = writer.xadd("orders", {"n": "first"})
        got = [entries(reply) for reply in await asyncio.gather(*waiting)]
        assert got == [[(first, {"n": "first"})]] * CROWD, "an entry goes to everyone who reads"
        assert int(writer.info("clients")["connected_clients"]) > CROWD

        writer.xreadgroup(GROUP, "w", {"orders": ">"})
        waiting = await everyone(lambda number, reader: reader.xreadgroup(
            GROUP, f"w{number}", {"orders": ">"}, count=1, block=60000))
        pipe = writer.pipeline(transaction=False)
        for n in range(CROWD):
            pipe.xadd("orders", {"n": n})
        sent = pipe.execute()
        got = [entries(reply) for reply in await asyncio.gather(*waiting)]
        taken = sorted((int(fields["n"]), entry) for [(entry, fields)] in got)
        assert taken == list(enumerate(sent)), "each entry goes to one consumer"
        acked = await asyncio.gather(*(
            reader.xack("orders", GROUP, entry) for reader, [(entry, _)] in zip(readers, got)))
        assert acked == [1] * CROWD
    finally:
        await asyncio.gather(*(reader.connection_pool.disconnect() for reader in readers))
