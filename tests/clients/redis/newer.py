"""What Redis 8.2 to 8.10 brought to streams, through the newest redis-py's own calls, in RESP3 and RESP2, from
a server that is asked to be that release."""

import redis
import wait
from case import case
from redis_flow import GROUP, connect, connect_in_resp2, entries

OTHERS = "auditors"
RELEASE = ("--redis-version", "8.10.0")


def each_way(function):
    for way, connecting in (("with_defaults", connect), ("in_resp2", connect_in_resp2)):
        def run(context, connecting=connecting):
            with context.own_server(*RELEASE) as server:
                function(connecting(server))
        case("redis", "redis-py-newest", rename=f"{function.__name__}_{way}")(run)
    return function


def filled(client, stream="orders", count=5, groups=(GROUP,)):
    """Makes a stream with entries 1-1 to COUNT-1, and groups at its start; returns its name."""
    for n in range(1, count + 1):
        client.xadd(stream, {"n": n}, id=f"{n}-1")
    for group in groups:
        client.xgroup_create(stream, group, id="0")
    return stream


def ids(found):
    return [entry[0] for entry in found]


def pending(client, stream, group=GROUP):
    return [(found["message_id"], found["consumer"], found["times_delivered"])
            for found in client.xpending_range(stream, group, "-", "+", 10)]


@each_way
def xreadgroup_claim_takes_over_what_is_idle_and_tells_how_long(client):
    stream = filled(client)
    client.xreadgroup(GROUP, "crashed", {stream: ">"}, count=2)

    def claim(idle, **options):
        return entries(client.xreadgroup(GROUP, "w1", {stream: ">"}, claim_min_idle_time=idle, **options))

    fresh = claim(3600000, count=1)
    assert fresh == [("3-1", {"n": "3"}, 0, 0)], fresh
    both = wait.until(lambda: claim(100, count=3), what="something to claim or read")
    if ids(both) == ["4-1", "5-1"]:  # read before the others were idle for so long
        both = wait.until(lambda: claim(100), what="what is idle")
    taken = {entry: (idle, deliveries) for entry, _, idle, deliveries in both}
    for entry in ("1-1", "2-1"):
        assert entry in taken, both
        assert taken[entry][0] >= 100 and taken[entry][1] == 1, both
    assert [(entry, 2) for entry in ("1-1", "2-1")] == [
        (entry, deliveries) for entry, consumer, deliveries in pending(client, stream)
        if entry in ("1-1", "2-1") and consumer == "w1"]


@each_way
def blocked_xreadgroup_claim_wakes_when_an_entry_is_idle_enough(client):
    stream = filled(client, count=1)
    client.xreadgroup(GROUP, "crashed", {stream: ">"})
    got = entries(client.xreadgroup(
        GROUP, "w1", {stream: ">"}, claim_min_idle_time=300, block=10000))
    assert ids(got) == ["1-1"] and got[0][2] >= 300 and got[0][3] == 1, got
    assert pending(client, stream) == [("1-1", "w1", 2)]


@each_way
def xackdel_and_xdelex_tell_what_became_of_each_id(client):
    stream = filled(client, groups=(GROUP, OTHERS))
    client.xreadgroup(GROUP, "w1", {stream: ">"})
    client.xreadgroup(OTHERS, "a1", {stream: ">"})
    assert client.xackdel(stream, GROUP, "1-1", "9-1", ref_policy="KEEPREF") == [1, -1]
    assert ("1-1", "a1", 1) in pending(client, stream, OTHERS), "KEEPREF keeps it pending elsewhere"
    assert client.xackdel(stream, GROUP, "2-1", ref_policy="ACKED") == [2], "others have it pending"
    assert client.xack(stream, OTHERS, "2-1") == 1
    assert client.xackdel(stream, GROUP, "3-1", ref_policy="DELREF") == [1]
    assert ids(pending(client, stream, OTHERS)) == ["1-1", "4-1", "5-1"], "DELREF takes it from everyone"
    assert client.xdelex(stream, "4-1", ref_policy="ACKED") == [2], "not acknowledged yet"
    assert client.xdelex(stream, "2-1", ref_policy="ACKED") == [1], "acknowledged by all"
    assert client.xdelex(stream, "4-1", "9-1", ref_policy="DELREF") == [1, -1]
    assert client.xdelex(stream, "5-1", ref_policy="KEEPREF") == [1]
    assert (ids(pending(client, stream)), client.xlen(stream)) == (["5-1"], 0)


