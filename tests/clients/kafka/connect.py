"""Kafka Connect, distributed: a file's lines through a topic to another file, exactly once into the topic.

Its worker keeps connectors, source offsets and states in compacted topics, and writes lines and source
offsets in one transaction, so that neither its own death nor the broker's loses or doubles a line.
"""

import contextlib
import json
import subprocess
import urllib.error
import urllib.request

import wait
from case import case
from server import free_port
from toolchain import JAVA_OPTIONS

WORKER = """bootstrap.servers={kafka}
group.id=connect
listeners=http://127.0.0.1:{port}
key.converter=org.apache.kafka.connect.storage.StringConverter
value.converter=org.apache.kafka.connect.storage.StringConverter
config.storage.topic=connect-configs
config.storage.replication.factor=1
offset.storage.topic=connect-offsets
offset.storage.replication.factor=1
offset.storage.partitions=1
offset.storage.segment.ms=500
offset.storage.min.cleanable.dirty.ratio=0.01
status.storage.topic=connect-status
status.storage.replication.factor=1
status.storage.partitions=2
exactly.once.source.support=enabled
plugin.discovery=only_scan
offset.flush.interval.ms=500
heartbeat.interval.ms=300
session.timeout.ms=6000
scheduled.rebalance.max.delay.ms=0
"""


class Worker:
    """One worker of a Connect cluster, on the same REST port each time it is started."""

    def __init__(self, context, server):
        self.port = free_port()
        self.settings = server.dir / "worker.properties"
        self.settings.write_text(WORKER.format(kafka=server.kafka, port=self.port))
        self.log = server.dir / "worker.log"
        self.jars = context.build / "tests/clients/maven/connect/jars/*"
        self.process = None

    def start(self):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                ["java", *JAVA_OPTIONS, "-cp", self.jars,
                 "org.apache.kafka.connect.cli.ConnectDistributed", self.settings],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def kill(self):
        if self.process:
            self.process.kill()
            self.process.wait()

    def ask(self, path, body=None):
        """The answer to GET, or to PUT of `body`; None while there is none."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/connectors{path}", method="PUT" if body else "GET",
            data=json.dumps(body).encode() if body else None,
            headers={"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            assert error.code in (404, 409, 500, 503), error.read().decode()  # not yet, or not now
            return None
        except OSError:
            assert self.process.poll() is None, self.log.read_text()[-2000:]
            return None

    def connect(self, name, **settings):
        wait.until(lambda: self.ask(f"/{name}/config", settings), 120, f"connector {name} to be taken")

    def running(self, name):
        """All of the connector runs; a failed task fails the flow."""
        status = self.ask(f"/{name}/status")
        if not status:
            return False
        states = [status["connector"], *status["tasks"]]
        assert all(state["state"] != "FAILED" for state in states), status
        return len(states) > 1 and all(state["state"] == "RUNNING" for state in states)


def write(path, begin, end):
    with open(path, "a", encoding="ascii") as file:
        file.writelines(f"line {n}\n" for n in range(begin, end))


def lines(path):
    return path.read_text().splitlines() if path.exists() else []


def stored(server):
    """Bytes of the topic: about 300,000 for one half of the lines."""
    return sum(path.stat().st_size for path in (server.data / "streams").glob("lines-0~*/*.log"))


def await_all(source, target, count):
    """The source connector keeps some of what it has read to itself until there is more to read."""

    def all_there():
        with open(source, "a", encoding="ascii") as file:
            file.write("and more\n")
        wait.for_moment(0.3)
        return f"line {count - 1}" in lines(target)

    wait.until(all_there, 120, f"{count} lines")


def read(context, server, topic):
    """The values of what is committed; nothing while there is no such topic."""
    return context.program(["kcat", "-b", server.kafka, "-C", "-t", topic, "-e", "-q", "-X",
                            "isolation.level=read_committed"], check=False).stdout.splitlines()


@case("kafka", "connect", seconds=400)
def a_file_goes_through_a_topic_exactly_once(context):
    with context.own_server() as server, contextlib.ExitStack() as stack:
        source, target = server.dir / "source.txt", server.dir / "target.txt"
        write(source, 0, 10000)
        worker = Worker(context, server)
        stack.callback(worker.kill)
        worker.start()
        files = "org.apache.kafka.connect.file.FileStream"
        worker.connect("from-file", **{
            "connector.class": f"{files}SourceConnector", "tasks.max": "1", "file": str(source),
            "topic": "lines", "batch.size": "10", "exactly.once.support": "required"})
        worker.connect("to-file", **{
            "connector.class": f"{files}SinkConnector", "tasks.max": "1", "file": str(target),
            "topics": "lines", "consumer.override.isolation.level": "read_committed",
            "consumer.override.session.timeout.ms": "6000"})  # for the next one need not wait long
        wait.until(lambda: stored(server) > 100_000, 120, "the first lines")
        server.restart(graceful=False)
        await_all(source, target, 10000)
        assert worker.running("from-file") and worker.running("to-file")

        write(source, 10000, 20000)
        before = stored(server)
        wait.until(lambda: stored(server) > before + 100_000, 120, "further lines")
        worker.kill()
        wait.until(lambda: len(read(context, server, "connect-offsets")) < 20, 60,
                   "the source offsets to be compacted")
        worker.start()
        await_all(source, target, 20000)
        assert worker.running("from-file") and worker.running("to-file")

        expected = [f"line {n}" for n in range(20000)]
        found = [line for line in read(context, server, "lines") if line != "and more"]
        assert found == expected, "the topic has each line once, in order"
        assert set(lines(target)) == {*expected, "and more"}, "the file has each line"
