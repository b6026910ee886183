"""The same few calls on a stream of each protocol: add a value and get None or the protocol's own error,
read everything back, make room."""

import base64
import json
import random

import kafka_wire
from raw import Wire


class RedisStore:
    """Through redis-cli."""

    def __init__(self, context, server):
        self.context = context
        self.host, self.port = server.redis.split(":")

    def run(self, *words, stdin=None):
        return self.context.program(
            ["redis-cli", "-h", self.host, "-p", self.port, *words], stdin=stdin).splitlines()

    def add(self, value):
        answer = self.run("-x", "XADD", "orders", "*", "v", stdin=value)[0]
        return None if answer[0].isdigit() else answer

    def values(self):
        return self.run("XRANGE", "orders", "-", "+")[2::3]

    def keep(self, count):
        self.run("XTRIM", "orders", "MAXLEN", "=", str(count))


class KafkaStore:
    """Through confluent-kafka, that gives up at the first error."""

    def __init__(self, context, server):
        import kafka_flow

        self.flow, self.server = kafka_flow, server
        kafka_flow.create_topic(server, "orders")
        self.connect()

    def connect(self):
        self.sender = self.flow.producer(
            self.server, **{"enable.idempotence": False, "retries": 0, "linger.ms": 0,
                            "compression.type": "none"})

    def add(self, value):
        said = []
        self.sender.produce("orders", value=value, on_delivery=lambda error, _: said.append(error))
        assert self.sender.flush(20) == 0 and len(said) == 1
        return None if said[0] is None else said[0].name()

    def values(self):
        return [message.value().decode() for message in self.flow.read_topic(self.server, "orders")[0]]

    def keep(self, count):
        """DeleteRecords by hand: Debian's client has no call for it."""
        end = len(self.values())
        with Wire(self.server.kafka) as wire:
            wire.send(kafka_wire.delete_records(b"orders", end - count))
            error = kafka_wire.delete_records_error(kafka_wire.receive(wire)[1], b"orders")
            assert error == 0, error


class NatsStore:
    """Through a socket: what a client library is sent, word for word."""

    def __init__(self, context, server):
        self.server = server
        self.connect()
        answer = self.ask("$JS.API.STREAM.CREATE.ORDERS", {"name": "ORDERS", "subjects": ["orders"]})
        assert "error" not in answer, answer

    def connect(self):
        self.wire = Wire(self.server.nats)
        self.wire.send(b'CONNECT {"verbose":false,"headers":true}\r\nSUB inbox 1\r\n')

    def ask(self, subject, body):
        body = body if isinstance(body, str) else json.dumps(body)
        self.wire.send(b"PUB %s inbox %d\r\n%s\r\n" % (
            subject.encode(), len(body.encode()), body.encode()))
        while True:
            head = self.wire.line()
            if head.startswith(b"MSG inbox "):
                return json.loads(self.wire.exactly(int(head.split()[-1]) + 2))
            assert not head.startswith(b"-ERR"), head

    def add(self, value):
        error = self.ask("orders", value).get("error")
        return error and (error["code"], error["err_code"], error["description"])

    def values(self):
        state = self.ask("$JS.API.STREAM.INFO.ORDERS", {})["state"]
        found = []
        for sequence in range(state["first_seq"], state["last_seq"] + 1):
            message = self.ask("$JS.API.STREAM.MSG.GET.ORDERS", {"seq": sequence})["message"]
            found.append(base64.b64decode(message["data"]).decode())
        return found

    def keep(self, count):
        answer = self.ask("$JS.API.STREAM.PURGE.ORDERS", {"keep": count})
        assert answer["success"], answer


def numbered(number, size):
    """A value that tells its number and that no compression makes much smaller."""
    return f"{number} {base64.b64encode(random.Random(number).randbytes(size * 3 // 4)).decode()}"


def add_until_refused(store, number, size, most=2000):
    """Adds values from `number` on. Returns (the number that was refused, the error)."""
    for number in range(number, number + most):
        error = store.add(numbered(number, size))
        if error is not None:
            return number, error
    raise AssertionError(f"{most} values were taken")
