#!/usr/bin/env python3
"""Braid beside redis-server on the same machine: the same client, in turn, medians, ratios and aims.

    bench/redis_bench.py --build build/release [--rounds 3] [--only PATTERN] [--quick] [--no-redis]
                         [--peer NAME=COMMAND]...

Needs redis-server (tools/install-deps bench) and the load: cmake --build build/release --target braid
redis_load. BRAID_BENCH_DIR says where the servers keep their data (default: build/bench): on the disk of
interest, about 4 GiB free. Newer servers of the same kind are put beside, too: redis-server-8 and
valkey-server where the PATH has them, and any other by --peer.

First table: Braid with a data directory and its default durability (what is acknowledged, the kernel
has), and redis-server with its memory alone, with an append-only file synced every second, and the other
servers with their memory alone. Second table: Braid with --durability sync, and redis-server with
appendfsync always: both acknowledge what is on the disk. All of a table's servers run at the same time;
only one of them is loaded. Every run has a stream of its own, deleted after it.

CPU is what the server's process used, user and system. Latencies are taken twice: with the server on CPU
0 and the client on CPU 1, and as the kernel places them.
"""

import argparse
import contextlib
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import time

import beside

FASTER = ("at least", 1.5)
NO_SAVING = ["--save", "", "--daemonize", "no", "--bind", "127.0.0.1"]
SEALING = 60.0  # seconds that upkeep may take to seal what was written


# --- Servers ---

def server_of(name, directory, command_of):
    return beside.Server(name, os.path.join(directory, name.replace(" ", "-")), command_of, b"PING\r\n",
                         lambda answer: answer.startswith(b"+PONG"))


def braid_of(name, directory, build, *options):
    braid = os.path.join(build, "tools", "braid")
    return server_of(name, directory, lambda data, port: [
        braid, "serve", "--redis", f"127.0.0.1:{port}", "--kafka", "", "--nats", "", "--http", "",
        "--data", os.path.join(data, "data"), *options])


def redis_of(name, directory, command, *options):
    return server_of(name, directory, lambda data, port: [
        *command.split(), "--port", str(port), "--dir", data, *NO_SAVING, *options])


def peers(named):
    """{name: command} of the other servers that are there."""
    found = {command: command for command in ("redis-server-8", "valkey-server")
             if shutil.which(command)}
    found.update(peer.split("=", 1) for peer in named)
    return found


def call(server, *words):
    """One request; the first line of its reply."""
    request = f"*{len(words)}\r\n" + "".join(f"${len(word)}\r\n{word}\r\n" for word in words)
    with socket.create_connection(("127.0.0.1", server.port), beside.PATIENCE) as connection:
        connection.settimeout(beside.PATIENCE)
        connection.sendall(request.encode())
        answer = connection.recv(4096)
    if not answer or answer.startswith(b"-"):
        sys.exit(f"{server.name} answers {words[0]} with {answer}")
    return answer.split(b"\r\n", 1)[0].decode()


# --- Workloads ---

