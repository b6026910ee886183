"""What the benches beside real servers share: servers as processes, runs in turn, a table of medians.

Every server of a bench runs at the same time; only one of them is loaded. The first is Braid, the second
the one that the aims are about.
"""

import contextlib
import json
import os
import re
import signal
import socket
import statistics
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PATIENCE = 60.0   # seconds until a step counts as failed
LOAD_TIMEOUT = 300
SETTLE = 2.0      # before memory is looked at
TICKS = os.sysconf("SC_CLK_TCK")


def scratch(name):
    """A directory of this run's own, where the servers keep their data."""
    parent = os.environ.get("BRAID_BENCH_DIR", os.path.join(ROOT, "build", "bench"))
    directory = os.path.join(parent, f"{name}-{os.getpid()}")
    os.makedirs(directory)
    return directory


# --- Servers ---

def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """A process, its data and what it has used. `command_of`: its arguments, by directory and port.
    `question`: bytes that it answers when it is ready; `is_answer` tells whether what it says is one."""

    def __init__(self, name, directory, command_of, question, is_answer):
        self.name = name
        self.directory = directory
        self.port = free_port()
        os.makedirs(directory)
        self.command = command_of(directory, self.port)
        self.question = question
        self.is_answer = is_answer
        self.process = None

    def start(self):
        """Milliseconds from before the process is made until its first answer."""
        with open(os.path.join(self.directory, "output"), "w") as output:
            begun = time.monotonic()
            self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=output,
                                            stderr=subprocess.STDOUT)
        while not self.answers():
            if self.process.poll() is not None or time.monotonic() > begun + PATIENCE:
                sys.exit(f"{self.name} does not start")
            time.sleep(0.0005)
        return (time.monotonic() - begun) * 1000

    def answers(self):
        try:
            with socket.create_connection(("127.0.0.1", self.port), 1) as connection:
                connection.settimeout(PATIENCE)
                connection.sendall(self.question)
                return self.is_answer(connection.recv(4096))
        except OSError:
            return False

    def stop(self):
        if self.process is not None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
            self.process = None

    def cpu_seconds(self):
        with open(f"/proc/{self.process.pid}/stat") as stat:
            fields = stat.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def resident_mib(self):
        with open(f"/proc/{self.process.pid}/status") as status:
            return next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmRSS"))

    def files(self):
        """(path, bytes on disk) of each."""
        for directory, _, names in os.walk(self.directory):
            for name in names:
                path = os.path.join(directory, name)
                with contextlib.suppress(FileNotFoundError):
                    yield path, os.stat(path).st_blocks * 512

    @contextlib.contextmanager
    def pinned(self, cpus):
        """On these CPUs for a while; None: where the kernel places it."""
        if cpus is None:
            yield
            return
        self.pin(cpus)
        try:
            yield
        finally:
            self.pin(f"0-{os.cpu_count() - 1}")

    def pin(self, cpus):
        subprocess.run(["taskset", "-a", "-p", "-c", cpus, str(self.process.pid)], check=True,
                       capture_output=True)


# --- Workloads ---

