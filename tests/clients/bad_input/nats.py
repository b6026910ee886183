"""The NATS port and those who do not speak its lines."""

from case import case
from raw import Bystander, Wire, resident_mib, throw_garbage

CONNECT = b'CONNECT {"verbose":false,"pedantic":false,"headers":true,"protocol":1}\r\n'


def ping(wire):
    wire.send(b"PING\r\n")
    while True:
        line = wire.line()
        if line == b"PONG\r\n":
            return
        assert line.startswith((b"INFO ", b"PING")), line


def connected(address):
    wire = Wire(address)
    wire.line()  # INFO
    wire.send(CONNECT)
    ping(wire)
    ping(wire)  # past the second INFO that follows the first PONG
    return wire


def bystander_of(address):
    bystander = Bystander(address, ping)
    bystander.wire.line()
    bystander.wire.send(CONNECT)
    bystander.is_served("CONNECT")
    return bystander


@case("nats", "raw")
def protocol_errors_are_answered_and_closed(context):
    address = context.server.nats
    bystander = bystander_of(address)
    before = resident_mib(context.server)
    for sent, answer in {
        b"GARBAGE\r\n": b"-ERR 'Unknown Protocol Operation'",
        b"\x00\x01\x02\r\n": b"-ERR 'Unknown Protocol Operation'",
        b"PUB a 2000000\r\n" + b"x" * 100000: b"-ERR 'Maximum Payload Violation'",
        b"PUB a 2147483647\r\n": None,
        b"SUB " + b"a" * 5000 + b" 1\r\n": b"-ERR 'Maximum Control Line Exceeded'".lower(),
        b"PUB a b c d\r\n": None,
        b"PUB a -1\r\n": None,
        b"PUB a 99999999999999999999\r\n": None,
        b"HPUB a 10 5\r\n0123456789\r\n": None,
        b"SUB\r\n": None,
        b"CONNECT {not json}\r\n": None,
    }.items():
        with connected(address) as wire:
            wire.send(sent)
            got, closed = wire.rest(3)
            assert closed, f"{sent[:40]!r} left the connection open ({got[:80]!r})"
            if answer:
                assert answer.lower()[:24] in got.lower(), f"{sent[:40]!r} was answered {got[:200]!r}"
        bystander.is_served(sent[:40])
    assert resident_mib(context.server) - before < 64, "memory was taken for lengths nobody sent"


@case("nats", "raw")
def wrong_subjects_leave_the_connection_usable(context):
    bystander = bystander_of(context.server.nats)
    with connected(context.server.nats) as wire:
        for subject in (b"a..b", b".a", b"a.", b"a.>.b"):
            wire.send(b"SUB %s 1\r\n" % subject)
            assert wire.line().startswith(b"-ERR 'Invalid Subject'"), subject
            ping(wire)
    bystander.is_served("wrong subjects")


@case("nats", "raw")
def jetstream_requests_that_are_no_json_get_an_error(context):
    with connected(context.server.nats) as wire:
        wire.send(b"SUB inbox 1\r\n")
        for number, body in enumerate((b"{", b"[]", b"\xff\xfe", b'{"name":"X","subjects":"text"}')):
            wire.send(b"PUB $JS.API.STREAM.CREATE.X inbox %d\r\n%s\r\n" % (len(body), body))
            head = wire.line()
            while not head.startswith(b"MSG inbox 1 "):
                head = wire.line()
            answer = wire.exactly(int(head.split()[-1]) + 2)
            assert b'"error"' in answer and b"err_code" in answer, (number, answer)
        ping(wire)


@case("nats", "raw")
def garbage_disturbs_nobody(context):
    seeds = [CONNECT + b"PUB a.b 5\r\nhello\r\n", CONNECT + b"SUB a.* q 1\r\nPING\r\n",
             CONNECT + b"HPUB a 22 27\r\nNATS/1.0\r\nA: b\r\n\r\nhello\r\n",
             CONNECT + b"SUB i 1\r\nPUB $JS.API.STREAM.INFO.X i 2\r\n{}\r\n"]
    throw_garbage(context.server.nats, bystander_of(context.server.nats), context.rng, seeds)
