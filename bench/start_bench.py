#!/usr/bin/env python3
"""Start-up, idle memory and idle CPU of a broker, as seen from outside.

    bench/start_bench.py build/release/tools/braid [--runs 15] [--redis-server PATH] [--nats-server PATH]

Every run starts a new process on free ports with a new data directory. Start-up: from just before the
process is made until the answer to its first published message is here, one port a run. Memory: VmRSS
two seconds after that. CPU: clock ticks used in the five seconds after those. Medians, with the range.
The real servers, where given, are started and asked the same way, in turn with braid.
"""

import argparse
import contextlib
import os
import shutil
import socket
import statistics
import struct
import subprocess
import tempfile
import time

PATIENCE = 10.0  # seconds until a step counts as failed
SETTLE = 2.0     # before memory is looked at
IDLE = 5.0       # over which CPU is looked at


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def connect(port, deadline):
    while True:
        connection = socket.socket()
        try:
            connection.connect(("127.0.0.1", port))
            connection.settimeout(PATIENCE)
            return connection
        except ConnectionRefusedError:
            connection.close()
            if time.monotonic() > deadline:
                raise


# --- One message in each protocol ---

def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def kafka_string(text):
    return struct.pack(">h", len(text)) + text


def kafka_frame(key, version, body):
    frame = struct.pack(">hhi", key, version, 1) + kafka_string(b"bench") + body
    return struct.pack(">i", len(frame)) + frame


def kafka_produce():
    record = b"\0\0\0\x01" + b"\x0ahello" + b"\0"  # attributes, deltas, no key, value, no headers
    record = bytes([len(record) * 2]) + record
    now_ms = int(time.time() * 1000)
    checked = struct.pack(">hiqqqhii", 0, 0, now_ms, now_ms, -1, -1, -1, 1) + record
    batch = struct.pack(">ibI", 0, 2, crc32c(checked)) + checked
    batch = struct.pack(">qi", 0, len(batch)) + batch
    body = struct.pack(">hhii", -1, -1, 5000, 1) + kafka_string(b"bench")
    body += struct.pack(">iii", 1, 0, len(batch)) + batch
    return kafka_frame(0, 3, body)


KAFKA_METADATA = kafka_frame(3, 4, struct.pack(">i", 1) + kafka_string(b"bench") + b"\1")
KAFKA_PRODUCE = kafka_produce()


def receive(connection, size):
    data = b""
    while len(data) < size:
        more = connection.recv(size - len(data))
        if not more:
            raise ConnectionError("closed")
        data += more
    return data


def kafka_call(connection, frame):
    connection.sendall(frame)
    return receive(connection, struct.unpack(">i", receive(connection, 4))[0])


def publish_kafka(connection):
    kafka_call(connection, KAFKA_METADATA)  # makes the topic
    answer = kafka_call(connection, KAFKA_PRODUCE)
    # correlation id, one topic, its name, one partition, its index, the error
    error = struct.unpack_from(">h", answer, 4 + 4 + 2 + 5 + 4 + 4)[0]
    assert error == 0, f"Kafka error {error}"


def publish_redis(connection):
    connection.sendall(b"XADD bench * v hello\r\n")
    answer = connection.recv(4096)
    assert answer.startswith(b"$"), answer


def nats_call(connection, subject, body):
    connection.sendall(b"PUB %s _INBOX.bench %d\r\n%s\r\n" % (subject, len(body), body))
    answer = b""
    while b"}\r\n" not in answer[answer.find(b"MSG"):]:
        more = connection.recv(65536)
        if not more:
            raise ConnectionError("closed")
        answer += more
    assert b'"error"' not in answer, answer


def publish_nats(connection):
    connection.recv(4096)  # INFO
    connection.sendall(b'CONNECT {"verbose":false}\r\nSUB _INBOX.bench 1\r\n')
    nats_call(connection, b"$JS.API.STREAM.CREATE.BENCH",
              b'{"name":"BENCH","subjects":["bench"],"storage":"file"}')
    nats_call(connection, b"bench", b"hello")


# --- Servers ---

PUBLISH = {"kafka": publish_kafka, "redis": publish_redis, "nats": publish_nats}


def braid_command(binary):
    def command(directory, ports):
        return [binary, "serve", "--data", directory, "--kafka", f"127.0.0.1:{ports['kafka']}",
                "--redis", f"127.0.0.1:{ports['redis']}", "--nats", f"127.0.0.1:{ports['nats']}",
                "--http", "127.0.0.1:0"]
    return command


def redis_command(binary):
    return lambda directory, ports: [binary, "--port", str(ports["redis"]), "--dir", directory,
                                     "--bind", "127.0.0.1", "--appendonly", "yes", "--save", ""]


def nats_command(binary):
    return lambda directory, ports: [binary, "-a", "127.0.0.1", "-p", str(ports["nats"]), "-js",
                                     "-sd", directory]


@contextlib.contextmanager
def started(command, protocol):
    """(process, milliseconds from before it was made until its first message was acknowledged)"""
    directory = tempfile.mkdtemp(prefix="braid-bench-")
    ports = {name: free_port() for name in PUBLISH}
    begun = time.monotonic()
    process = subprocess.Popen(command(directory, ports), stdin=subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        with connect(ports[protocol], begun + PATIENCE) as connection:
            PUBLISH[protocol](connection)
            took_ms = (time.monotonic() - begun) * 1000
        yield process, took_ms
    finally:
        process.terminate()
        process.wait(PATIENCE)
        shutil.rmtree(directory, ignore_errors=True)


def resident_mib(pid):
    with open(f"/proc/{pid}/status") as status:
        return next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmRSS"))


def cpu_ticks(pid):
    with open(f"/proc/{pid}/stat") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return int(fields[11]) + int(fields[12])


def idle(command, protocol):
    with started(command, protocol) as (process, _):
        time.sleep(SETTLE)
        resident = resident_mib(process.pid)
        before = cpu_ticks(process.pid)
        time.sleep(IDLE)
        return resident, cpu_ticks(process.pid) - before


def show(name, what, values, unit):
    print(f"{name:14} {what:24} {statistics.median(values):8.2f} {unit:6}"
          f" ({min(values):.2f} to {max(values):.2f}, {len(values)} runs)", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("braid")
    parser.add_argument("--runs", type=int, default=15)
    parser.add_argument("--idle-runs", type=int, default=3)
    parser.add_argument("--redis-server", default=shutil.which("redis-server"))
    parser.add_argument("--nats-server", default=shutil.which("nats-server"))
    options = parser.parse_args()
    braid = braid_command(os.path.abspath(options.braid))
    servers = [("braid", braid, protocol) for protocol in PUBLISH]
    if options.redis_server:
        servers.append(("redis-server", redis_command(options.redis_server), "redis"))
    if options.nats_server:
        servers.append(("nats-server", nats_command(options.nats_server), "nats"))

    starts = {(name, protocol): [] for name, _, protocol in servers}
    for _ in range(options.runs):
        for name, command, protocol in servers:
            with started(command, protocol) as (_, took_ms):
                starts[name, protocol].append(took_ms)
    for (name, protocol), values in starts.items():
        show(name, f"first {protocol} message", values, "ms")
    for name, command, protocol in servers[2:]:  # braid once, after a message on one port
        measured = [idle(command, protocol) for _ in range(options.idle_runs)]
        show(name, "idle memory", [resident for resident, _ in measured], "MiB")
        show(name, "idle CPU over 5 s", [ticks for _, ticks in measured], "ticks")


if __name__ == "__main__":
    main()
