#!/usr/bin/env python3
"""Braid beside Apache Kafka on the same machine: the same clients, in turn, medians, ratios and aims.

    bench/kafka_bench.py --build build/release [--rounds 3] [--only PATTERN] [--quick] [--no-kafka]

Needs java 17, Maven (it fetches Kafka's published jars once, into build/kafka) and both loads:
cmake --build build/release --target braid kafka_load kafka_client_load. BRAID_BENCH_DIR says where the
servers keep their data (default: build/bench/kafka): on the disk of interest, about 8 GiB free.

One Kafka node (KRaft, broker and controller in one process, -Xmx1g, default settings of its log and its
threads) and one Braid run at the same time; only one of them is loaded. Every run has a topic of its own,
deleted after it, and one unmeasured run at each server before the measured ones, so that the JVM has
compiled it. Before each run as much memory as it will fill is touched and given back, or the first touch
of what a guest had returned to its host would be measured. Neither server calls fsync before it
acknowledges: both acknowledge what the kernel has.

CPU is what the server's process used, user and system. Latencies are taken twice: with the server on CPU
0 and the client on CPU 1, and as the kernel places them.
"""

import argparse
import contextlib
import json
import os
import re
import shutil
import signal
import socket
import statistics
import struct
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PATIENCE = 60.0   # seconds until a step counts as failed
LOAD_TIMEOUT = 300
SETTLE = 2.0      # before memory is looked at
CLUSTER_ID = "MkU3OEVBNTcwNTJENDM2Qg"
KAFKA_VERSIONS = ("4.4.0", "4.3.1", "4.3.0")
TICKS = os.sysconf("SC_CLK_TCK")


# --- Apache Kafka ---

POM = """<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>braid.bench</groupId><artifactId>kafka</artifactId><version>1</version><dependencies>
<dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>{version}</version>
</dependency></dependencies></project>
"""

# As config/server.properties of Kafka has it, on ports of ours. Deleted topics go at once.
PROPERTIES = """process.roles=broker,controller
node.id=1
controller.quorum.bootstrap.servers=127.0.0.1:{controller}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
log.dirs={directory}
num.network.threads=3
num.io.threads=8
offsets.topic.replication.factor=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
log.segment.delete.delay.ms=1000
"""


def kafka_jars():
    """(version, class path) of the newest Kafka that Maven finds"""
    for version in KAFKA_VERSIONS:
        directory = os.path.join(ROOT, "build", "kafka", version)
        jars = os.path.join(directory, "jars")
        if not os.path.isdir(jars):
            os.makedirs(directory, exist_ok=True)
            with open(os.path.join(directory, "pom.xml"), "w") as pom:
                pom.write(POM.format(version=version))
            fetched = subprocess.run(
                ["mvn", "-q", "-B", "dependency:copy-dependencies", "-DincludeScope=runtime",
                 f"-DoutputDirectory={jars}"], cwd=directory, capture_output=True, text=True)
            if fetched.returncode != 0:
                shutil.rmtree(directory, ignore_errors=True)
                continue
        return version, os.path.join(jars, "*")
    sys.exit("no Kafka to be had from Maven")


def kafka_command(class_path, directory, port):
    java = ["java", "-Xmx1g", "-Xms1g", "-server", "-XX:+UseG1GC", "-XX:MaxGCPauseMillis=20",
            "-XX:InitiatingHeapOccupancyPercent=35", "-Djava.awt.headless=true", "-cp", class_path]
    properties = os.path.join(directory, "server.properties")
    with open(properties, "w") as file:
        file.write(PROPERTIES.format(port=port, controller=free_port(),
                                     directory=os.path.join(directory, "log")))
    subprocess.run(java + ["kafka.tools.StorageTool", "format", "--standalone", "-t", CLUSTER_ID,
                           "-c", properties], check=True, capture_output=True)
    return java + ["kafka.Kafka", properties]


