"""Braid started under the name redis-server: flags, files, words, and what is kept."""

import os
import pathlib
import re
import select
import signal
import socket
import subprocess
import time
import unittest

from broker import BINARY, PATIENCE, Scratch, resp


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


class RedisServerTest(unittest.TestCase):
    def setUp(self):
        self.scratch = Scratch()
        self.addCleanup(self.scratch.remove)
        self.program = self.scratch.path / "redis-server"
        self.program.symlink_to(os.path.abspath(BINARY))
        self.port = free_port()

    def run_to_end(self, *arguments):
        return subprocess.run([self.program, *map(str, arguments)], capture_output=True, text=True,
                              stdin=subprocess.DEVNULL, timeout=PATIENCE, cwd=self.scratch.path)

    def start(self, *arguments, standard_input=None):
        process = subprocess.Popen(
            [self.program, *map(str, arguments)], cwd=self.scratch.path, text=True,
            stdin=subprocess.PIPE if standard_input else subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        if standard_input:
            process.stdin.write(standard_input)
            process.stdin.close()
        def ready():
            self.assertIsNone(process.poll(), "it ended")
            return self.answers("PING") != b""
        self.wait_until(ready)
        return process

    def wait_until(self, holds):
        deadline = time.monotonic() + PATIENCE
        while not holds():
            self.assertLess(time.monotonic(), deadline, "it never held")
            select.select([], [], [], 0.005)

    def answers(self, *words):
        """The raw reply, b"" when nobody listens."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), PATIENCE) as peer:
                peer.sendall(resp(*words))
                return peer.recv(65536)
        except ConnectionError:
            return b""

    def setting(self, name):
        return self.answers("CONFIG", "GET", name).split(b"\r\n")[-2].decode()

    def test_version_is_read_as_that_of_redis(self):
        self.assertRegex(self.run_to_end("--version").stdout, r"^Redis server v=\d+\.\d+\.\d+ ")

    def test_flags_of_a_harness(self):
        self.start("--port", self.port, "--save", "", "--appendonly", "no", "--loglevel", "debug",
                   "--requirepass", "secret", "--maxmemory", "64mb", "--databases", "16")
        self.assertEqual(self.answers("PING"), b"-NOAUTH Authentication required.\r\n")

    def test_config_file_and_flags_beat_it(self):
        more = self.scratch.path / "more.conf"
        more.write_text("stream-node-max-entries 7\n")
        conf = self.scratch.path / "redis.conf"
        conf.write_text(f'# a comment\nport 1\n  dir "{self.scratch.path}"\ninclude {more}\n'
                        f"maxmemory-policy 'allkeys-lru'\nHZ 20\nsave 900 1\nsave 300 10\n")
        self.start(conf, "--port", self.port)
        self.assertEqual(self.setting("stream-node-max-entries"), "7")
        self.assertEqual(self.setting("maxmemory-policy"), "allkeys-lru")
        self.assertEqual(self.setting("hz"), "20")
        self.assertEqual(self.setting("save"), "900 1 300 10")

    def test_config_from_standard_input(self):
        self.start("-", standard_input=f"port {self.port}\nsave ''\n")
        self.assertEqual(self.setting("save"), "")

    def test_says_when_it_is_ready(self):
        process = self.start("--port", self.port, "--save", "")
        process.send_signal(signal.SIGTERM)
        output = process.communicate(timeout=PATIENCE)[0]
        self.assertEqual(process.returncode, 0)
        self.assertRegex(output, rf"{process.pid}:M \d\d \w\w\w \d{{4}} [\d:.]+ \* Server initialized")
        self.assertIn("* Ready to accept connections", output)
        self.assertIn("bye bye", output)

    def test_log_and_pid_file(self):
        process = self.start("--port", self.port, "--logfile", "redis.log", "--pidfile", "redis.pid")
        log = self.scratch.path / "redis.log"
        pid = self.scratch.path / "redis.pid"
        self.wait_until(lambda: log.exists() and "Ready to accept" in log.read_text())
        self.assertEqual(pid.read_text().strip(), str(process.pid))
        process.terminate()
        process.wait(PATIENCE)
        self.assertFalse(pid.exists())

    def test_daemonize(self):
        done = self.run_to_end("--port", self.port, "--daemonize", "yes", "--pidfile",
                               self.scratch.path / "pid", "--save", "")
        self.assertEqual(done.returncode, 0)
        self.wait_until(lambda: self.answers("PING") == b"+PONG\r\n")
        self.wait_until(lambda: (self.scratch.path / "pid").exists())
        os.kill(int((self.scratch.path / "pid").read_text()), signal.SIGKILL)

    def test_appendonly_survives_kill(self):
        arguments = ["--port", self.port, "--appendonly", "yes", "--appendfsync", "always",
                     "--dir", self.scratch.path]
        process = self.start(*arguments)
        self.assertTrue(self.answers("XADD", "s", "1-1", "f", "v").startswith(b"$3"))
        process.kill()
        process.wait(PATIENCE)
        self.start(*arguments)
        self.assertEqual(self.answers("XLEN", "s"), b":1\r\n")
        self.assertEqual(self.setting("appendfsync"), "always")
        self.assertTrue((self.scratch.path / "appendonlydir").is_dir())

    def test_shutdown_ends_the_process(self):
        for words, flags in ((["SHUTDOWN", "NOSAVE"], ["--save", ""]), (["SHUTDOWN", "SAVE"], [])):
            process = self.start("--port", self.port, *flags)
            self.assertEqual(self.answers(*words), b"")
            self.assertEqual(process.wait(PATIENCE), 0)

    def test_waitaof_syncs_what_was_written(self):
        self.start("--port", self.port, "--appendonly", "yes", "--appendfsync", "no")
        self.assertTrue(self.answers("XADD", "s", "1-1", "f", "v").startswith(b"$3"))
        self.assertEqual(self.answers("WAITAOF", "0", "0", "0"), b"*2\r\n:0\r\n:0\r\n")
        self.assertEqual(self.answers("WAITAOF", "1", "0", "0"), b"*2\r\n:1\r\n:0\r\n")
        self.assertEqual(self.answers("SAVE"), b"+OK\r\n")

    def test_no_persistence_leaves_no_files(self):
        before = set(os.listdir(self.scratch.path))
        process = self.start("--port", self.port, "--save", "", "--appendonly", "no")
        self.answers("XADD", "s", "1-1", "f", "v")
        process.terminate()
        process.wait(PATIENCE)
        self.assertEqual(set(os.listdir(self.scratch.path)), before)

    def test_bad_directive_names_its_line(self):
        conf = self.scratch.path / "redis.conf"
        conf.write_text("port 7000\nnosuchthing 1\n")
        for arguments in ([conf], ["--nosuchthing", "1"], ["--port", "x"], ["--appendonly", "maybe"],
                          ["--replicaof", "a", "1"], ["--cluster-enabled", "yes"]):
            done = self.run_to_end(*arguments)
            self.assertEqual(done.returncode, 1, arguments)
            self.assertIn("FATAL CONFIG FILE ERROR", done.stderr)
        conf.write_text('port 7000\ndir "unbalanced\n')
        self.assertTrue(re.search(r"redis.conf:2: .*\n>>> 'dir ", self.run_to_end(conf).stderr))

    def test_old_release_hides_later_commands(self):
        self.start("--port", self.port, "--redis-version", "5.0", "--save", "")
        self.assertIn(b"unknown command 'XAUTOCLAIM'", self.answers("XAUTOCLAIM", "s", "g", "c", "0", "0"))
        self.assertIn(b"redis_version:5.0.0", self.answers("INFO", "server"))


if __name__ == "__main__":
    unittest.main()
