"""Braid started under the name nats-server: flags, files, words, signals, and what is kept."""

import json
import os
import pathlib
import re
import select
import signal
import socket
import subprocess
import time
import unittest
import urllib.error
import urllib.request

from broker import BINARY, PATIENCE, Scratch

READY = "Server is ready"


class Peer:
    """One client that speaks lines."""

    def __init__(self, address, connect='{"verbose":false,"protocol":1}'):
        host, port = address.rsplit(":", 1)
        self.socket = socket.create_connection((host, int(port)), PATIENCE)
        self.file = self.socket.makefile("rb")
        self.info = json.loads(self.line()[len("INFO "):])
        if connect:
            self.send(f"CONNECT {connect}\r\n")

    def send(self, text):
        self.socket.sendall(text.encode())

    def line(self):
        return self.file.readline().decode().rstrip("\r\n")

    def close(self):
        self.file.close()
        self.socket.close()


class NatsServerTest(unittest.TestCase):
    def setUp(self):
        self.scratch = Scratch()
        self.addCleanup(self.scratch.remove)
        self.program = self.scratch.path / "nats-server"
        self.program.symlink_to(os.path.abspath(BINARY))
        self.output = ""

    def run_to_end(self, *arguments):
        return subprocess.run([self.program, *map(str, arguments)], capture_output=True, text=True,
                              stdin=subprocess.DEVNULL, timeout=PATIENCE, cwd=self.scratch.path)

    def start(self, *arguments):
        """Until it says that it is ready; self.address is where."""
        process = subprocess.Popen([self.program, *map(str, arguments)], cwd=self.scratch.path,
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.STDOUT, text=True)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        self.output = ""
        while READY not in self.output:
            line = process.stdout.readline()
            self.assertTrue(line, "it ended: " + self.output)
            self.output += line
        found = re.search(r"Listening for client connections on (\S+)", self.output)
        self.address = found.group(1).replace("0.0.0.0", "127.0.0.1")
        return process

    def started(self, *arguments):
        return self.start("-a", "127.0.0.1", "-p", "-1", *arguments)

    def config(self, text):
        path = self.scratch.path / "server.conf"
        path.write_text(text)
        return path

    def peer(self, **options):
        peer = Peer(self.address, **options)
        self.addCleanup(peer.close)
        return peer

    def wait_until(self, holds):
        deadline = time.monotonic() + PATIENCE
        while not holds():
            self.assertLess(time.monotonic(), deadline, "it never held")
            select.select([], [], [], 0.005)

    def test_version_and_help(self):
        version = self.run_to_end("-v")
        self.assertRegex(version.stdout, r"^nats-server: v\d+\.\d+\.\d+\n$")
        self.assertEqual(version.returncode, 0)
        self.assertEqual(self.run_to_end("--version").stdout, version.stdout)
        self.assertIn("Usage: nats-server", self.run_to_end("-h").stdout)

    def test_log_lines_are_those_of_nats_server(self):
        self.started("-m", "-1")
        for line in self.output.splitlines():
            self.assertRegex(line, r"^\[\d+\] \d{4}/\d\d/\d\d \d\d:\d\d:\d\d\.\d{6} \[INF\] ")
        self.assertRegex(self.output, r"Listening for client connections on 127\.0\.0\.1:\d+")
        self.assertRegex(self.output, r"Starting http monitor on 127\.0\.0\.1:\d+")
        self.assertEqual(self.peer().info["version"], self.run_to_end("-v").stdout.split("v")[-1].strip())

    def test_everybody_is_served_unless_told_otherwise(self):
        self.start("-p", "-1")
        self.assertIn("connections on 0.0.0.0:", self.output)
        peer = self.peer()
        self.assertNotIn("jetstream", peer.info)
        peer.send("PING\r\n")
        self.assertEqual(peer.line(), "PONG")

    def test_wrong_flags_and_files_are_refused(self):
        for arguments, words in (
                (["--bogus"], "flag provided but not defined: -bogus"),
                (["-c", "/nonexistent"], "open /nonexistent: No such file"),
                (["-c", self.config("foo: 1\n")], 'server.conf:1: unknown field "foo"'),
                (["--tls"], "not supported")):
            ended = self.run_to_end(*arguments)
            self.assertEqual(ended.returncode, 1, arguments)
            self.assertIn(words, ended.stderr)

    def test_configuration_is_checked_only(self):
        good = self.run_to_end("-t", "-c", self.config("port: 4222\n"))
        self.assertEqual(good.returncode, 0)
        self.assertIn("is valid", good.stderr)
        bad = self.run_to_end("-t", "-c", self.config("authorization { token: a, users: [{user: b}] }"))
        self.assertEqual(bad.returncode, 1)

    def test_port_that_is_taken_ends_it(self):
        self.started()
        ended = self.run_to_end("-a", "127.0.0.1", "-p", self.address.split(":")[1])
        self.assertEqual(ended.returncode, 1)
        self.assertIn("[FTL]", ended.stderr)

    def test_pid_and_ports_files_come_and_go(self):
        pid_file = self.scratch.path / "nats.pid"
        process = self.started("-P", pid_file, "--ports_file_dir", self.scratch.path, "-m", "-1")
        self.assertEqual(int(pid_file.read_text()), process.pid)
        ports_file = self.scratch.path / f"nats-server_{process.pid}.ports"
        ports = json.loads(ports_file.read_text())
        self.assertEqual(ports["nats"], ["nats://" + self.address])
        urllib.request.urlopen(ports["monitoring"][0] + "/varz", timeout=PATIENCE).close()
        process.terminate()
        self.assertEqual(process.wait(PATIENCE), 0)
        self.assertFalse(pid_file.exists() or ports_file.exists())

    def test_jetstream_keeps_messages_over_kill_9(self):
        store = self.scratch.path / "js"
        process = self.started("-js", "-sd", store)
        self.assertIn(f'Store Directory: "{store}/jetstream"', self.output)
        peer = self.peer()
        self.assertTrue(peer.info["jetstream"])
        body = json.dumps({"name": "S", "subjects": ["s"]})
        peer.send(f"SUB in 1\r\nPUB $JS.API.STREAM.CREATE.S in {len(body)}\r\n{body}\r\n")
        self.assertTrue(peer.line().startswith("MSG in 1 "))
        self.assertIn('"did_create":true', peer.line().replace(" ", ""))
        peer.send("PUB s in 1\r\nx\r\n")
        self.assertTrue(peer.line().startswith("MSG in 1 "))
        self.assertIn('"seq":1', peer.line())
        process.kill()
        process.wait()
        self.started("-js", "-sd", store)
        peer = self.peer()
        peer.send("SUB in 1\r\nPUB s in 1\r\nx\r\n")
        peer.line()
        self.assertIn('"seq":2', peer.line())

    def test_signals_end_it(self):
        for number, code in ((signal.SIGTERM, 0), (signal.SIGINT, 0), (signal.SIGQUIT, 2)):
            process = self.started()
            process.send_signal(number)
            self.assertEqual(process.wait(PATIENCE), code, number)

    def test_lame_duck_tells_closes_and_ends(self):
        process = self.start("-c", self.config(
            "listen: 127.0.0.1:-1\nlame_duck_duration: 200ms\nlame_duck_grace_period: 100ms\n"))
        peer = self.peer()
        peer.send("PING\r\n")
        self.assertEqual(peer.line(), "PONG")
        peer.line()
        signalled = self.run_to_end("-sl", f"ldm={process.pid}")
        self.assertEqual(signalled.returncode, 0, signalled.stderr)
        self.assertTrue(json.loads(peer.line()[len("INFO "):])["ldm"])
        self.assertEqual(peer.line(), "")
        self.assertEqual(process.wait(PATIENCE), 0)

    def test_signal_command_needs_somebody(self):
        for argument in ("ldm=/nonexistent", "dance=1", "reload=x"):
            self.assertEqual(self.run_to_end("-sl", argument).returncode, 1, argument)

    def test_log_file_is_opened_anew(self):
        log = self.scratch.path / "nats.log"
        process = subprocess.Popen([self.program, "-a", "127.0.0.1", "-p", "-1", "-l", log])
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        self.wait_until(lambda: log.exists() and READY in log.read_text())
        log.rename(self.scratch.path / "old.log")
        process.send_signal(signal.SIGUSR1)
        self.wait_until(lambda: log.exists() and "File log re-opened" in log.read_text())

    def test_reload_changes_users(self):
        users = 'listen: 127.0.0.1:-1\nauthorization {{ users: [{{user: {0}, password: pw}}] }}\n'
        process = self.start("-c", self.config(users.format("old")))
        old = self.peer(connect='{"verbose":true,"user":"old","pass":"pw"}')
        self.assertEqual(old.line(), "+OK")
        self.config(users.format("new"))
        process.send_signal(signal.SIGHUP)
        self.assertEqual(old.line(), "-ERR 'Authorization Violation'")
        new = self.peer(connect='{"verbose":true,"user":"new","pass":"pw"}')
        self.assertEqual(new.line(), "+OK")
        self.config("nonsense: 1\n")
        process.send_signal(signal.SIGHUP)
        new.send("PING\r\n")
        self.assertEqual(new.line(), "PONG")

    def test_monitoring_pages_are_served(self):
        self.started("-m", "-1", "-n", "me")
        monitor = re.search(r"http monitor on (\S+)", self.output).group(1)
        for page in ("varz", "connz", "subsz", "jsz", "healthz", "accountz", "accstatz", "routez"):
            with urllib.request.urlopen(f"http://{monitor}/{page}", timeout=PATIENCE) as answer:
                json.load(answer)
        with urllib.request.urlopen(f"http://{monitor}/varz", timeout=PATIENCE) as answer:
            self.assertEqual(json.load(answer)["server_name"], "me")
        with self.assertRaises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(f"http://{monitor}/connz?sort=bad", timeout=PATIENCE)
        self.assertEqual(refused.exception.code, 400)
        refused.exception.close()

    def test_token_and_user_flags(self):
        self.started("--auth", "s3cr3t")
        peer = self.peer(connect='{"verbose":true,"auth_token":"s3cr3t"}')
        self.assertTrue(peer.info["auth_required"])
        self.assertEqual(peer.line(), "+OK")
        self.started("--user", "u", "--pass", "p")
        self.assertEqual(self.peer(connect='{"user":"u","pass":"x"}').line(),
                         "-ERR 'Authorization Violation'")


if __name__ == "__main__":
    unittest.main()
