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
import os
import shutil
import struct
import subprocess
import sys
import time

import beside
from beside import ROOT

CLUSTER_ID = "MkU3OEVBNTcwNTJENDM2Qg"
KAFKA_VERSIONS = ("4.4.0", "4.3.1", "4.3.0")


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
        file.write(PROPERTIES.format(port=port, controller=beside.free_port(),
                                     directory=os.path.join(directory, "log")))
    subprocess.run(java + ["kafka.tools.StorageTool", "format", "--standalone", "-t", CLUSTER_ID,
                           "-c", properties], check=True, capture_output=True)
    return java + ["kafka.Kafka", properties]


# --- Servers ---

# Key, version 0, correlation id, client id.
API_VERSIONS = struct.pack(">ihhih", 15, 18, 0, 1, 5) + b"bench"


def server_of(name, directory, command_of):
    return beside.Server(name, os.path.join(directory, name), command_of, API_VERSIONS,
                         lambda answer: len(answer) > 8)


def bytes_of(server, topic):
    """On disk, of the files of a topic or, where they are not told apart, of all of them."""
    return sum(size for path, size in server.files()
               if server.name != "kafka" or
               os.path.basename(os.path.dirname(path)).startswith(topic + "-"))


# --- Workloads ---

class Bench(beside.Bench):
    topics = 0

    def load(self, server, tool, what, topic, options, cpus=None):
        return self.run_load(server, tool, [what, "--topic", topic], options, cpus)

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

    @staticmethod
    def await_deletion(server, name):
        """Kafka removes the files of a topic later: they are not to be in the next run's way."""
        for _ in range(200):
            if server.name != "kafka" or bytes_of(server, name) == 0:
                return
            if not any(directory.startswith(name + "-")
                       for directory in os.listdir(os.path.join(server.directory, "log"))):
                return
            time.sleep(0.05)

    def produced(self, server, tool, produce, partitions, messages):
        """One topic: filled, measured on disk, and read. {name of a figure: value}"""
        with self.topic(server, partitions) as topic:
            before = bytes_of(server, topic)
            self.warm("kafka_load", messages * (produce["bytes"] + 100) * 1.2)
            arguments = {"partitions": partitions, "messages": messages, **produce}
            wrote = self.load(server, tool, "produce", topic, arguments)
            figures = {"produce": wrote,
                       "disk": (bytes_of(server, topic) - before) / wrote["messages"]}
            if tool == "kafka_load":
                figures["consume"] = self.load(server, tool, "fetch", topic,
                                               {"partitions": partitions})
            else:
                figures["consume"] = self.load(server, tool, "consume", topic, arguments)
            return figures

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
            for part, what, part_aim, cpu_aim in (("produce", name, aim, cheaper),
                                                  ("consume", name + ": read", consume_aim, None)):
                self.add_load(what, {server: [result[part] for result in of]
                                     for server, of in results.items()}, part_aim, cpu_aim)
            self.add_figure(name + ": on disk", "B/message", results, "disk")

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
                with server.pinned(server_cpus), self.topic(server) as topic:
                    return self.load(server, "kafka_load", "latency", topic,
                                     {"rate": 5000, "seconds": seconds}, client_cpus)

            results = self.in_turn(run)
            for figure, aim in (("p50", None), ("p99", ("at most", 0.2)), ("max", None)):
                self.add_figure(f"{name}: {figure}", "us", results, figure + "_us", aim)
            self.add_figure(f"{name}: CPU", "s/million", results, "cpu_per_million")

    def run_group(self):
        if not self.wanted("group of one"):
            return
        results = self.in_turn(lambda server: self.load(server, "kafka_load", "group", "bench", {}))
        self.add_figure("group of one: first assignment after JoinGroup", "ms", results,
                        "assignment_ms", ("below", 50))

    def run_memory(self):
        if self.wanted("memory"):
            self.table.add("memory (RSS) after all loads", "MiB",
                           {server.name: [server.resident_mib()] for server in self.servers},
                           ("at most", 0.08))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    beside.add_arguments(parser)
    parser.add_argument("--no-kafka", action="store_true", help="Braid alone")
    options = beside.parse(parser)

    directory = beside.scratch("kafka")
    braid = os.path.join(options.build, "tools", "braid")
    servers = [server_of("braid", directory, lambda data, port: [
        braid, "serve", "--kafka", f"127.0.0.1:{port}", "--redis", "", "--nats", "", "--http", "",
        "--data", os.path.join(data, "data")])]
    title = "Braid"
    try:
        if not options.no_kafka:
            version, class_path = kafka_jars()
            title = f"Braid and Apache Kafka {version}, {options.rounds} rounds"
            servers.append(server_of(
                "kafka", directory, lambda data, port: kafka_command(class_path, data, port)))
        for server in servers:
            server.start()
        bench = Bench(options, servers, beside.Table(title, [server.name for server in servers]))
        bench.run_group()
        bench.run_throughput()
        bench.run_latency()
        bench.run_memory()
        bench.run_starts("first ApiVersions answer", ("at most", 0.02), ("at most", 0.08))
        bench.table.print()
    finally:
        for server in servers:
            server.stop()
        shutil.rmtree(directory, ignore_errors=True)


if __name__ == "__main__":
    main()