class Bench(beside.Bench):
    keys = 0

    def load(self, server, what, key, options, cpus=None):
        return self.run_load(server, "redis_load", [what, "--key", key], options, cpus)

    def count(self, messages):
        return max(int(messages * (0.01 if self.options.quick else self.options.scale)), 1000)

    @contextlib.contextmanager
    def key(self, server):
        self.keys += 1
        key = f"bench{self.keys}"
        try:
            yield key
        finally:
            call(server, "DEL", key)

    def added(self, server, options, cpus=None):
        self.warm("redis_load", options["messages"] * (options["bytes"] + 100) * 1.2)
        with self.key(server) as key:
            return self.load(server, "add", key, options, cpus)

    def run_adds(self, workloads):
        """`workloads`: (bytes, pipeline, connections, messages, aim)."""
        for size, pipeline, connections, messages, aim in workloads:
            name = f"XADD {size} B, pipeline {pipeline}, {connections} conn."
            if not self.wanted(name):
                continue
            options = {"bytes": size, "pipeline": pipeline, "connections": connections,
                       "messages": self.count(messages)}
            results = self.in_turn(lambda server: self.added(server, options))
            self.add_load(name, results, aim)
            for figure in ("p50", "p99") if pipeline == 1 else ():
                tail_aim = ("at most", 1.1) if (figure, connections) == ("p99", 1) else None
                self.add_figure(f"{name}: {figure}", "us", results, figure + "_us", tail_aim)

    def run_groups(self):
        for size, count, connections, messages, aim in (
                (100, 100, 1, 500_000, FASTER), (1024, 100, 1, 300_000, FASTER),
                (1024, 100, 8, 300_000, FASTER), (1024, 1, 1, 50_000, None),
                (1024, 1, 8, 100_000, None)):
            name = f"XREADGROUP COUNT {count} + XACK, {size} B, {connections} consumers"
            if not self.wanted(name):
                continue
            messages = self.count(messages)

            def run(server):
                with self.key(server) as key:
                    self.load(server, "add", key, {"bytes": size, "pipeline": 100,
                                                   "messages": messages})
                    return self.load(server, "group", key, {"bytes": size, "count": count,
                                                            "connections": connections})

            self.add_load(name, self.in_turn(run), aim)

    def run_wakes(self):
        seconds = 0.5 if self.options.quick else 5
        placements = [("placed by the kernel", None, None)]
        if (os.cpu_count() or 1) > 1:
            placements.append(("server on CPU 0, client on CPU 1", "0", "1"))
        for name, server_cpus, client_cpus in placements:
            name = f"waiting XREADGROUP, end to end at 5000/s, {name}"
            if not self.wanted(name):
                continue

            def run(server):
                with server.pinned(server_cpus), self.key(server) as key:
                    return self.load(server, "wake", key, {"rate": 5000, "seconds": seconds},
                                     client_cpus)

            results = self.in_turn(run)
            for figure in ("p50", "p99", "max"):
                self.add_figure(f"{name}: {figure}", "us", results, figure + "_us")
            self.add_figure(f"{name}: CPU", "s/million", results, "cpu_per_million")

    def growth(self, server, key, what, options):
        """Bytes of memory that each message of a load leaves behind."""
        time.sleep(0 if self.options.quick else beside.SETTLE)
        before = server.resident_mib()
        messages = self.load(server, what, key, options)["messages"]
        time.sleep(0 if self.options.quick else beside.SETTLE)
        return (server.resident_mib() - before) * (1 << 20) / messages

    def run_memory(self):
        """Once each: what has grown does not shrink again."""
        if not self.wanted("memory"):
            return
        kept, pending = {}, {}
        entries = {"pipeline": 100, "connections": 50, "messages": self.count(300_000), "bytes": 1024}
        small = {"pipeline": 100, "messages": self.count(1_000_000), "bytes": 100}
        for server in self.servers:
            self.warm("redis_load", entries["messages"] * 1200)
            with self.key(server) as key:
                kept[server.name] = [self.growth(server, key, "add", entries)]
            with self.key(server) as key:
                self.load(server, "add", key, small)
                pending[server.name] = [self.growth(server, key, "pend", {"count": 100})]
        self.table.add("memory (RSS) of a 1 KiB entry", "B", kept, ("at most", 0.1))
        self.table.add(f"memory (RSS) of a pending entry, of {small['messages']}", "B", pending,
                       ("below", 64))


# --- Bytes on disk ---

def append_only_bytes(server):
    return sum(size for path, size in server.files() if "appendonlydir" in path)


def sealed(server, pause):
    """(bytes, entries) of what upkeep has sealed, when it has nothing left to do. The tail, which is still
    appended to, does not count, but for a stream that is too short to have any other part."""
    settled = None
    end = time.monotonic() + SEALING
    while time.monotonic() < end:
        files = [(path, size) for path, size in server.files() if f"{os.sep}streams{os.sep}" in path]
        if files == settled:
            break
        settled = files
        time.sleep(pause)
    tail = max((path for path, _ in files if re.search(r"/\d{20}\.log$", path)), default="")
    entries = int(os.path.basename(tail)[:20] or 0)
    return sum(size for path, size in files if path != tail), entries


