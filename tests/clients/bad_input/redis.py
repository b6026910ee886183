"""The Redis port and those who do not speak RESP."""

from case import case
from raw import Bystander, Wire, expect, resident_mib, throw_garbage


def ping(wire):
    wire.send(b"*1\r\n$4\r\nPING\r\n")
    assert wire.line() == b"+PONG\r\n"


def bulk(*words):
    parts = b"".join(b"$%d\r\n%s\r\n" % (len(word), word) for word in words)
    return b"*%d\r\n%s" % (len(words), parts)


@case("redis", "raw")
def protocol_errors_are_answered_and_closed(context):
    address = context.server.redis
    bystander = Bystander(address, ping)
    before = resident_mib(context.server)
    for sent, answer in {
        b"*2147483648\r\n": b"-ERR Protocol error: invalid multibulk length",
        b"*x\r\n": b"-ERR Protocol error: invalid multibulk length",
        b"*1\r\n$99999999999\r\n": b"-ERR Protocol error: invalid bulk length",
        b"*1\r\n$-2\r\n": b"-ERR Protocol error: invalid bulk length",
        b"*1\r\nPING\r\n": b"-ERR Protocol error: expected '$', got 'P'",
        b"x" * 100000: b"-ERR Protocol error: too big inline request",
        b"*1\r\n$" + b"1" * 100000: b"-ERR Protocol error: too big bulk count string",
        b"*" + b"1" * 100000: b"-ERR Protocol error: too big mbulk count string",
    }.items():
        expect(address, bystander, sent, answer, closed=True)
    assert resident_mib(context.server) - before < 64, "memory was taken for lengths nobody sent"


@case("redis", "raw")
def promised_bytes_are_not_paid_for_in_advance(context):
    address = context.server.redis
    bystander = Bystander(address, ping)
    before = resident_mib(context.server)
    held = []
    for _ in range(50):
        wire = Wire(address)
        wire.send(b"*1000000\r\n$500000000\r\nabc")
        held.append(wire)
    bystander.is_served("fifty promises of 500 MB")
    assert resident_mib(context.server) - before < 64
    for wire in held:
        wire.socket.close()
    bystander.is_served("fifty broken promises")


@case("redis", "raw")
def mistakes_leave_the_connection_usable(context):
    bystander = Bystander(context.server.redis, ping)
    with Wire(context.server.redis) as wire:
        for sent, answer in {
            bulk(b"NOSUCH", b"a", b"b"): b"-ERR unknown command 'NOSUCH'",
            bulk(b"XADD"): b"-ERR wrong number of arguments for 'xadd' command",
            bulk(b"XADD", b"s", b"not-an-id", b"a", b"b"): b"-ERR Invalid stream ID",
            bulk(b"XREADGROUP", b"GROUP", b"g", b"c", b"STREAMS", b"none", b">"): b"-NOGROUP",
            bulk(b"XGROUP", b"WHAT"): b"-ERR unknown subcommand",
            bulk(b"HELLO", b"9"): b"-NOPROTO",
            b"\r\n" + bulk(b"PING"): b"+PONG",
            b"PING\r\n": b"+PONG",
        }.items():
            wire.send(sent)
            got = wire.line()
            assert got.startswith(answer), (sent, got)
        ping(wire)
    bystander.is_served("mistakes")


@case("redis", "raw")
def garbage_disturbs_nobody(context):
    seeds = [bulk(b"XADD", b"junk", b"*", b"f", b"v"), bulk(b"XREADGROUP", b"GROUP", b"g", b"c",
             b"COUNT", b"10", b"STREAMS", b"junk", b">"), bulk(b"HELLO", b"3"),
             bulk(b"XRANGE", b"junk", b"-", b"+") * 5]
    throw_garbage(context.server.redis, Bystander(context.server.redis, ping), context.rng, seeds)