# --- Servers ---

# Key, version 0, correlation id, client id.
API_VERSIONS = struct.pack(">ihhih", 15, 18, 0, 1, 5) + b"bench"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def await_answer(port, process):
    """Asks for ApiVersions until there is an answer."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            with socket.create_connection(("127.0.0.1", port), 1) as connection:
                connection.settimeout(PATIENCE)
                connection.sendall(API_VERSIONS)
                if len(connection.recv(4096)) > 8:
                    return
        except OSError:
            pass
        if process.poll() is not None or time.monotonic() > deadline:
            sys.exit("a server does not start")
        time.sleep(0.0005)


class Server:
    """A process, its data and what it has used."""

    def __init__(self, name, directory, command_of):
        self.name = name
        self.directory = directory
        self.port = free_port()
        os.makedirs(directory)
        self.command = command_of(directory, self.port)
        self.process = None

    def start(self):
        """Milliseconds from before the process is made until its first answer."""
        with open(os.path.join(self.directory, "output"), "w") as output:
            begun = time.monotonic()
            self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=output,
                                            stderr=subprocess.STDOUT)
        await_answer(self.port, self.process)
        return (time.monotonic() - begun) * 1000

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

    def bytes_of(self, topic):
        """On disk, of the files of a topic or, where they are not told apart, of all of them."""
        found = 0
        for directory, _, names in os.walk(self.directory):
            if self.name == "kafka" and not os.path.basename(directory).startswith(topic + "-"):
                continue
            for name in names:
                with contextlib.suppress(FileNotFoundError):
                    found += os.stat(os.path.join(directory, name)).st_blocks * 512
        return found

    def pin(self, cpus):
        subprocess.run(["taskset", "-a", "-p", "-c", cpus, str(self.process.pid)], check=True,
                       capture_output=True)


# --- Workloads ---

class Bench:
    def __init__(self, options, servers):
        self.options = options
        self.servers = servers
        self.rows = []
        self.topics = 0

    def load(self, server, tool, what, topic, arguments, cpus=None):
        """What the load says of itself, and what the server used meanwhile."""
        command = [os.path.join(self.options.build, "bench", tool), what, "--port",
                   str(server.port), "--topic", topic]
        for name, value in arguments.items():
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

    @contextlib.contextmanager
    def topic(self, server, partitions=1):
        self.topics += 1
        name = f"bench{self.topics}"
        self.load(server, "kafka_load", "create", name, {"partitions": partitions})
        try:
            yield name
        finally:
            self.load(server, "kafka_load", "delete", name, {})
            self.await_deletion(server, name)

    def warm(self, size):
        subprocess.run([os.path.join(self.options.build, "bench", "kafka_load"), "warm",
                        "--bytes", str(size)], check=True)

    @staticmethod
    def await_deletion(server, name):
        """Kafka removes the files of a topic later: they are not to be in the next run's way."""
        for _ in range(200):
            if server.name != "kafka" or server.bytes_of(name) == 0:
                return
            if not any(directory.startswith(name + "-")
                       for directory in os.listdir(os.path.join(server.directory, "log"))):
                return
            time.sleep(0.05)

    def produced(self, server, tool, produce, partitions, messages):
        """One topic: filled, measured on disk, and read. {name of a figure: value}"""
        with self.topic(server, partitions) as topic:
            before = server.bytes_of(topic)
            self.warm(int(messages * (produce["bytes"] + 100) * 1.2))
            arguments = {"partitions": partitions, "messages": messages, **produce}
            wrote = self.load(server, tool, "produce", topic, arguments)
            figures = {"produce": wrote,
                       "disk": (server.bytes_of(topic) - before) / wrote["messages"]}
            if tool == "kafka_load":
                figures["consume"] = self.load(server, tool, "fetch", topic,
                                               {"partitions": partitions})
            else:
                figures["consume"] = self.load(server, tool, "consume", topic, arguments)
            return figures

    def in_turn(self, run):
        """[per server: results of the rounds], one more run before them that does not count."""
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

    def add(self, what, unit, values, aim=None, note=""):
        """`values`: by server. `aim`: ("at least" or "at most", ratio to Kafka)."""
        medians = {name: statistics.median(of) for name, of in values.items()}
        ratio = None
        if "kafka" in medians and medians["kafka"] > 0:
            ratio = statistics.median(b / k for b, k in zip(values["braid"], values["kafka"]))
        self.rows.append((what, unit, medians, ratio, aim, note))
        print(row_text(self.rows[-1]), file=sys.stderr, flush=True)

    def add_load(self, what, results, part, aim, cpu_aim):
        clients = {name: statistics.median(result[part]["client_cpu"] for result in of)
                   for name, of in results.items()}
        note = "client " + "/".join(f"{cpu:.2f}" for cpu in clients.values())
        self.add(what, "messages/s",
                 {name: [result[part]["messages_per_s"] for result in of]
                  for name, of in results.items()}, aim, note)
        self.add(what + ": CPU", "s/million",
                 {name: [result[part]["cpu_per_million"] for result in of]
                  for name, of in results.items()}, cpu_aim)

    def run_throughput(self):
        scale = 0.01 if self.options.quick else self.options.scale
        faster, cheaper = ("at least", 4), ("at most", 0.25)
        workloads = []  # name, tool, produce options, partitions, messages, aims of produce, consume
        for size, messages in ((1024, 1_000_000), (100, 6_000_000)):
            for codec in ("none", "lz4"):
                for records in (64, 640):
                    for partitions in (1, 16):
                        workloads.append((
                            f"raw, {size} B, {codec}, batches of {records}, {partitions} part.",
                            "kafka_load", {"bytes": size, "codec": codec, "records": records,
                                           "in-flight": 5}, partitions, messages, faster,
                            ("at least", 1)))
        for size in (1024, 100):
            workloads.append((f"raw, {size} B, none, single records, 100 in flight", "kafka_load",
                              {"bytes": size, "records": 1, "in-flight": 100}, 1, 200_000,
                              ("at least", 10), None))
        for size, messages in ((1024, 1_000_000), (100, 4_000_000)):
            for codec in ("none", "lz4"):
                for partitions in (1, 16):
                    workloads.append((f"librdkafka, {size} B, {codec}, {partitions} part.",
                                      "kafka_client_load", {"bytes": size, "codec": codec},
                                      partitions, messages, ("at least", 1.3), ("at least", 1)))
        for name, tool, produce, partitions, messages, aim, consume_aim in workloads:
            if not self.wanted(name):
                continue
            if not os.path.exists(os.path.join(self.options.build, "bench", tool)):
                continue
            count = max(int(messages * scale), 2000)
            results = self.in_turn(
                lambda server: self.produced(server, tool, produce, partitions, count))
            self.add_load(name, results, "produce", aim, cheaper)
            self.add_load(name + ": read", results, "consume", consume_aim, None)
            self.add(name + ": on disk", "B/message",
                     {server: [result["disk"] for result in of] for server, of in results.items()})

    def run_latency(self):
        seconds = 0.5 if self.options.quick else 5
        placements = [("placed by the kernel", None, None)]
        if (os.cpu_count() or 1) > 1:
            placements.append(("server on CPU 0, client on CPU 1", "0", "1"))
        for name, server_cpus, client_cpus in placements:
            name = f"end to end at 5000/s, {name}"
            if not self.wanted(name):
                continue

            def run(server):
                if server_cpus is not None:
                    server.pin(server_cpus)
                try:
                    with self.topic(server) as topic:
                        return self.load(server, "kafka_load", "latency", topic,
                                         {"rate": 5000, "seconds": seconds}, client_cpus)
                finally:
                    if server_cpus is not None:
                        server.pin(f"0-{os.cpu_count() - 1}")

            results = self.in_turn(run)
            for figure, aim in (("p50", None), ("p99", ("at most", 0.2)), ("max", None)):
                self.add(f"{name}: {figure}", "us",
                         {server: [result[figure + "_us"] for result in of]
                          for server, of in results.items()}, aim)
            self.add(f"{name}: CPU", "s/million",
                     {server: [result["cpu_per_million"] for result in of]
                      for server, of in results.items()})

    def run_group(self):
        if not self.wanted("group of one"):
            return
        results = self.in_turn(lambda server: self.load(server, "kafka_load", "group", "bench", {}))
        self.add("group of one: first assignment after JoinGroup (aim: 50 ms)", "ms",
                 {server: [result["assignment_ms"] for result in of]
                  for server, of in results.items()})

    def run_starts(self):
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
        self.add("start to first ApiVersions answer", "ms", starts, ("at most", 0.02))
        self.add("memory (RSS), idle after the start", "MiB", idle, ("at most", 0.08))

    def run_memory(self):
        if self.wanted("memory"):
            self.add("memory (RSS) after all loads", "MiB",
                     {server.name: [server.resident_mib()] for server in self.servers},
                     ("at most", 0.08))


