"""Kafka's own client for the JVM, newest release: each flow is a scenario of tests/clients/java."""

from case import case
from toolchain import JAVA_OPTIONS, java_path


def scenario(context, name, server=None):
    context.program(
        ["java", *JAVA_OPTIONS, "-cp", java_path(context.build), "Main", name,
         (server or context.server).kafka, context.unique(f"java-{name.replace('_', '-')}")],
        seconds=150)


def flow(name):
    @case("kafka", "java", seconds=160, rename=name)
    def run(context):
        scenario(context, name)


@case("kafka", "java", seconds=160)
def messages_are_written_as_kafka_writes_them(context):
    """Random messages of every kind and version, read and written again by Kafka's own code."""
    written = context.program([context.build / "tests/protocol/kafka/kafka_write_messages", context.seed])
    file = context.server.dir / context.unique("messages")
    file.write_text(written)
    print("     " + context.program(["java", *JAVA_OPTIONS, "-cp", java_path(context.build), "Main", "messages", file],
                                    seconds=150).strip())


for one in ("codecs", "records", "idempotence", "groups", "static_members", "patterns", "positions", "many_partitions",
            "transactions", "transactional_offsets", "fencing", "streams_word_count", "admin_topics", "admin_groups",
            "admin_cluster", "admin_transactions"):
    flow(one)
