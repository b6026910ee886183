"""The everyday Redis Streams worker, written with redis-py and its defaults (HELLO 3 in new releases)."""

import wait
from case import case
from redis_flow import GROUP, connect, ensure_group, entries, group_info


@case("redis", "redis-py")
def group_is_created_once_and_busygroup_is_handled(context):
    client, stream = connect(context.server), context.unique("orders")
    assert ensure_group(client, stream)
    assert client.exists(stream) == 1 and client.xlen(stream) == 0
    assert client.type(stream) == "stream"
    assert not ensure_group(client, stream)
    assert [info["name"] for info in client.xinfo_groups(stream)] == [GROUP]


@case("redis", "redis-py")
def worker_reads_acknowledges_and_is_done(context):
    client, stream = connect(context.server), context.unique("orders")
    ensure_group(client, stream)
    sent = [client.xadd(stream, {"order": n, "region": "eu"}, maxlen=100000) for n in range(25)]
    assert sent == sorted(sent, key=lambda entry: tuple(map(int, entry.split("-"))))
    got = []
    while len(got) < 25:
        batch = entries(client.xreadgroup(GROUP, "w1", {stream: ">"}, count=10, block=5000))
        assert 0 < len(batch) <= 10
        for entry_id, fields in batch:
            assert client.xack(stream, GROUP, entry_id) == 1
            assert client.xack(stream, GROUP, entry_id) == 0, "an ack counts once"
            got.append((entry_id, fields))
    assert got == [(entry, {"order": str(n), "region": "eu"}) for n, entry in enumerate(sent)]
    assert client.xpending(stream, GROUP)["pending"] == 0
    assert entries(client.xreadgroup(GROUP, "w1", {stream: "0"})) == []
    assert client.xlen(stream) == 25, "an acknowledged entry stays in the stream"


@case("redis", "redis-py")
def two_workers_share_without_overlap(context):
    client, stream = connect(context.server), context.unique("orders")
    ensure_group(client, stream)
    sent = {client.xadd(stream, {"n": n}) for n in range(30)}
    taken = {"w1": [], "w2": []}
    for turn in range(4):
        for name, mine in taken.items():
            batch = client.xreadgroup(GROUP, name, {stream: ">"}, count=10)
            mine += [entry_id for entry_id, _ in entries(batch)]
    assert sorted(taken["w1"] + taken["w2"]) == sorted(sent)
    assert len(taken["w1"]) == 20 and len(taken["w2"]) == 10
    summary = client.xpending(stream, GROUP)
    assert summary["pending"] == 30
    assert {c["name"]: c["pending"] for c in summary["consumers"]} == {"w1": 20, "w2": 10}


@case("redis", "redis-py")
def abandoned_messages_are_found_and_claimed(context):
    client, stream = connect(context.server), context.unique("orders")
    ensure_group(client, stream)
    sent = [client.xadd(stream, {"n": n}) for n in range(5)]
    client.xreadgroup(GROUP, "crashed", {stream: ">"}, count=10)
    assert client.xclaim(stream, GROUP, "rescuer", 60000, sent) == [], "not idle for 60 s yet"

    def idle():
        return client.xpending_range(stream, GROUP, "-", "+", 10, idle=100)

    abandoned = wait.until(lambda: len(idle()) == 5 and idle(), what="five entries idle for 100 ms")
    assert [found["message_id"] for found in abandoned] == sent
    for found in abandoned:
        assert found["consumer"] == "crashed" and found["times_delivered"] == 1
        assert found["time_since_delivered"] >= 100
    claimed = client.xclaim(stream, GROUP, "rescuer", 100, sent[:3])
    assert [tuple(entry) for entry in claimed] == [(e, {"n": str(n)}) for n, e in enumerate(sent[:3])]
    mine = client.xpending_range(stream, GROUP, "-", "+", 10, consumername="rescuer")
    assert [(found["message_id"], found["times_delivered"]) for found in mine] == [
        (entry, 2) for entry in sent[:3]]
    left = client.xpending_range(stream, GROUP, "-", "+", 10, consumername="crashed")
    assert [found["message_id"] for found in left] == sent[3:]
    assert client.xack(stream, GROUP, *sent[:3]) == 3
    assert client.xpending(stream, GROUP)["pending"] == 2


@case("redis", "redis-py")
def lag_counts_what_was_not_delivered(context):
    client, stream = connect(context.server), context.unique("orders")
    ensure_group(client, stream)
    for n in range(12):
        client.xadd(stream, {"n": n})
    assert group_info(client, stream)["lag"] == 12
    last = entries(client.xreadgroup(GROUP, "w1", {stream: ">"}, count=10))[-1][0]
    info = group_info(client, stream)
    assert (info["lag"], info["pending"], info["entries-read"]) == (2, 10, 10), info
    assert info["last-delivered-id"] == last and info["consumers"] == 1
    client.xreadgroup(GROUP, "w1", {stream: ">"}, count=10)
    assert group_info(client, stream)["lag"] == 0