@each_way
def trimming_with_acked_keeps_what_is_not_acknowledged(client):
    stream = filled(client)
    client.xreadgroup(GROUP, "w1", {stream: ">"}, count=3)
    client.xack(stream, GROUP, "1-1", "3-1")
    client.xadd(stream, {"n": 6}, id="6-1", maxlen=1, approximate=False, ref_policy="ACKED")
    assert ids(client.xrange(stream)) == ["2-1", "4-1", "5-1", "6-1"]
    client.xtrim(stream, maxlen=1, approximate=False, ref_policy="DELREF")
    assert (ids(client.xrange(stream)), pending(client, stream)) == (["6-1"], [])


@each_way
def xnack_gives_back_to_whoever_claims_next(client):
    stream = filled(client)
    client.xreadgroup(GROUP, "w1", {stream: ">"}, count=4)
    assert client.xnack(stream, GROUP, "SILENT", "1-1") == 1
    assert client.xnack(stream, GROUP, "FAIL", "2-1", "9-1") == 1
    assert client.xnack(stream, GROUP, "FATAL", "3-1") == 1
    found = pending(client, stream)
    assert found == [("1-1", "", 0), ("2-1", "", 1), ("3-1", "", 2 ** 63 - 1), ("4-1", "w1", 1)], found
    assert client.xnack(stream, GROUP, "FAIL", "4-1", retrycount=5) == 1
    assert pending(client, stream)[3] == ("4-1", "", 5)
    assert client.xnack(stream, GROUP, "FAIL", "5-1", force=True) == 1
    [group] = client.xinfo_stream(stream, full=True)["groups"]
    assert (group["pel-count"], group["nacked-count"]) == (5, 5), group
    taken = entries(client.xreadgroup(GROUP, "w2", {stream: ">"}, claim_min_idle_time=3600000, count=2))
    assert ids(taken) == ["1-1", "2-1"], "given back first, taken first, however long the wait asked for"
    assert pending(client, stream)[:2] == [("1-1", "w2", 1), ("2-1", "w2", 2)]


def resent(client, stream, **how):
    return client.xadd(stream, {"order": "42"}, **how)


@case("redis", "redis-py-newest")
def resent_xadds_of_a_producer_are_added_once_even_over_kill_9(context):
    with context.own_server(*RELEASE) as server:
        client, stream = connect(server), "orders"
        first = resent(client, stream, idmp=("producer-1", b"request-1"))
        assert resent(client, stream, idmp=("producer-1", b"request-1")) == first
        other = resent(client, stream, idmp=("producer-2", b"request-1"))
        by_content = resent(client, stream, idmpauto="producer-3")
        assert resent(client, stream, idmpauto="producer-3") == by_content
        assert ids(client.xrange(stream)) == [first, other, by_content]
        info = client.xinfo_stream(stream)
        assert (info["pids-tracked"], info["iids-tracked"], info["iids-added"],
                info["iids-duplicates"]) == (3, 3, 3, 2), info
        server.restart(graceful=False)
        client = connect(server)
        assert resent(client, stream, idmp=("producer-1", b"request-1")) == first
        assert resent(client, stream, idmpauto="producer-3") == by_content
        assert client.xlen(stream) == 3
        assert client.xcfgset(stream, idmp_duration=30, idmp_maxsize=50)
        info = client.xinfo_stream(stream)
        assert (info["idmp-duration"], info["idmp-maxsize"], info["iids-tracked"]) == (30, 50, 0), info
        assert resent(client, stream, idmp=("producer-1", b"request-1")) != first, "all were forgotten"


@each_way
def maxcount_and_maxsize_limit_a_read_of_many_streams(client):
    one, other = filled(client, "one"), filled(client, "other")

    def counts(reply):
        pairs = reply.items() if isinstance(reply, dict) else reply
        return {stream: len(entries({stream: found})) for stream, found in pairs}

    assert counts(client.xread({one: "0", other: "0"}, count=4, max_count=6)) == {one: 4, other: 2}
    assert counts(client.xread({one: "0", other: "0"}, max_count=5)) == {one: 5}
    assert counts(client.xread({one: "0", other: "0"}, max_size=1)) == {one: 1}, "one comes in any case"
    got = client.xreadgroup(GROUP, "w1", {one: ">", other: ">"}, max_count=7)
    assert counts(got) == {one: 5, other: 2}, got
    assert len(pending(client, other)) == 2, "what was left out is not pending"
    try:
        client.execute_command("XREAD", "COUNT", 5, "MAXCOUNT", 2, "STREAMS", one, "0")
        raise AssertionError("MAXCOUNT below COUNT was taken")
    except redis.ResponseError:
        pass
