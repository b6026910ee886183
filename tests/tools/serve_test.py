"""braid serve: what it prints, writes, refuses, and how it ends."""

import json
import os
import pathlib
import signal
import socket
import struct
import subprocess
import unittest

from broker import BINARY, FREE_PORTS, PATIENCE, Broker, Scratch, resp, run


def kafka(address, key, version, body):
    """The answer to one request, without its size and correlation id."""
    request = struct.pack(">hhih", key, version, 1, -1) + body
    with socket.create_connection(address, PATIENCE) as peer:
        peer.sendall(struct.pack(">i", len(request)) + request)
        stream = peer.makefile("rb")
        size, = struct.unpack(">i", stream.read(4))
        return stream.read(size)[4:]


def advertised(address):
    """Where a client of this listener is told to find the broker."""
    told = kafka(address, 3, 0, struct.pack(">i", 0))
    _, length = struct.unpack_from(">ih", told, 4)
    host = told[10:10 + length].decode()
    return host, struct.unpack_from(">i", told, 10 + length)[0]


def listening(pid):
    """Where the process listens."""
    inodes = {os.readlink(link) for link in pathlib.Path(f"/proc/{pid}/fd").iterdir()}
    addresses = []
    for line in pathlib.Path("/proc/net/tcp").read_text().splitlines()[1:]:
        fields = line.split()
        if fields[3] == "0A" and f"socket:[{fields[9]}]" in inodes:
            addresses.append(("127.0.0.1", int(fields[1].split(":")[1], 16)))
    return addresses


class ServeTest(unittest.TestCase):
    def setUp(self):
        self.scratch = Scratch()
        self.addCleanup(self.scratch.remove)

    def start(self, *arguments, **options):
        broker = Broker(self.scratch, *arguments, **options)
        self.addCleanup(broker.kill)
        return broker

    def assert_refused(self, *arguments, naming):
        """Exit 2 and one line on stderr that says `naming`."""
        status, output, errors = run("serve", *arguments)
        self.assertEqual(status, 2, errors)
        self.assertEqual(output, "")
        self.assertEqual(errors.count("\n"), 1, errors)
        self.assertTrue(errors.startswith("braid: "), errors)
        for part in [naming] if isinstance(naming, str) else naming:
            self.assertIn(part, errors)
        return errors


class ReadyTest(ServeTest):
    def test_ports_file_names_what_was_bound(self):
        broker = self.start()
        self.assertEqual(sorted(broker.ports), ["http", "kafka", "nats", "pid", "redis"])
        self.assertEqual(broker.ports["pid"], broker.process.pid)
        for protocol in ("kafka", "redis", "nats", "http"):
            self.assertGreater(broker.address(protocol)[1], 0)
            broker.connect(protocol).close()

    def test_ports_file_is_never_seen_half_written(self):
        # It comes by rename: whoever watches the directory sees one other name, then this one, whole.
        seen = set()
        command = [BINARY, "serve", *FREE_PORTS, "--ports-file", str(self.scratch.path / "p.json")]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        self.addCleanup(process.wait)
        self.addCleanup(process.terminate)
        while "p.json" not in seen:
            for name in os.listdir(self.scratch.path):
                seen.add(name)
                if name == "p.json":
                    json.loads((self.scratch.path / name).read_text())
            self.assertIsNone(process.poll())
        self.assertEqual(os.listdir(self.scratch.path), ["p.json"])

    def test_ports_file_goes_when_the_broker_does(self):
        broker = self.start()
        self.assertEqual(broker.stop(), 0)
        self.assertFalse(broker.ports_file.exists())

    def test_greets_with_urls_and_commands(self):
        broker = self.start()
        broker.stop()
        for part in (f"kcat -b {broker.ports['kafka']}", f"redis://{broker.ports['redis']}",
                     f"nats://{broker.ports['nats']}", f"http://{broker.ports['http']}", "redis-cli -h",
                     "nats -s"):
            self.assertIn(part, broker.output)

    def test_each_port_answers_in_its_protocol(self):
        broker = self.start()
        self.assertEqual(broker.redis("PING"), b"+PONG\r\n")
        with broker.connect("nats") as peer:
            self.assertTrue(peer.recv(65536).startswith(b"INFO {"))
        with broker.connect("kafka") as peer:
            peer.sendall(bytes.fromhex("0000000a 0012 0000 00000007 ffff"))  # ApiVersions v0
            self.assertEqual(peer.recv(8)[4:8], bytes.fromhex("00000007"))
        self.assertEqual(json.loads(broker.get("/healthz")), {"status": "ok"})

    def test_listener_with_an_empty_address_stays_closed(self):
        broker = self.start("--nats", "")
        self.assertEqual(broker.ports["nats"], "")
        self.assertEqual(broker.redis("PING"), b"+PONG\r\n")

    def test_kafka_clients_are_told_the_address_of_their_listener(self):
        broker = self.start("--kafka", "127.0.0.1:0,127.0.0.1:0",
                            "--kafka-advertised", "one.example:1,two.example:2")
        first = broker.address("kafka")
        self.assertEqual(advertised(first), ("one.example", 1))
        # The second is not in the file; it is where the process listens besides.
        told = {advertised(address) for address in listening(broker.process.pid)
                if address[1] not in {broker.address(p)[1] for p in ("redis", "nats", "http")}}
        self.assertEqual(told, {("one.example", 1), ("two.example", 2)})

    def test_kafka_clients_are_told_what_they_dialled(self):
        broker = self.start()
        self.assertEqual(advertised(broker.address("kafka")), broker.address("kafka"))

    def test_profile_restores_the_delays_of_kafka(self):
        for profile, delay in (("local", b"\x00\x010"), ("faithful", b"\x00\x043000")):
            broker = self.start("--profile", profile)
            told = kafka(broker.address("kafka"), 32, 1, bytes.fromhex("00000001 04 0001") + b"1"
                         + bytes.fromhex("00000001 0020") + b"group.initial.rebalance.delay.ms\0")
            self.assertIn(delay, told)

    def test_full_stdout_does_not_matter(self):
        with open("/dev/full", "w") as full:
            ports = self.scratch.path / "p.json"
            process = subprocess.Popen(
                [BINARY, "serve", *FREE_PORTS, "--ports-file", str(ports)], stdout=full)
            self.addCleanup(process.kill)
            while not ports.exists():
                self.assertIsNone(process.poll())
            process.terminate()
            self.assertEqual(process.wait(PATIENCE), 0)


