#!/usr/bin/env python3
"""Says the same things to Braid and to a real nats-server and compares the answers.

    differential.py --braid build/release/tools/braid [--seed N] [--braid-address HOST:PORT]

Each scenario is a function of one connection and returns what it heard, in a form that leaves out what
must differ (times, ids, texts of errors). Prints one line a scenario; exit code 1 when one differs, 77 when
there is no nats-server here. Where the real server of Debian is older than what Braid follows, the scenario
says so and leaves the difference out.
"""

import argparse
import json
import os
import random
import re
import shutil
import socket
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "tests/clients/harness"))

import server as servers  # noqa: E402

SCENARIOS = []
CONNECT = {"verbose": False, "pedantic": False, "headers": True, "no_responders": True, "protocol": 1}


def scenario(function):
    SCENARIOS.append(function)
    return function


class Closed(Exception):
    pass


class Connection:
    """One client that speaks lines."""

    def __init__(self, address, connect=CONNECT):
        host, port = address.rsplit(":", 1)
        self.address = address
        self.socket = socket.create_connection((host, int(port)), timeout=10)
        self.data = b""
        self.requests = 0
        self.line()  # INFO
        if connect is not None:
            self.send("CONNECT " + json.dumps(connect) + "\r\n")

    def another(self, connect=CONNECT):
        return Connection(self.address, connect)

    def send(self, text):
        try:
            self.socket.sendall(text if isinstance(text, bytes) else text.encode())
        except OSError as error:
            raise Closed from error

    def more(self, seconds):
        self.socket.settimeout(seconds)
        try:
            piece = self.socket.recv(65536)
        except TimeoutError:
            return False
        except OSError as error:
            raise Closed from error
        if not piece:
            raise Closed
        self.data += piece
        return True

    def line(self, seconds=10):
        while b"\r\n" not in self.data:
            if not self.more(seconds):
                return None
        line, self.data = self.data.split(b"\r\n", 1)
        return line.decode(errors="replace")

    def frame(self, seconds=10):
        """The next message as (op, subject, sid, reply, headers, payload), or line; None after a silence."""
        line = self.line(seconds)
        if line is None or not line.startswith(("MSG ", "HMSG ")):
            return line
        words = line.split()
        headed = words[0] == "HMSG"
        size, header_size = int(words[-1]), int(words[-2]) if headed else 0
        while len(self.data) < size + 2:
            if not self.more(10):
                raise Closed
        body, self.data = self.data[:size], self.data[size + 2:]
        reply = words[3] if len(words) == (6 if headed else 5) else ""
        return (words[0], words[1], words[2], reply, body[:header_size].decode(), body[header_size:].decode())

    def until_pong(self):
        """Everything up to the answer of a PING."""
        self.send("PING\r\n")
        heard = []
        while True:
            frame = self.frame()
            if frame == "PONG":
                return heard
            if frame is None:
                raise AssertionError("no PONG")
            if isinstance(frame, str) and frame.startswith(("INFO ", "PING")):
                continue
            heard.append(frame)

    def publish(self, subject, payload="", reply="", headers=None):
        payload = payload.encode()
        if headers:
            block = ("NATS/1.0\r\n" + "".join(f"{k}: {v}\r\n" for k, v in headers) + "\r\n").encode()
            self.send(f"HPUB {subject} {reply} {len(block)} {len(block) + len(payload)}\r\n".encode()
                      + block + payload + b"\r\n")
        else:
            self.send(f"PUB {subject} {reply} {len(payload)}\r\n".encode() + payload + b"\r\n")

    def request(self, subject, payload="", headers=None, seconds=5):
        """The first answer on an inbox of its own; messages of other subscriptions are passed over."""
        self.requests += 1
        if self.requests == 1:
            self.send("SUB _INBOX.diff.* inbox\r\n")
        self.publish(subject, payload, f"_INBOX.diff.{self.requests}", headers)
        while True:
            frame = self.frame(seconds)
            if frame is None or (not isinstance(frame, str) and frame[2] == "inbox"):
                return frame

    def api(self, subject, body=None):
        payload = "" if body is None else body if isinstance(body, str) else json.dumps(body)
        return clean(json.loads(self.request("$JS.API." + subject, payload)[5]))

    def acked(self, subject, payload="", headers=None):
        return clean(json.loads(self.request(subject, payload, headers)[5]))

    def messages(self, count, seconds=3):
        """Up to `count` messages of subscriptions other than the inbox, without the times in them."""
        heard = []
        while len(heard) < count:
            frame = self.frame(seconds)
            if frame is None:
                break
            if not isinstance(frame, str) and frame[2] != "inbox":
                heard.append(timeless(frame))
        return heard


