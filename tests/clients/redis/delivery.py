"""Waiting readers, pipelines, trimming, and what survives a restart, with redis-py."""

import threading
import time

import redis
from case import case
from redis_flow import GROUP, connect, ensure_group, entries, group_info


@case("redis", "redis-py")
def blocked_reader_wakes_on_xadd(context):
    writer, stream = connect(context.server), context.unique("orders")
    ensure_group(writer, stream)
    got = {}

    def read():
        reader = connect(context.server)
        got["reply"] = entries(reader.xreadgroup(GROUP, "w1", {stream: ">"}, count=10, block=5000))
        got["at"] = time.monotonic()

    waiting = threading.Thread(target=read)
    waiting.start()
    waiting.join(0.3)
    assert waiting.is_alive(), "the read must block while the stream is empty"
    sent_at = time.monotonic()
    entry = writer.xadd(stream, {"n": 1})
    waiting.join(6)
    assert got["reply"] == [(entry, {"n": "1"})]
    assert got["at"] - sent_at < 1, "woken by the entry, not by the end of its wait"


@case("redis", "redis-py")
def blocked_reader_gives_up_when_its_time_is_over(context):
    client, stream = connect(context.server), context.unique("orders")
    ensure_group(client, stream)
    started = time.monotonic()
    assert entries(client.xreadgroup(GROUP, "w1", {stream: ">"}, count=10, block=300)) == []
    assert 0.25 < time.monotonic() - started < 2
    assert client.ping()


@case("redis", "redis-py")
def waiting_workers_are_served_in_turn(context):
    writer, stream = connect(context.server), context.unique("orders")
    ensure_group(writer, stream)
    got = {}

    def read(name):
        batch = connect(context.server).xreadgroup(GROUP, name, {stream: ">"}, count=1, block=5000)
        got[name] = [fields["n"] for _, fields in entries(batch)]

    workers = []
    for number in range(3):
        workers.append(threading.Thread(target=read, args=(f"w{number}",)))
        workers[-1].start()
        workers[-1].join(0.2)  # so that they wait in this order
    for number in range(3):
        writer.xadd(stream, {"n": number})
    for worker in workers:
        worker.join(6)
    assert got == {"w0": ["0"], "w1": ["1"], "w2": ["2"]}, got


@case("redis", "redis-py", seconds=90)
def pipelined_xadds_keep_order_and_maxlen(context):
    client, stream = connect(context.server), context.unique("clicks")
    sent = []
    for start in range(0, 120000, 5000):
        pipe = client.pipeline(transaction=False)
        for n in range(start, start + 5000):
            pipe.xadd(stream, {"n": n}, maxlen=100000, approximate=True)
        sent += pipe.execute()
    keys = [tuple(map(int, entry.split("-"))) for entry in sent]
    assert all(before < after for before, after in zip(keys, keys[1:])), "IDs strictly increase"
    length = client.xlen(stream)
    assert 100000 <= length <= 101000, length
    newest = client.xrevrange(stream, count=1)[0]
    assert tuple(newest) == (sent[-1], {"n": "119999"})
    oldest = client.xrange(stream, count=1)[0]
    assert tuple(oldest) == (sent[-length], {"n": str(120000 - length)}), oldest


@case("redis", "redis-py")
def binary_fields_and_repeated_names_survive(context):
    client, stream = redis.Redis(
        host=context.server.redis.split(":")[0],
        port=int(context.server.redis.split(":")[1])), context.unique("raw")
    blob = bytes(range(256)) * 40
    entry = client.execute_command("XADD", stream, "*", "a", blob, "a", b"", b"\x00key\r\n", b"\xff")
    found = client.execute_command("XRANGE", stream, "-", "+")
    fields = found[0][1]
    flat = fields if isinstance(fields, list) else [item for pair in fields.items() for item in pair]
    assert found[0][0] == entry
    assert client.xlen(stream) == 1
    if isinstance(fields, list):
        assert flat == [b"a", blob, b"a", b"", b"\x00key\r\n", b"\xff"]
    else:  # redis-py made a dict of it: the later value of a repeated name stays
        assert fields == {b"a": b"", b"\x00key\r\n": b"\xff"}


def entries_groups_and_pending_survive(context, graceful):
    with context.own_server() as server:
        client, stream = connect(server), "orders"
        ensure_group(client, stream)
        sent = [client.xadd(stream, {"n": n}) for n in range(20)]
        client.xreadgroup(GROUP, "w1", {stream: ">"}, count=8)
        assert client.xack(stream, GROUP, *sent[:3]) == 3
        server.restart(graceful)
        client = connect(server)
        assert [entry for entry, _ in client.xrange(stream)] == sent
        assert not ensure_group(client, stream)
        info = group_info(client, stream)
        assert info["pending"] == 5, info
        if server.kind == "braid":  # redis-server 7 forgets how many entries a group has read
            assert (info["lag"], info["entries-read"]) == (12, 8), info
        mine = entries(client.xreadgroup(GROUP, "w1", {stream: "0"}))
        assert mine == [(sent[n], {"n": str(n)}) for n in range(3, 8)]
        fresh = entries(client.xreadgroup(GROUP, "w2", {stream: ">"}, count=100))
        assert [entry for entry, _ in fresh] == sent[8:]
        later = client.xadd(stream, {"n": 20})
        assert tuple(map(int, later.split("-"))) > tuple(map(int, sent[-1].split("-")))


@case("redis", "redis-py")
def graceful_restart_keeps_entries_groups_and_pending(context):
    entries_groups_and_pending_survive(context, graceful=True)


@case("redis", "redis-py")
def kill_9_keeps_entries_groups_and_pending(context):
    entries_groups_and_pending_survive(context, graceful=False)