# --- The table ---

def number(value):
    if value >= 100_000:
        return f"{value / 1e6:.2f} M"
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"


def row_text(row):
    what, unit, medians, ratio, aim, note = row
    verdict = ""
    if aim is not None and ratio is not None:
        met = ratio >= aim[1] if aim[0] == "at least" else ratio <= aim[1]
        sign = ">=" if aim[0] == "at least" else "<="
        verdict = f"{sign} {aim[1]}: {'met' if met else '**missed**'}"
    cells = [what, number(medians["braid"]), number(medians["kafka"]) if "kafka" in medians else "-",
             unit, f"{ratio:.3g}" if ratio is not None else "-", verdict, note]
    return "| " + " | ".join(cells) + " |"


def print_table(rows, title):
    print(f"{title}\n")
    print("| | braid | kafka | unit | ratio | aim | client cores, braid/kafka |")
    print("|---|---|---|---|---|---|---|")
    for row in rows:
        print(row_text(row))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--build", default=os.path.join(ROOT, "build", "release"))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--scale", type=float, default=1.0, help="of the messages of a run")
    parser.add_argument("--only", default="", help="regular expression: workloads to run")
    parser.add_argument("--quick", action="store_true", help="seconds; the figures mean nothing")
    parser.add_argument("--no-kafka", action="store_true", help="Braid alone")
    options = parser.parse_args()
    options.build = os.path.abspath(options.build)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # not without stopping the servers

    directory = os.path.join(os.environ.get("BRAID_BENCH_DIR", os.path.join(ROOT, "build", "bench")),
                             f"kafka-{os.getpid()}")
    os.makedirs(directory)
    braid = os.path.join(options.build, "tools", "braid")
    servers = [Server("braid", os.path.join(directory, "braid"), lambda data, port: [
        braid, "serve", "--kafka", f"127.0.0.1:{port}", "--redis", "", "--nats", "", "--http", "",
        "--data", os.path.join(data, "data")])]
    title = "Braid"
    try:
        if not options.no_kafka:
            version, class_path = kafka_jars()
            title = f"Braid and Apache Kafka {version}, {options.rounds} rounds"
            servers.append(Server("kafka", os.path.join(directory, "kafka"),
                                  lambda data, port: kafka_command(class_path, data, port)))
        for server in servers:
            server.start()
        bench = Bench(options, servers)
        bench.run_group()
        bench.run_throughput()
        bench.run_latency()
        bench.run_memory()
        bench.run_starts()
        print_table(bench.rows, title)
    finally:
        for server in servers:
            server.stop()
        shutil.rmtree(directory, ignore_errors=True)


if __name__ == "__main__":
    main()