def measure_disk(options, directory, redis):
    """Rows about files alone: of servers of their own, so that nothing else is in them."""
    if not re.search(options.only, "bytes on disk"):
        return None
    count = {"bytes": 1024, "pipeline": 100, "messages": 5000 if options.quick else 500_000}
    segments = ["--segment-bytes", "1M"] if options.quick else []  # that few messages fill
    braids = [braid_of("braid", directory, options.build, *segments),
              braid_of("braid zstd", directory, options.build, "--seal-codec", "zstd", *segments)]
    files = [redis_of("append-only file", directory, redis, "--appendonly", "yes",
                      "--auto-aof-rewrite-percentage", "0")] if redis else []
    table = beside.Table("Bytes on disk of a 1 KiB JSON entry, Braid's once sealed",
                         [server.name for server in braids[:1] + files + braids[1:]])
    bench = Bench(options, braids + files, table)
    found = {}
    try:
        for server in bench.servers:
            server.start()
            bench.load(server, "add", "bench", count)
        for server in braids:
            size, entries = sealed(server, 0.1 if options.quick else 2)
            found[server.name] = [size / entries] if entries else []
        for server in files:
            found[server.name] = [append_only_bytes(server) / count["messages"]]
            zstd = {"append-only file": found[server.name], "braid": found["braid zstd"]}
            if found["braid"]:
                table.add("as appended", "B", found, ("at most", 0.42))
                table.add("as appended, Braid sealing with zstd", "B", zstd, ("at most", 0.27))
            call(server, "BGREWRITEAOF")
            time.sleep(1)
            deadline = time.monotonic() + beside.PATIENCE
            while rewriting(server) and time.monotonic() < deadline:
                time.sleep(0.2)
            found[server.name] = [append_only_bytes(server) / count["messages"]]
            if found["braid"]:
                table.add("after BGREWRITEAOF", "B", found)
        if found["braid"] and not files:
            table.add("as appended", "B", found)
        return table
    finally:
        for server in bench.servers:
            server.stop()


def rewriting(server):
    with socket.create_connection(("127.0.0.1", server.port), beside.PATIENCE) as connection:
        connection.sendall(b"INFO persistence\r\n")
        return b"aof_rewrite_in_progress:1" in connection.recv(65536)


# --- The tables ---

@contextlib.contextmanager
def running(options, title, servers):
    bench = Bench(options, servers, beside.Table(title, [server.name for server in servers]))
    try:
        for server in servers:
            server.start()
        yield bench
    finally:
        for server in servers:
            server.stop()


def measure_default(options, title, servers):
    adds = []
    for size, scale in ((100, 1), (1024, 0.5)):
        adds += [(size, 1, 1, 60_000, ("at least", 0.9)), (size, 16, 1, 600_000 * scale, None),
                 (size, 100, 1, 1_000_000 * scale, None), (size, 1, 50, 300_000, None),
                 (size, 16, 50, 1_000_000 * scale, FASTER), (size, 100, 50, 2_000_000 * scale, FASTER)]
    with running(options, title, servers) as bench:
        bench.run_memory()
        bench.run_adds(adds)
        bench.run_groups()
        bench.run_wakes()
        bench.run_starts("first PING answer")
        return bench.table


def measure_sync(options, title, servers):
    twice = ("at least", 2)
    with running(options, title, servers) as bench:
        bench.run_adds([(1024, 1, 1, 1_000, None), (1024, 1, 50, 20_000, twice),
                        (1024, 16, 50, 200_000, twice), (1024, 100, 50, 400_000, twice),
                        (100, 16, 50, 400_000, twice), (100, 100, 50, 1_000_000, twice)])
        return bench.table


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    beside.add_arguments(parser)
    parser.add_argument("--no-redis", action="store_true", help="Braid alone")
    parser.add_argument("--redis", default="redis-server", help="command of the server to be beside")
    parser.add_argument("--peer", action="append", default=[], metavar="NAME=COMMAND",
                        help="another server that takes redis-server's options")
    options = beside.parse(parser)

    directory = beside.scratch("redis")
    redis = None if options.no_redis else options.redis
    default = [braid_of("braid", os.path.join(directory, "default"), options.build)]
    synced = [braid_of("braid sync", os.path.join(directory, "sync"), options.build,
                       "--durability", "sync")]
    title = "Braid"
    if redis:
        version = re.search(r"v=(\S+)", subprocess.run(
            [*redis.split(), "--version"], capture_output=True, text=True, check=True).stdout)[1]
        title = f"Braid and redis-server {version}, {options.rounds} rounds"
        memory = os.path.join(directory, "default")
        default += [redis_of("redis memory", memory, redis, "--appendonly", "no"),
                    redis_of("redis everysec", memory, redis, "--appendonly", "yes",
                             "--appendfsync", "everysec")]
        default += [redis_of(name, memory, command, "--appendonly", "no")
                    for name, command in peers(options.peer).items()]
        synced.append(redis_of("redis always", os.path.join(directory, "sync"), redis,
                               "--appendonly", "yes", "--appendfsync", "always"))
    try:
        tables = [measure_default(options, title, default),
                  measure_sync(options, f"{title}, acknowledged from the disk", synced),
                  measure_disk(options, os.path.join(directory, "disk"), redis)]
        for table in filter(None, tables):
            if table.rows:
                table.print()
                print()
    finally:
        shutil.rmtree(directory, ignore_errors=True)


if __name__ == "__main__":
    main()
