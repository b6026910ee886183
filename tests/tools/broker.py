"""A `braid serve` under test: started on free ports, spoken to over raw sockets, stopped."""

import contextlib
import json
import os
import pathlib
import select
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.request

BINARY = os.environ.get("BRAID_BINARY", "build/release/tools/braid")
PATIENCE = 20.0  # seconds until a step counts as failed
FREE_PORTS = ["--kafka", "127.0.0.1:0", "--redis", "127.0.0.1:0", "--nats", "127.0.0.1:0",
              "--http", "127.0.0.1:0"]


class Scratch:
    """A directory of one test's own."""

    def __init__(self):
        self.path = pathlib.Path(tempfile.mkdtemp(prefix="braid-test-"))

    def remove(self):
        shutil.rmtree(self.path, ignore_errors=True)


def run(*arguments, timeout=PATIENCE):
    """Runs the command to its end: (exit status, stdout, stderr)."""
    done = subprocess.run([BINARY, *map(str, arguments)], capture_output=True, text=True,
                          stdin=subprocess.DEVNULL, timeout=timeout)
    return done.returncode, done.stdout, done.stderr


class Broker:
    """A running broker. `ports` is its ports file."""

    def __init__(self, scratch, *arguments, defaults=True):
        self.ports_file = scratch.path / f"ports-{time.monotonic_ns()}.json"
        command = [BINARY, "serve", "--ports-file", str(self.ports_file)]
        command += FREE_PORTS if defaults else []
        self.process = subprocess.Popen(command + list(map(str, arguments)), text=True,
                                        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE)
        self.output = self.errors = ""
        deadline = time.monotonic() + PATIENCE
        while not self.ports_file.exists():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                raise AssertionError(f"the broker did not start: {self.errors}")
            select.select([], [], [], 0.002)
        self.ports = json.loads(self.ports_file.read_text())

    def address(self, protocol):
        host, port = self.ports[protocol].rsplit(":", 1)
        return host, int(port)

    def connect(self, protocol):
        return socket.create_connection(self.address(protocol), timeout=PATIENCE)

    def redis(self, *words):
        """Sends one command on a connection of its own and returns the raw reply's first part."""
        with contextlib.closing(self.connect("redis")) as peer:
            peer.sendall(resp(*words))
            return peer.recv(65536)

    def get(self, path):
        with urllib.request.urlopen(f"http://{self.ports['http']}{path}", timeout=PATIENCE) as got:
            return got.read().decode()

    def stop(self, how=signal.SIGTERM):
        """Asks it to stop; returns its exit status."""
        self.process.send_signal(how)
        self.output, self.errors = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
        if not self.process.stdout.closed:
            self.output, self.errors = self.process.communicate()


def resp(*words):
    parts = [f"*{len(words)}\r\n".encode()]
    for word in words:
        word = word if isinstance(word, bytes) else str(word).encode()
        parts.append(b"$%d\r\n%s\r\n" % (len(word), word))
    return b"".join(parts)
