"""Plain sockets, for what no client library would send."""

import socket
import time
from pathlib import Path


class Wire:
    """A connection to "HOST:PORT" with a deadline on everything."""

    def __init__(self, address, seconds=10):
        host, port = address.rsplit(":", 1)
        self.socket = socket.create_connection((host, int(port)), timeout=seconds)

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.socket.close()

    def send(self, data):
        """Sends what the other side is willing to take; True unless it has hung up."""
        try:
            self.socket.sendall(data)
            return True
        except OSError:
            return False

    def exactly(self, count):
        data = b""
        while len(data) < count:
            piece = self.socket.recv(count - len(data))
            if not piece:
                raise AssertionError(f"closed after {len(data)} of {count} bytes")
            data += piece
        return data

    def line(self):
        data = b""
        while not data.endswith(b"\r\n"):
            data += self.exactly(1)
        return data

    def rest(self, seconds):
        """Everything sent within `seconds` or until the other side closes: (bytes, closed)."""
        data = b""
        deadline = time.monotonic() + seconds
        while True:
            left = deadline - time.monotonic()
            if left <= 0:
                return data, False
            self.socket.settimeout(left)
            try:
                piece = self.socket.recv(65536)
            except TimeoutError:
                return data, False
            except OSError:
                return data, True
            if not piece:
                return data, True
            data += piece


def resident_mib(server):
    """Memory of the server process, 0 when it is not ours to ask."""
    if server.process is None:
        return 0
    for line in Path(f"/proc/{server.process.pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) // 1024


class Bystander:
    """A well-behaved client: `ask` is called on its one connection and must answer at once."""

    def __init__(self, address, ask):
        self.wire = Wire(address, seconds=5)
        self.ask = ask

    def is_served(self, after):
        started = time.monotonic()
        try:
            self.ask(self.wire)
        except (OSError, AssertionError) as error:
            raise AssertionError(f"another client was disturbed by {after!r}: {error}") from None
        took = time.monotonic() - started
        assert took < 2, f"another client waited {took:.1f} s after {after!r}"


def expect(address, bystander, sent, answer=None, closed=None, seconds=2.0):
    """Sends `sent` on a new connection. `answer`: how the reply starts, or contains when it is a set;
    `closed`: whether the server hangs up. In any case the bystander stays served."""
    with Wire(address) as wire:
        if callable(getattr(bystander, "greet", None)):
            bystander.greet(wire)
        wire.send(sent)
        got, hung_up = wire.rest(seconds if closed is not False else 0.3)
        label = sent[:40]
        if answer is not None:
            assert answer in got, f"{label!r} was answered {got[:200]!r}, not {answer!r}"
        if closed is not None:
            assert hung_up == closed, (
                f"after {label!r} the connection was {'closed' if hung_up else 'left open'} ({got[:80]!r})")
    bystander.is_served(label)
    return got


def throw_garbage(address, bystander, rng, seeds, rounds=150):
    """Random bytes, and valid frames with bytes changed or cut off. All that is asked for is that the
    others stay served."""
    for number in range(rounds):
        if number % 3 == 0:
            data = rng.randbytes(rng.randrange(1, 2000))
        else:
            data = bytearray(rng.choice(seeds))
            for _ in range(rng.randrange(1, 4)):
                data[rng.randrange(len(data))] = rng.randrange(256)
            data = bytes(data[:rng.randrange(1, len(data) + 1)])
        with Wire(address) as wire:
            wire.send(data)
            if rng.random() < 0.5:
                wire.rest(0.02)
        if number % 10 == 0:
            bystander.is_served(data[:60])
    bystander.is_served("all the garbage")
