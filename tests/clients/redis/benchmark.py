"""redis-benchmark against the server: what it asks first, and those of its tests whose commands the server
knows. Few requests: what counts is that all are answered as redis-benchmark wants them."""

import csv
import io

from case import NotRun, case
from crowd import CROWD, crowd_server

# Its tests by the name -t takes -> (the command sent, what its report calls it).
DEFAULTS = {
    "ping_inline": ("PING", "PING_INLINE"), "ping_mbulk": ("PING", "PING_MBULK"),
    "set": ("SET", "SET"), "get": ("GET", "GET"), "incr": ("INCR", "INCR"),
    "lpush": ("LPUSH", "LPUSH"), "rpush": ("RPUSH", "RPUSH"), "lpop": ("LPOP", "LPOP"),
    "rpop": ("RPOP", "RPOP"), "sadd": ("SADD", "SADD"), "hset": ("HSET", "HSET"),
    "spop": ("SPOP", "SPOP"), "zadd": ("ZADD", "ZADD"), "zpopmin": ("ZPOPMIN", "ZPOPMIN"),
    "lrange_100": ("LRANGE", "LRANGE_100 (first 100 elements)"), "mset": ("MSET", "MSET (10 keys)"),
    "xadd": ("XADD", "XADD"),
}
REQUESTS = 8000  # a multiple of the pipelines below


def command(server, *options):
    host, port = server.redis.split(":")
    return ["redis-benchmark", "-h", host, "-p", port, "--csv", *options]


def benchmark(context, server, *options):
    """{test: requests a second}; complaints of any kind fail."""
    said = context.program(command(server, *options), seconds=100, check=False)
    assert said.returncode == 0, said.stdout + said.stderr
    assert "WARN" not in said.stderr and "rror" not in said.stderr, said.stderr
    found = {row["test"]: float(row["rps"]) for row in csv.DictReader(io.StringIO(said.stdout))}
    assert found and all(rate > 0 for rate in found.values()), said.stdout
    return found


def words(context, server, *words):
    host, port = server.redis.split(":")
    return context.program(["redis-cli", "-h", host, "-p", port, *words]).strip()


XADD = ("XADD", "mystream", "*", "myfield", "xxx")  # what its test of that name sends, given by hand


def added(context, server):
    assert words(context, server, "KEYS", "*") == "mystream"
    return int(words(context, server, "XLEN", "mystream"))


@case("redis", "redis-benchmark", seconds=110)
def xadd_leaves_an_entry_for_each_request(context):
    """Alone and in pipelines of 16, in RESP2 and RESP3."""
    with context.own_server() as server:
        ways = [("-P", pipeline, *flags) for pipeline in ("1", "16") for flags in ((), ("-3",))]
        for done, way in enumerate(ways, 1):
            benchmark(context, server, *way, "-n", str(REQUESTS), *XADD)
            assert added(context, server) == done * REQUESTS


@case("redis", "redis-benchmark", seconds=110)
def test_named_xadd_leaves_an_entry_for_each_request(context):
    if not has_test(context, "xadd"):
        raise NotRun(f"redis-benchmark {context.client} has no test named xadd")
    with context.own_server() as server:
        assert list(benchmark(context, server, "-t", "xadd", "-n", str(REQUESTS))) == ["XADD"]
        assert added(context, server) == REQUESTS


def has_test(context, name):
    """Older releases lack some; they say nothing about a name they do not know."""
    said = context.program(command(context.server, "-t", name, "-n", "1"), check=False)
    return len(said.stdout.splitlines()) > 1


@case("redis", "redis-benchmark", seconds=110)
def default_tests_of_known_commands_run(context):
    """A command that the server does not know is no part of the run; the line printed says which."""
    with context.own_server() as server:
        known = [test for test, (name, _) in DEFAULTS.items()
                 if words(context, server, "COMMAND", "INFO", name)]
        assert {"ping_inline", "ping_mbulk", "xadd"} <= set(known)
        found = benchmark(context, server, "-t", ",".join(known), "-n", str(REQUESTS))
        missing = [DEFAULTS[test][1] for test in known if DEFAULTS[test][1] not in found]
        assert missing in ([], ["XADD"]), f"{missing} not in {list(found)}"  # old ones have no XADD
        print("     ran " + ", ".join(found) + "; unknown to the server: "
              + (", ".join(test for test in DEFAULTS if test not in known) or "none"))


@case("redis", "redis-benchmark", seconds=110)
def a_thousand_connections_xadd_at_once(context):
    with crowd_server(context) as server:
        benchmark(context, server, "-c", str(CROWD), "-n", str(REQUESTS), *XADD)
        assert added(context, server) == REQUESTS
