"""Runs what the shell scripts of Kafka start, from the same jars."""

from toolchain import JAVA_OPTIONS

# Script -> class below org.apache.kafka.tools.
TOOLS = {
    "kafka-acls": "AclCommand",
    "kafka-client-metrics": "ClientMetricsCommand",
    "kafka-cluster": "ClusterTool",
    "kafka-configs": "ConfigCommand",
    "kafka-console-consumer": "consumer.ConsoleConsumer",
    "kafka-console-producer": "ConsoleProducer",
    "kafka-console-share-consumer": "consumer.ConsoleShareConsumer",
    "kafka-consumer-groups": "consumer.group.ConsumerGroupCommand",
    "kafka-consumer-perf-test": "ConsumerPerformance",
    "kafka-delete-records": "DeleteRecordsCommand",
    "kafka-e2e-latency": "EndToEndLatency",
    "kafka-features": "FeatureCommand",
    "kafka-get-offsets": "GetOffsetShell",
    "kafka-groups": "GroupsCommand",
    "kafka-leader-election": "LeaderElectionCommand",
    "kafka-log-dirs": "LogDirsCommand",
    "kafka-metadata-quorum": "MetadataQuorumCommand",
    "kafka-producer-perf-test": "ProducerPerformance",
    "kafka-reassign-partitions": "reassign.ReassignPartitionsCommand",
    "kafka-share-consumer-perf-test": "ShareConsumerPerformance",
    "kafka-share-groups": "consumer.group.ShareGroupCommand",
    "kafka-topics": "TopicCommand",
    "kafka-transactions": "TransactionsCommand",
    "kafka-verifiable-consumer": "VerifiableConsumer",
    "kafka-verifiable-producer": "VerifiableProducer",
    "kafka-verifiable-share-consumer": "VerifiableShareConsumer",
}


def run(context, tool, *arguments, check=True, stdin=None):
    """The tool's output; with check=False its result."""
    server = ["--bootstrap-server", context.server.kafka]
    if tool == "kafka-cluster":  # takes it behind its command
        server, arguments = [], [*arguments, *server]
    return context.program(
        ["java", *JAVA_OPTIONS, "-cp", context.build / "tests/clients/maven/jars/*",
         f"org.apache.kafka.tools.{TOOLS[tool]}", *server, *arguments],
        seconds=60, check=check, stdin=stdin)


def refused(context, tool, *arguments):
    """What the tool says when it is to fail."""
    result = run(context, tool, *arguments, check=False)
    said = result.stdout + result.stderr
    assert result.returncode != 0 or "rror" in said, said
    return said