class RefusalTest(ServeTest):
    def test_unknown_flag(self):
        self.assert_refused("--kafak", "127.0.0.1:0", naming="--kafak")

    def test_unknown_verb(self):
        status, _, errors = run("sevre")
        self.assertEqual((status, errors.count("\n")), (2, 1))
        self.assertIn("sevre", errors)

    def test_taken_port(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            address = f"127.0.0.1:{taken.getsockname()[1]}"
            for flag in ("--kafka", "--redis", "--nats", "--http"):
                self.assert_refused(*FREE_PORTS, flag, address, naming=[address, "in use"])

    def test_taken_port_leaves_the_data_as_it_was(self):
        data = self.scratch.path / "data"
        broker = self.start("--data", data)
        broker.redis("XADD", "s", "*", "f", "v")
        self.assertEqual(broker.stop(), 0)
        with socket.create_server(("127.0.0.1", 0)) as taken:
            address = f"127.0.0.1:{taken.getsockname()[1]}"
            self.assert_refused("--data", data, *FREE_PORTS, "--nats", address, naming=address)
        self.assertEqual(self.start("--data", data).redis("XLEN", "s"), b":1\r\n")

    def test_bad_address(self):
        self.assert_refused(*FREE_PORTS, "--redis", "6379", naming=["6379", "HOST:PORT"])

    def test_data_directory_that_is_a_file(self):
        file = self.scratch.path / "file"
        file.write_text("mine")
        self.assert_refused(*FREE_PORTS, "--data", file, naming=str(file))
        self.assertEqual(file.read_text(), "mine")

    def test_unwritable_data_directory(self):
        # Below /proc nobody can make a directory, root included.
        self.assert_refused(*FREE_PORTS, "--data", "/proc/braid", naming="/proc/braid")

    def test_second_broker_on_a_directory(self):
        data = self.scratch.path / "data"
        first = self.start("--data", data)
        first.redis("XADD", "s", "*", "f", "v")
        self.assert_refused(*FREE_PORTS, "--data", data, naming=str(data))
        self.assertEqual(first.redis("XLEN", "s"), b":1\r\n")
        self.assertEqual(first.stop(), 0)
        self.assertEqual(self.start("--data", data).redis("XLEN", "s"), b":1\r\n")

    def test_directory_of_a_killed_broker_is_free(self):
        data = self.scratch.path / "data"
        first = self.start("--data", data)
        first.redis("XADD", "s", "*", "f", "v")
        first.kill()
        self.assertEqual(self.start("--data", data).redis("XLEN", "s"), b":1\r\n")

    def test_unwritable_ports_file(self):
        path = self.scratch.path / "nowhere" / "ports.json"
        self.assert_refused(*FREE_PORTS, "--ports-file", path, naming=str(path))

    def test_data_and_memory_together(self):
        self.assert_refused(*FREE_PORTS, "--memory", "--data", self.scratch.path,
                            naming=["--data", "--memory"])

    def test_unknown_durability(self):
        self.assert_refused(*FREE_PORTS, "--durability", "fsync", naming=["fsync", "os", "sync"])

    def test_numbers_out_of_range(self):
        self.assert_refused(*FREE_PORTS, "--threads", "1000", naming="threads")
        self.assert_refused(*FREE_PORTS, "--threads", "many", naming="threads")
        self.assert_refused(*FREE_PORTS, "--kafka-partitions", "0", naming="kafka-partitions")

    def test_unknown_profile(self):
        self.assert_refused(*FREE_PORTS, "--profile", "slow", naming=["slow", "local", "faithful"])

    def test_advertised_address_without_a_port(self):
        self.assert_refused(*FREE_PORTS, "--kafka-advertised", "host", naming=["host", "HOST:PORT"])


class ConfigTest(ServeTest):
    def config(self, text):
        path = self.scratch.path / "braid.toml"
        path.write_text(text)
        return path

    def test_file_sets_what_flags_do_not(self):
        data = self.scratch.path / "data"
        path = self.config(f'kafka = "127.0.0.1:0"\nredis = "127.0.0.1:1"\nnats = ""\n'
                           f'http = "127.0.0.1:0"\ndata = "{data}"\nthreads = 2\n')
        broker = self.start("--config", path, "--redis", "127.0.0.1:0", defaults=False)
        self.assertEqual(broker.ports["nats"], "")
        self.assertEqual(broker.redis("PING"), b"+PONG\r\n")
        self.assertTrue(data.is_dir())

    def test_memory_flag_beats_a_directory_in_the_file(self):
        data = self.scratch.path / "data"
        self.start("--config", self.config(f'data = "{data}"\n'), "--memory")
        self.assertFalse(data.exists())

    def test_unknown_key_names_the_nearest(self):
        path = self.config('# ports\nkafak = "127.0.0.1:0"\n')
        self.assert_refused("--config", path, naming=[f"{path}:2", '"kafak"', '"kafka"'])

    def test_wrong_type_names_the_line(self):
        path = self.config('kafka = "127.0.0.1:0"\nthreads = "two"\n')
        self.assert_refused("--config", path, naming=[f"{path}:2", "threads"])

    def test_bad_toml_names_the_line(self):
        path = self.config('kafka = "127.0.0.1:0"\nredis = \n')
        self.assert_refused("--config", path, naming=f"{path}:2")

    def test_missing_file(self):
        path = self.scratch.path / "none.toml"
        self.assert_refused("--config", path, naming=str(path))


class StopTest(ServeTest):
    def test_sigterm_and_sigint_end_it_well(self):
        for how in (signal.SIGTERM, signal.SIGINT):
            broker = self.start()
            self.assertEqual(broker.stop(how), 0)
            self.assertIn("draining", broker.errors)

    def test_what_has_arrived_is_answered_before_the_end(self):
        data = self.scratch.path / "data"
        broker = self.start("--data", data)
        with broker.connect("redis") as peer:
            count = 20_000
            peer.sendall(resp("XADD", "s", "*", "f", "v" * 100) * count)
            broker.process.send_signal(signal.SIGTERM)
            answers = b""
            while part := peer.recv(1 << 20):
                answers += part
        self.assertEqual(broker.process.wait(PATIENCE), 0)
        acknowledged = answers.count(b"$") - (not answers.endswith(b"\r\n"))
        stored = self.start("--data", data).redis("XLEN", "s")
        self.assertGreaterEqual(int(stored[1:]), acknowledged)
        self.assertEqual(acknowledged, count)

    def test_idle_and_blocked_clients_do_not_hold_it_up(self):
        broker = self.start()
        with broker.connect("redis") as blocked, broker.connect("nats") as idle, \
                broker.connect("kafka") as mute, broker.connect("http"):
            blocked.sendall(resp("XREAD", "BLOCK", 0, "STREAMS", "s", "$"))
            idle.recv(1)
            mute.sendall(b"\0")
            self.assertEqual(broker.stop(), 0)

    def test_client_that_does_not_read_does_not_hold_it_up_for_long(self):
        broker = self.start()
        with broker.connect("redis") as writer:
            writer.sendall(resp("XADD", "s", "*", "f", "v" * 1_000_000))
            writer.recv(100)
        with broker.connect("redis") as deaf:
            for _ in range(100):
                deaf.sendall(resp("XRANGE", "s", "-", "+"))
            self.assertEqual(broker.stop(), 0)


class VersionTest(unittest.TestCase):
    def test_version_is_one_line(self):
        status, output, _ = run("version")
        self.assertEqual(status, 0)
        self.assertRegex(output, r"^braid \d+\.\d+\.\d+\n$")

    def test_help_names_every_verb(self):
        status, output, _ = run("--help")
        self.assertEqual(status, 0)
        for verb in ("serve", "lag", "version"):
            self.assertIn(verb, output)


if __name__ == "__main__":
    unittest.main()
