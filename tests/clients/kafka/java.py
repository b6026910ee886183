"""Kafka's own client for the JVM, newest release: each flow is a scenario of tests/clients/java."""

import subprocess

from case import case
from toolchain import JAVA_OPTIONS, java_path


def command(context, name, server):
    return ["java", *JAVA_OPTIONS, "-cp", java_path(context.build), "Main", name, server.kafka,
            context.unique(f"java-{name.replace('_', '-')}")]


def flow(name):
    @case("kafka", "java", seconds=160, rename=name)
    def run(context):
        context.program(command(context, name, context.server), seconds=150)


@case("kafka", "java", seconds=160)
def messages_are_written_as_kafka_writes_them(context):
    """Random messages of every kind and version, read and written again by Kafka's own code."""
    written = context.program([context.build / "tests/protocol/kafka/kafka_write_messages", context.seed])
    file = context.server.dir / context.unique("messages")
    file.write_text(written)
    print("     " + context.program(["java", *JAVA_OPTIONS, "-cp", java_path(context.build), "Main", "messages", file],
                                    seconds=150).strip())


for one in ("codecs", "records", "idempotence", "groups", "static_members", "patterns", "positions", "many_partitions",
            "transactions", "transactional_offsets", "fencing", "streams_word_count", "shares", "share_dead_letters",
            "admin_topics", "admin_groups", "admin_shares", "admin_cluster", "admin_transactions"):
    flow(one)


@case("kafka", "java", seconds=160)
def shares_over_kill_9(context):
    with context.own_server() as server:
        flow = subprocess.Popen(
            [str(word) for word in command(context, "shares_over_kill_9", server)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        try:
            assert flow.stdout.readline() == "working\n", flow.communicate()[1]
            server.restart(graceful=False)
            said = flow.communicate("\n", timeout=100)[1]
            assert flow.returncode == 0, said
        finally:
            flow.kill()