class Bench:
    """`options`: build, rounds, scale, only, quick (see parser()). `table` is filled by the runs."""

    def __init__(self, options, servers, table):
        self.options = options
        self.servers = servers
        self.table = table

    def run_load(self, server, tool, arguments, options, cpus=None):
        """What the load says of itself, and what the server used meanwhile."""
        command = [os.path.join(self.options.build, "bench", tool)] + arguments
        command += ["--port", str(server.port)]
        for name, value in options.items():
            command += [f"--{name}", str(value)]
        if cpus is not None:
            command = ["taskset", "-c", cpus] + command
        before = server.cpu_seconds()
        ran = subprocess.run(command, capture_output=True, text=True, timeout=LOAD_TIMEOUT)
        if ran.returncode != 0:
            sys.exit(f"{server.name}: {' '.join(command)}: {ran.stderr}")
        if not ran.stdout:
            return {}
        result = json.loads(ran.stdout)
        if "messages" in result:
            # Below one tick nothing is known.
            used = max(server.cpu_seconds() - before, 1 / TICKS)
            result["cpu_per_million"] = used / result["messages"] * 1e6
        return result

    def warm(self, tool, size):
        """Touches memory that a run will fill and gives it back: memory that a guest had returned to its
        host is slow at its first touch."""
        subprocess.run([os.path.join(self.options.build, "bench", tool), "warm", "--bytes",
                        str(int(size))], check=True)

    def in_turn(self, run):
        """{server: results of the rounds}, one more run before them that does not count."""
        results = {server.name: [] for server in self.servers}
        for round_number in range(-1, self.options.rounds):
            for server in self.servers:
                result = run(server)
                if round_number >= 0 or self.options.quick:
                    results[server.name].append(result)
            if self.options.quick:
                break
        return results

    def wanted(self, name):
        return re.search(self.options.only, name) is not None

    def add_figure(self, what, unit, results, figure, aim=None, note=""):
        self.table.add(what, unit, {name: [result[figure] for result in of]
                                    for name, of in results.items()}, aim, note)

    def add_load(self, what, results, aim, cpu_aim=None):
        """Messages a second, and CPU for a million."""
        clients = [statistics.median(result["client_cpu"] for result in of)
                   for of in results.values()]
        self.add_figure(what, "messages/s", results, "messages_per_s", aim,
                        "client " + "/".join(f"{cpu:.2f}" for cpu in clients))
        self.add_figure(what + ": CPU", "s/million", results, "cpu_per_million", cpu_aim)

    def run_starts(self, what, aim=None, memory_aim=None):
        """Last: servers are started anew, on the data that they have."""
        if not self.wanted("start"):
            return
        for server in self.servers:
            server.stop()
        starts = {server.name: [] for server in self.servers}
        idle = {server.name: [] for server in self.servers}
        for _ in range(1 if self.options.quick else max(self.options.rounds, 3)):
            for server in self.servers:
                starts[server.name].append(server.start())
                time.sleep(0 if self.options.quick else SETTLE)
                idle[server.name].append(server.resident_mib())
                server.stop()
        self.table.add(f"start to {what}", "ms", starts, aim)
        self.table.add("memory (RSS), idle after the start", "MiB", idle, memory_aim)


# --- The table ---

def number(value):
    if value >= 100_000:
        return f"{value / 1e6:.2f} M"
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"


class Table:
    """Rows of medians: one column a server, then what the first is of the second."""

    def __init__(self, title, servers):
        self.title = title
        self.servers = servers
        self.rows = []

    def add(self, what, unit, values, aim=None, note=""):
        """`values`: by server. `aim`: ("at least" or "at most", ratio to the second server), or
        ("below", value of the first)."""
        ours = values[self.servers[0]]
        theirs = values.get(self.servers[1]) if len(self.servers) > 1 else None
        ratio = None
        if theirs and statistics.median(theirs) > 0:
            ratio = statistics.median(a / b for a, b in zip(ours, theirs))
        cells = [what]
        for server in self.servers:
            cells.append(number(statistics.median(values[server])) if values.get(server) else "-")
        cells += [unit, f"{ratio:.3g}" if ratio is not None else "-",
                  self.verdict(aim, ratio, statistics.median(ours)), note]
        self.rows.append("| " + " | ".join(cells) + " |")
        print(self.rows[-1], file=sys.stderr, flush=True)

    @staticmethod
    def verdict(aim, ratio, value):
        if aim is None:
            return ""
        measured = value if aim[0] == "below" else ratio
        if measured is None:
            return ""
        met = measured >= aim[1] if aim[0] == "at least" else measured <= aim[1]
        sign = {"at least": ">=", "at most": "<=", "below": "value <="}[aim[0]]
        return f"{sign} {aim[1]}: {'met' if met else '**missed**'}"

    def print(self):
        print(f"{self.title}\n")
        print("| | " + " | ".join(self.servers) +
              " | unit | ratio | aim | client cores, " + "/".join(self.servers) + " |")
        print("|---" * (len(self.servers) + 5) + "|")
        for row in self.rows:
            print(row)


def add_arguments(parser):
    parser.add_argument("--build", default=os.path.join(ROOT, "build", "release"))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--scale", type=float, default=1.0, help="of the messages of a run")
    parser.add_argument("--only", default="", help="regular expression: workloads to run")
    parser.add_argument("--quick", action="store_true", help="seconds; the figures mean nothing")


def parse(parser):
    options = parser.parse_args()
    options.build = os.path.abspath(options.build)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # not without stopping the servers
    return options
