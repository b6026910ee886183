"""The HTTP port and those who do not speak it."""

import urllib.error
import urllib.request

from case import case
from raw import Bystander, expect, resident_mib, throw_garbage

GET = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"


def ask(wire):
    wire.send(GET)
    assert wire.line().startswith(b"HTTP/1.1 200")
    length = 0
    while (line := wire.line()) != b"\r\n":
        if line.lower().startswith(b"content-length:"):
            length = int(line.split(b":")[1])
    wire.exactly(length)


@case("broker", "raw")
def requests_that_are_none_are_refused(context):
    address = context.server.http
    bystander = Bystander(address, ask)
    before = resident_mib(context.server)
    for sent in (b"GARBAGE\r\n\r\n", b"\x00\xff\x00\xff\r\n\r\n", b"GET /\r\n\r\n",
                 b"GET / HTTP/1.1\r\nX: " + b"x" * 1000000 + b"\r\n\r\n",
                 b"POST /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n",
                 b"*1\r\n$4\r\nPING\r\n"):
        expect(address, bystander, sent)
    assert resident_mib(context.server) - before < 64
    for path, status in {"/no-such-page": 404, "/healthz": 200, "/metrics": 200}.items():
        try:
            code = urllib.request.urlopen(f"http://{address}{path}", timeout=10).status
        except urllib.error.HTTPError as error:
            code = error.code
        assert code == status, (path, code)


@case("broker", "raw")
def http_garbage_disturbs_nobody(context):
    throw_garbage(context.server.http, Bystander(context.server.http, ask), context.rng, [GET, GET * 3])