def timeless(frame):
    """Without the time in an ack subject."""
    op, subject, sid, reply, headers, payload = frame
    reply = re.sub(r"^(\$JS\.ACK\.(?:[^.]+\.){5})\d{19}", r"\1TIME", reply)
    return (op, subject, sid, reply, headers, payload)


TIMES = {"created", "ts", "time", "timestamp", "first_ts", "last_ts", "last_active"}

# What may differ, and why: members of JSON objects by (name, value, the object). All else must be equal.
JUSTIFIED = [
    (lambda name, value, body: name in TIMES, "the two are asked one after the other"),
    (lambda name, value, body: name == "id", "random"),
    (lambda name, value, body: name == "description" and "err_code" in body,
     "words of an error; its codes are compared"),
    (lambda name, value, body: name == "name" and "durable_name" in body,
     "2.9 repeats the name of a durable in some answers only, later servers in all"),
    (lambda name, value, body: value in (None, False, 0, "", [], {}),
     "members that hold nothing: some are left out, others written, by version"),
]


def clean(value):
    """Without what may differ."""
    if isinstance(value, list):
        return [clean(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {name: clean(item) for name, item in value.items()
            if not any(holds(name, item, value) for holds, _ in JUSTIFIED)}


# --- Core ----------------------------------------------------------------------------------------------


@scenario
def offences(connection, rng):
    """What closes a connection, and what it is told first."""
    heard = []
    for sent in [b"HELLO\r\n", b"PUB a 2000000\r\n", b"SUB\r\n", b"PUB a b c d\r\n", b"UNSUB x y z\r\n",
                 b"SUB a..b 1\r\n", b"SUB a.> 1\r\n", b"SUB >.a 1\r\n", b"PUB a..b 1\r\nx\r\n", b"ping\r\n",
                 b"PuB\ta 1\r\nx\r\n", b"SUB " + b"a" * 5000 + b" 1\r\n"]:
        peer = connection.another()
        try:
            peer.send(sent)
            answer = [line for line in peer.until_pong()]
            heard.append((sent[:20], answer, "open"))
        except Closed:
            text = peer.data.decode(errors="replace")
            # Of wrong arguments the real server says nothing, or not always.
            known = re.findall(r"-ERR '(Unknown Protocol|Maximum Payload|maximum control line)", text)
            heard.append((sent[:20], known, "closed"))
    return heard


Q = 'CONNECT {"verbose":false,"pedantic":false}\r\n'
C = ('CONNECT {"verbose":false,"pedantic":false,"headers":true,"no_responders":true,"protocol":1}\r\n')

# What a client sends at once, and then looks at every byte that comes back, and whether it is closed.
RAW = [
    "PING\r\n", C + C, Q, "CONNECT {}\r\n", "CONNECT\r\n", "connect{}\r\n", "CONNECT\t{}\r\n",
    'CONNECT {"protocol":2}\r\n', 'CONNECT {"protocol":-1}\r\n', 'CONNECT {"protocol":1.5}\r\n',
    'CONNECT {"no_responders":true}\r\n', 'CONNECT {"tls_required":true}\r\n', "CONNECT []\r\n",
    'CONNECT {"verbose":\r\n', 'CONNECT {"verbose":1}\r\n', 'CONNECT {"foo":1,"verbose":false}\r\n',
    'CONNECT {"name":null}\r\n', "CONNECT {} {}\r\n",
    C + 'CONNECT {"verbose":false,"headers":false,"no_responders":false}\r\nHPUB a 12 12\r\nNATS/1.0\r\n\r\n\r\n',
    Q + "HPUB a 12 12\r\nNATS/1.0\r\n\r\n\r\n", "HPUB a 12 12\r\nNATS/1.0\r\n\r\n\r\n",
    "HELLO\r\n", "\r\n", "\n", "PING\n", Q + "PING foo\r\n", Q + "PONG\r\n", Q + "+OK\r\n",
    Q + "-ERR 'x'\r\n", Q + "INFO {}\r\n", Q + "MSG a 1 1\r\nx\r\n", Q + "PINGX\r\n",
    Q + "PUB a 2000000\r\n", Q + "PUB a\r\n", Q + "PUB a b c d\r\n", Q + "PUB a x\r\n",
    Q + "PUB a -1\r\n", Q + "PUB a 1\r\nxyz\r\n", Q + "PUB a 0\r\n\r\n", Q + "PUB a 00000000001\r\nx\r\n",
    Q + "PUB a 1\nx\r\n", Q + "PUB  \t a\t 1\r\nx\r\n", Q + "PUB a 1 \r\nx\r\n",
    C + "HPUB a 5 3\r\nxxx\r\n", C + "HPUB a 0 3\r\nxxx\r\n", C + "HPUB a 12\r\n", C + "HPUB a x 3\r\n",
    C + "HPUB a 12 2000000\r\n", C + "SUB a 1\r\nHPUB a 3 6\r\nxxxyyy\r\n",
    Q + "SUB\r\n", Q + "SUB a\r\n", Q + "SUB a b c d\r\n", Q + "UNSUB\r\n", Q + "UNSUB x y z\r\n",
    Q + "UNSUB x y\r\n", Q + "UNSUB 1 -5\r\n", Q + "UNSUB 99\r\n", 'CONNECT {"verbose":true}\r\nUNSUB 99\r\n',
    Q + "SUB " + "a" * 4094 + " 1\r\n", Q + "SUB " + "a" * 4095 + " 1\r\n", Q + "PUB " + "a" * 5000,
    Q + "SUB a..b 1\r\n", Q + "SUB . 1\r\n", 'CONNECT {"pedantic":true}\r\nSUB a.>.b 1\r\n',
    'CONNECT {"pedantic":true}\r\nPUB a..b 1\r\nx\r\n', 'CONNECT {"pedantic":true}\r\nPUB a.* 1\r\nx\r\n',
    'CONNECT {"pedantic":true}\r\nPUB a..b _R_.x 1\r\nx\r\n', "SUB a 1\r\n", "PUB a 1\r\nx\r\n",
    Q + "SUB a 1\r\nSUB b 1\r\nPUB b 1\r\nx\r\nPUB a 1\r\ny\r\n",
    C + "SUB in 1\r\nPUB nobody in 1\r\nx\r\n", C + "PUB nobody in 1\r\nx\r\n",
    C + "SUB in q 1\r\nPUB nobody in 1\r\nx\r\n", C + "SUB > 1\r\nPUB nobody in 1\r\nx\r\n",
    C + "SUB in 1\r\nUNSUB 1 1\r\nPUB nobody in 1\r\nx\r\nPUB nobody in 1\r\nx\r\n",
    C + "SUB in 1\r\nPUB a..b in 1\r\nx\r\nPUB a.* in 1\r\nx\r\n",
    *[C + f"SUB > 1\r\nPUB a {reply} 1\r\nx\r\n" for reply in (
        "_R_.x.y", "_GR_.x.y", "$GR.x", "$JS.ACK", "$JS.ACK.x", "$JS.ACK.s.c.1.2.3.4.5", "_R_", "_R_.")],
    C + "SUB > 1\r\nPUB _R_.x.y 1\r\nx\r\n", C + "SUB > 1\r\nPUB $JS.ACK.s.c.1.2.3.4.5 1\r\nx\r\n",
    C + "SUB $SYS.> 1\r\nPUB $SYS.x 1\r\nx\r\n", C + "SUB a.* 1\r\nPUB a.* 1\r\nx\r\nPUB a. 1\r\nx\r\n",
    C + "SUB > 1\r\nPUB a..b 1\r\nx\r\nPUB .a 1\r\nx\r\nPUB a. 1\r\nx\r\n",
    'CONNECT {"echo":false,"verbose":false}\r\nSUB a 1\r\nSUB a q 2\r\nPUB a 1\r\nx\r\n',
    'CONNECT {"echo":false,"verbose":false,"headers":true,"no_responders":true}\r\n'
    "SUB in 1\r\nSUB svc 2\r\nPUB svc in 1\r\nx\r\n",
    'CONNECT {"verbose":true,"pedantic":false}\r\nSUB a..b 1\r\nUNSUB 1\r\nSUB a 1\r\nSUB a 1\r\n',
    Q + "SUB a 1\r\nUNSUB 1 0\r\nPUB a 1\r\nx\r\n", Q + "SUB a 1\r\nUNSUB 1 2\r\nUNSUB 1 1\r\nPUB a 1\r\nx\r\n"
    "PUB a 1\r\nx\r\n", Q + "SUB a q 1\r\nSUB a 3\r\nPUB a 1\r\nx\r\n",
    C + "SUB foo*.bar 1\r\nPUB foo*.bar 1\r\nx\r\nPUB foox.bar 1\r\ny\r\nSUB f>o 2\r\nPUB f>o 1\r\nz\r\n",
    C + "SUB in 1\r\nPUB $JS.API.FOO in 0\r\n\r\n", C + "SUB in 1\r\nPUB $JS.FOO in 0\r\n\r\n",
    Q + "SUB a\x001 1\r\n", "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
]


def every_byte(connection, sent):
    """All that comes back up to the PONG or the end, and whether it ended."""
    peer = connection.another(None)
    ended = False
    try:
        peer.send(sent.encode("latin-1") + b"PING\r\n")
        while not peer.data.endswith(b"PONG\r\n") or peer.data.count(b"PONG") < sent.count("PING") + 1:
            if not peer.more(1):
                break
        while peer.more(0.02):
            pass
    except Closed:
        ended = True
    text = peer.data.decode(errors="replace")
    text = re.sub(r"INFO \{.*?\} \r\n", "", text)  # 2.9 sends no second one to who is alone
    # Later servers name the subject that nobody listens to.
    text = re.sub(r"HMSG (\S+ \S+) \d+ \d+\r\nNATS/1.0 503\r\nNats-Subject: [^\r]*\r\n",
                  r"HMSG \1 16 16\r\nNATS/1.0 503\r\n", text)
    peer.socket.close()
    return text, ended


@scenario
def raw_cases(connection, rng):
    """Byte by byte, for every rule of the client protocol."""
    return [(sent[:60], len(sent), every_byte(connection, sent)) for sent in RAW]


@scenario
def wildcards_and_queues(connection, rng):
    """Random subscriptions and publishes: who gets what."""
    tokens = ["a", "b", "c", "*", ">", "a*", ">b"]
    heard = []
    for round_number in range(150):
        peer = connection.another()
        patterns = []
        for sid in range(rng.randrange(1, 8)):
            pattern = [rng.choice(tokens) for _ in range(rng.randrange(1, 5))]
            patterns.append(".".join(pattern))
            peer.send(f"SUB {patterns[-1]} {sid}\r\n")
        refused = len(peer.until_pong())
        for _ in range(6):
            subject = ".".join(rng.choice(["a", "b", "c", "a*", ">b"]) for _ in range(rng.randrange(1, 5)))
            peer.publish(subject, "x")
        got = sorted((frame[1], frame[2]) for frame in peer.until_pong())
        heard.append((round_number, patterns, refused, got))
        peer.socket.close()
    return heard


@scenario
def unsubscribe_counts(connection, rng):
    peer = connection.another()
    peer.send("SUB a 1\r\nSUB a 2\r\nUNSUB 1 2\r\n")
    for _ in range(4):
        peer.publish("a", "x")
    first = sorted(frame[2] for frame in peer.until_pong())
    peer.send("UNSUB 2 3\r\n")  # has had more
    peer.publish("a", "x")
    return first, [frame[2] for frame in peer.until_pong()]


@scenario
def verbose_and_echo(connection, rng):
    peer = connection.another({"verbose": True, "echo": False, "pedantic": True})
    peer.send("SUB a 1\r\n")
    peer.publish("a", "x")
    peer.publish("a.*", "x")
    return peer.until_pong()


@scenario
def headers_and_no_responders(connection, rng):
    peer = connection.another()
    old = connection.another({"verbose": False, "pedantic": False})
    for one in (peer, old):
        one.send("SUB h 1\r\n")
        one.until_pong()
    peer.publish("h", "body", "re", [("K", "1"), ("K", "2")])
    mine = peer.until_pong()
    headers, payload = peer.request("nobody", "")[4:]
    # Later servers say which subject it was.
    return mine, old.messages(1), headers.replace("Nats-Subject: nobody\r\n", ""), payload


# --- Streams -------------------------------------------------------------------------------------------


@scenario
def stream_configs(connection, rng):
    """Good and bad configurations: the same defaults, the same error codes."""
    heard = []
    second = 1_000_000_000
    for number, config in enumerate([
            {}, {"subjects": ["a.>"]}, {"subjects": ["b.*", "b.c"]}, {"subjects": ["c..d"]},
            {"subjects": ["d", "d"]}, {"num_replicas": 3}, {"num_replicas": 9}, {"max_age": 5},
            {"max_age": 60 * second}, {"max_age": second, "duplicate_window": 2 * second},
            {"max_msgs": 0}, {"subjects": ["e.>"], "no_ack": True},
            {"subjects": ["$JS.API.>"]}, {"deny_purge": True, "allow_rollup_hdrs": True},
            {"description": "x" * 5000}, {"max_msgs": "1"}, {"storage": "tape"}, {"discard": "new"}]):
        name = f"CONFIG{number}"
        heard.append((config, connection.api(f"STREAM.CREATE.{name}", {"name": name, **config})))
        connection.api(f"STREAM.DELETE.{name}")
    for name in ("", "a b", "a.b", "x" * 300):
        heard.append((name, connection.api("STREAM.CREATE.Z", {"name": name})))
    return heard


@scenario
def publishing(connection, rng):
    """PubAcks, duplicates, expectations, limits."""
    connection.api("STREAM.CREATE.PUB", {"name": "PUB", "subjects": ["pub.*"], "max_msg_size": 100,
                                         "allow_rollup_hdrs": True})
    heard = [connection.acked("pub.a", "1", headers) for headers in (
        None, [("Nats-Msg-Id", "x")], [("Nats-Msg-Id", "x")],
        [("Nats-Expected-Stream", "NO")], [("Nats-Expected-Last-Sequence", "9")],
        [("Nats-Expected-Last-Sequence", "2")], [("Nats-Expected-Last-Msg-Id", "y")],
        [("Nats-Expected-Last-Subject-Sequence", "3")], [("Nats-Expected-Last-Subject-Sequence", "1")])]
    heard.append(connection.acked("pub.b", "2", [("Nats-Expected-Last-Subject-Sequence", "0")]))
    heard.append(connection.acked("pub.b", "x" * 101))
    heard.append(connection.acked("pub.a", "r", [("Nats-Rollup", "sub")]))
    heard.append(connection.api("STREAM.INFO.PUB"))
    heard.append(connection.acked("pub.b", "r", [("Nats-Rollup", "all")]))
    heard.append(connection.api("STREAM.INFO.PUB"))
    connection.api("STREAM.DELETE.PUB")
    return heard


@scenario
def limits(connection, rng):
    heard = []
    for name, config in {"OLD": {"max_msgs": 3}, "NEW": {"max_msgs": 3, "discard": "new"},
                         "BYTES": {"max_bytes": 200}, "KEYS": {"max_msgs_per_subject": 2}}.items():
        connection.api(f"STREAM.CREATE.{name}", {"name": name, "subjects": [f"{name}.*"], **config})
        heard += [connection.acked(f"{name}.{n % 2}", "payload " * 3) for n in range(7)]
        heard.append(connection.api(f"STREAM.INFO.{name}"))
        connection.api(f"STREAM.DELETE.{name}")
    return heard


@scenario
def messages_one_by_one(connection, rng):
    connection.api("STREAM.CREATE.ONE", {"name": "ONE", "subjects": ["one.*"], "allow_direct": True})
    for n in range(6):
        connection.acked(f"one.{n % 3}", f"m{n}", [("N", str(n))] if n % 2 else None)
    heard = [connection.api("STREAM.MSG.GET.ONE", request) for request in (
        {"seq": 1}, {"seq": 2}, {"seq": 0}, {"seq": 99}, {"last_by_subj": "one.0"}, {"last_by_subj": "one.*"},
        {"last_by_subj": "one.9"}, {"next_by_subj": "one.1", "seq": 3}, {}, "", "{")]
    for request in ("", "{", '{"seq":2}', '{"seq":77}', '{"last_by_subj":"one.2"}'):
        answer = connection.request("$JS.API.DIRECT.GET.ONE", request)
        heard.append((re.sub(r"Nats-Time-Stamp: \S+", "", answer[4]), answer[5]))
    answer = connection.request("$JS.API.DIRECT.GET.ONE.one.1")
    heard.append((re.sub(r"Nats-Time-Stamp: \S+", "", answer[4]), answer[5]))
    heard.append(connection.api("STREAM.MSG.DELETE.ONE", {"seq": 3}))
    heard.append(connection.api("STREAM.INFO.ONE", {"deleted_details": True, "subjects_filter": "one.*"}))
    for purge in ({"filter": "one.1", "keep": 1}, {"seq": 4}, {"keep": 1}, {"seq": 1, "keep": 1}, None):
        heard.append(connection.api("STREAM.PURGE.ONE", purge))
        heard.append(connection.api("STREAM.INFO.ONE"))
    heard.append(connection.api("STREAM.DELETE.ONE", "x"))
    heard.append(connection.api("STREAM.DELETE.ONE"))
    heard.append(connection.api("STREAM.DELETE.ONE"))
    return heard


# --- Consumers -----------------------------------------------------------------------------------------


def make_consumer(connection, stream, name, **config):
    return connection.api(f"CONSUMER.DURABLE.CREATE.{stream}.{name}", {
        "stream_name": stream, "config": {"durable_name": name, "ack_policy": "explicit", **config}})


@scenario
def consumer_configs(connection, rng):
    connection.api("STREAM.CREATE.CC", {"name": "CC", "subjects": ["cc.*"]})
    heard = []
    second = 1_000_000_000
    for number, config in enumerate([
            {}, {"ack_policy": "none"}, {"ack_policy": "all"}, {"max_deliver": 5},
            {"backoff": [second, 2 * second], "max_deliver": 3}, {"backoff": [1, 2, 3], "max_deliver": 2},
            {"deliver_policy": "by_start_sequence"}, {"deliver_policy": "by_start_sequence", "opt_start_seq": 3},
            {"opt_start_seq": 3}, {"deliver_policy": "by_start_time"}, {"deliver_policy": "new"},
            {"deliver_subject": "d.*"}, {"deliver_subject": "deliver"}, {"deliver_subject": "cc.x"},
            {"deliver_subject": "e", "max_waiting": 3}, {"max_waiting": -1}, {"flow_control": True},
            {"idle_heartbeat": second}, {"deliver_subject": "f", "flow_control": True},
            {"deliver_subject": "g", "idle_heartbeat": 5}, {"filter_subject": "cc.a"}, {"headers_only": True},
            {"max_ack_pending": 7}, {"max_ack_pending": 7, "ack_policy": "none"}, {"ack_policy": "maybe"},
            {"deliver_policy": "last_per_subject"}, {"num_replicas": 3}]):
        heard.append((config, make_consumer(connection, "CC", f"c{number}", **config)))
    heard.append(make_consumer(connection, "CC", "a/b"))
    heard.append(connection.api("CONSUMER.INFO.CC.none"))
    heard.append(connection.api("CONSUMER.DELETE.CC.none"))
    heard.append(connection.api("CONSUMER.DELETE.CC.c0"))
    heard.append(connection.api("CONSUMER.NAMES.CC"))
    connection.api("STREAM.DELETE.CC")
    return heard


@scenario
def pulling(connection, rng):
    """Batches, statuses, acknowledgements, and the numbers they leave."""
    connection.api("STREAM.CREATE.PULL", {"name": "PULL", "subjects": ["pull.*"]})
    make_consumer(connection, "PULL", "C")
    for n in range(8):
        connection.acked(f"pull.{n % 2}", f"m{n}", [("N", str(n))] if n == 3 else None)
    connection.send("SUB got.* got\r\n")

    def pull(body, count, seconds=3):
        connection.publish("$JS.API.CONSUMER.MSG.NEXT.PULL.C", body, "got.x")
        return connection.messages(count, seconds)

    def info():
        return connection.api("CONSUMER.INFO.PULL.C")

    heard = [pull('{"batch":3,"no_wait":true}', 3)]
    replies = [re.sub("TIME", "1", message[3]) for message in heard[0]]
    heard.append(connection.request(replies[0], "+ACK")[4:])
    heard.append(info())
    connection.publish(replies[2], "")
    connection.until_pong()
    heard.append(connection.request(replies[1], "+WPI")[4:])
    heard.append(info())
    heard.append(connection.request(replies[1], "-NAK")[4:])
    heard.append(pull("2", 2))
    heard.append(pull('{"batch":9,"no_wait":true}', 5))
    heard.append(info())
    heard.append(pull('{"batch":2,"no_wait":true}', 1))
    heard.append(pull('{"batch":2,"expires":300000000}', 1))
    heard.append(pull('{"batch":2,"expires":100,"idle_heartbeat":60}', 1))
    connection.acked("pull.0", "x" * 300)
    heard.append(pull('{"batch":2,"expires":500000000,"max_bytes":50}', 1))
    heard.append(pull("", 1)[0][5])
    heard.append(connection.api("CONSUMER.DELETE.PULL.C"))
    connection.api("STREAM.DELETE.PULL")
    return heard


@scenario
def redelivery_stops(connection, rng):
    """Ack wait, delivery count, and the end after max_deliver."""
    connection.api("STREAM.CREATE.RE", {"name": "RE", "subjects": ["re"]})
    make_consumer(connection, "RE", "C", max_deliver=2, ack_wait=200_000_000)
    connection.send("SUB got got\r\nSUB $JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.> advisory\r\n")
    connection.acked("re", "x")
    connection.publish("$JS.API.CONSUMER.MSG.NEXT.RE.C", '{"batch":5,"expires":2000000000}', "got")
    heard = connection.messages(4, 4)
    advisory = [clean(json.loads(frame[5])) for frame in heard if frame[2] == "advisory"]
    heard = [frame for frame in heard if frame[2] != "advisory"]
    connection.api("STREAM.DELETE.RE")
    return heard, advisory


@scenario
def pushing(connection, rng):
    connection.api("STREAM.CREATE.PUSH", {"name": "PUSH", "subjects": ["push.*"]})
    for n in range(3):
        connection.acked(f"push.{n}", f"m{n}")
    make_consumer(connection, "PUSH", "C", deliver_subject="deliver", idle_heartbeat=200_000_000,
                  flow_control=True)
    connection.send("SUB deliver deliver\r\n")
    heard = connection.messages(4)
    connection.send("UNSUB deliver\r\n")
    connection.api("STREAM.DELETE.PUSH")
    return heard


@scenario
def key_value(connection, rng):
    """What the clients of a bucket do."""
    connection.api("STREAM.CREATE.KV_B", {
        "name": "KV_B", "subjects": ["$KV.B.>"], "max_msgs_per_subject": 2, "discard": "new",
        "allow_rollup_hdrs": True, "deny_delete": True, "allow_direct": True})
    heard = [connection.acked(f"$KV.B.{key}", value, headers) for key, value, headers in (
        ("a", "1", None), ("b", "1", None), ("a", "2", None), ("a", "3", None),
        ("a", "4", [("Nats-Expected-Last-Subject-Sequence", "3")]),
        ("a", "5", [("Nats-Expected-Last-Subject-Sequence", "4")]),
        ("b", "", [("KV-Operation", "PURGE"), ("Nats-Rollup", "sub")]))]
    connection.send("SUB watch watch\r\n")
    made = connection.api("CONSUMER.CREATE.KV_B", {"stream_name": "KV_B", "config": {
        "deliver_subject": "watch", "ack_policy": "none", "deliver_policy": "last_per_subject",
        "filter_subject": "$KV.B.>", "max_deliver": 1}})
    heard.append(made.get("num_pending"))
    heard += [(frame[1], frame[4], frame[5], re.sub(r"^\$JS\.ACK\.KV_B\.[^.]+", "", frame[3]))
              for frame in connection.messages(2)]
    heard.append(connection.api("STREAM.INFO.KV_B"))
    connection.api("STREAM.DELETE.KV_B")
    return heard


def compare(function, seed, braid, real):
    answers = [function(Connection(address), random.Random(seed)) for address in (braid, real)]
    if answers[0] != answers[1]:
        # The real server sometimes starts a push consumer only after its interest was looked at again.
        answers[1] = function(Connection(real), random.Random(seed))
    if answers[0] == answers[1]:
        return None
    ours, theirs = answers
    if isinstance(ours, (list, tuple)) and len(ours) == len(theirs):
        for mine, other in zip(ours, theirs):
            if mine != other:
                return f"\n    braid {mine}\n    real  {other}"
    return f"\n    braid {ours}\n    real  {theirs}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--braid", help="the braid binary")
    parser.add_argument("--braid-address", help="a broker that runs already")
    parser.add_argument("--only", default="")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    options = parser.parse_args()
    if not (shutil.which("nats-server") or os.path.exists("/usr/sbin/nats-server")):
        print("no nats-server here: nothing compared")
        return 77
    print(f"seed {options.seed}")
    ours = (servers.External("nats", options.braid_address) if options.braid_address
            else servers.Braid(options.braid, ["--durability", "os"]))
    failed = 0
    with ours as braid, servers.RealNats() as real:
        for function in SCENARIOS:
            if options.only not in function.__name__:
                continue
            difference = compare(function, options.seed, braid.nats, real.nats)
            print(("same " if difference is None else "DIFF ") + function.__name__ + (difference or ""))
            failed += difference is not None
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
