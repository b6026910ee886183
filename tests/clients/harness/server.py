"""The broker under test as a process: started on free ports, ended politely or not, started again on
the same ports and data. Real redis-server and nats-server have the same face, so that a flow can be
checked against the server its client was written for."""

import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
from pathlib import Path

import wait

START_SECONDS = 20


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def accepts(address):
    host, port = address.rsplit(":", 1)
    try:
        socket.create_connection((host, int(port)), timeout=1).close()
        return True
    except OSError:
        return False


class Server:
    """One process with a directory of its own. Addresses ("127.0.0.1:PORT") are set by start() and stay
    the same over restarts. Use as a context manager: leaving it ends the process and the directory."""

    kind = ""

    def __init__(self):
        self.dir = Path(tempfile.mkdtemp(prefix="braid-flow-"))
        self.log = self.dir / "server.log"
        self.process = None
        self.kafka = self.redis = self.nats = self.http = None

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *unused):
        if self.alive():
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.dir, ignore_errors=True)

    def spawn(self, arguments):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                arguments, stdout=log, stderr=log, stdin=subprocess.DEVNULL, cwd=self.dir)

    def alive(self):
        return self.process is not None and self.process.poll() is None

    def start(self):
        raise NotImplementedError

    def await_ready(self, ready):
        def settled():
            if not self.alive():
                code = self.process.returncode
                raise AssertionError(f"the server ended at start (exit code {code})")
            return ready()

        wait.until(settled, START_SECONDS, "the server to be ready")

    def terminate(self):
        """SIGTERM; the server must drain and exit 0."""
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(timeout=20)
        assert code == 0 or self.kind == "real", f"SIGTERM ended the server with exit code {code}"

    def kill(self):
        """SIGKILL; no goodbye."""
        self.process.kill()
        self.process.wait()

    def restart(self, graceful=True):
        self.terminate() if graceful else self.kill()
        self.start()

    def log_tail(self, lines=15):
        if not self.log.exists():
            return ""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])


class Braid(Server):
    kind = "braid"

    def __init__(self, binary, arguments=()):
        super().__init__()
        self.binary = str(Path(binary).resolve())
        self.arguments = list(arguments)
        self.data = self.dir / "data"

    def start(self):
        ports_file = self.dir / "ports.json"
        ports_file.unlink(missing_ok=True)
        listeners = []
        for name in ("kafka", "redis", "nats", "http"):
            listeners += [f"--{name}", getattr(self, name) or "127.0.0.1:0"]
        data = [] if "--memory" in self.arguments else ["--data", str(self.data)]
        self.spawn([self.binary, "serve", *data, "--ports-file", str(ports_file), *listeners,
                    *self.arguments])
        self.await_ready(ports_file.exists)
        ports = json.loads(ports_file.read_text())
        assert ports["pid"] == self.process.pid, f"the ports file names process {ports['pid']}"
        for name in ("kafka", "redis", "nats", "http"):
            setattr(self, name, ports[name])


class NatsServer(Server):
    """Braid under the name nats-server, with a configuration file and a ports file, as test harnesses
    start the real one."""

    kind = "braid"

    def __init__(self, binary, config=""):
        super().__init__()
        self.binary = self.dir / "nats-server"
        self.binary.symlink_to(Path(binary).resolve())
        self.config = config
        self.websocket = None

    def start(self):
        port = self.nats.rsplit(":", 1)[1] if self.nats else "-1"
        (self.dir / "server.conf").write_text(f"listen: 127.0.0.1:{port}\n{self.config}")
        for old in self.dir.glob("*.ports"):
            old.unlink()
        self.spawn([str(self.binary), "-c", "server.conf", "-js", "-sd", "js", "-P", "nats.pid",
                    "--ports_file_dir", "."])
        ports = self.dir / f"nats-server_{self.process.pid}.ports"
        self.await_ready(ports.exists)
        said = json.loads(ports.read_text())
        self.nats = said["nats"][0].removeprefix("nats://")
        self.websocket = said.get("websocket", [""])[0].removeprefix("ws://") or None


class RealRedis(Server):
    kind = "real"

    def start(self):
        self.redis = self.redis or f"127.0.0.1:{free_port()}"
        binary = shutil.which("redis-server")
        assert binary, "redis-server is not installed (tools/install-deps test)"
        self.spawn([binary, "--port", self.redis.split(":")[1], "--bind", "127.0.0.1", "--dir",
                    str(self.dir), "--appendonly", "yes", "--appendfsync", "always", "--save", ""])
        self.await_ready(lambda: accepts(self.redis))


class RealNats(Server):
    kind = "real"

    def start(self):
        self.nats = self.nats or f"127.0.0.1:{free_port()}"
        binary = shutil.which("nats-server") or "/usr/sbin/nats-server"
        assert os.path.exists(binary), "nats-server is not installed (tools/install-deps test)"
        self.spawn([binary, "-a", "127.0.0.1", "-p", self.nats.split(":")[1], "-js", "-sd",
                    str(self.dir / "js")])
        self.await_ready(lambda: accepts(self.nats))


class External(Server):
    """A server that somebody else runs; it cannot be restarted."""

    kind = "external"

    def __init__(self, family, address):
        super().__init__()
        setattr(self, family, address)

    def alive(self):
        return True

    def start(self):
        pass

    def __exit__(self, *unused):
        shutil.rmtree(self.dir, ignore_errors=True)
