"""Kafka's own command-line tools, as an administrator types them."""

import json
import re

from case import case
from kafka_tools import refused, run


def produce(context, topic, lines):
    context.program(["kcat", "-b", context.server.kafka, "-P", "-t", topic, "-K", ":"],
                    stdin="".join(line + "\n" for line in lines))


@case("kafka", "kafka-tools", seconds=180)
def topics_are_created_altered_and_deleted(context):
    topic = context.unique("tooled")
    run(context, "kafka-topics", "--create", "--topic", topic, "--partitions", "2",
        "--config", "cleanup.policy=compact", "--config", "segment.bytes=1048576")
    said = run(context, "kafka-topics", "--describe", "--topic", topic)
    assert re.search(r"PartitionCount: 2\b", said), said
    assert "cleanup.policy=compact" in said and "segment.bytes=1048576" in said, said
    assert said.count("Leader: 1") == 2, said
    run(context, "kafka-topics", "--alter", "--topic", topic, "--partitions", "5")
    said = run(context, "kafka-topics", "--describe", "--topic", topic)
    assert re.search(r"PartitionCount: 5\b", said), said
    assert "can only get more" in refused(
        context, "kafka-topics", "--alter", "--topic", topic, "--partitions", "3")
    assert topic in run(context, "kafka-topics", "--list").split()
    run(context, "kafka-topics", "--delete", "--topic", topic)
    assert topic not in run(context, "kafka-topics", "--list").split()


@case("kafka", "kafka-tools", seconds=180)
def settings_are_altered_and_described(context):
    topic = context.unique("settled")
    run(context, "kafka-topics", "--create", "--topic", topic)
    entity = ["--entity-type", "topics", "--entity-name", topic]
    run(context, "kafka-configs", *entity, "--alter",
        "--add-config", "retention.ms=60000,cleanup.policy=[compact,delete]")
    said = run(context, "kafka-configs", *entity, "--describe")
    assert "retention.ms=60000" in said and "cleanup.policy=compact,delete" in said, said
    assert "DYNAMIC_TOPIC_CONFIG:retention.ms=60000" in said, said
    run(context, "kafka-configs", *entity, "--alter", "--delete-config", "retention.ms")
    assert "retention.ms=60000" not in run(context, "kafka-configs", *entity, "--describe")
    assert "InvalidConfiguration" in refused(
        context, "kafka-configs", *entity, "--alter", "--add-config", "segment.bytes=1")
    said = run(context, "kafka-configs", "--entity-type", "brokers", "--entity-name", "1",
               "--describe", "--all")
    assert "message.max.bytes=1048588" in said, said


@case("kafka", "kafka-tools", seconds=180)
def broker_settings_groups_and_quotas(context):
    with context.own_server() as server:
        shared, context.server = context.server, server
        try:
            brokers = ["--entity-type", "brokers", "--entity-default"]
            run(context, "kafka-configs", *brokers, "--alter",
                "--add-config", "log.retention.ms=12345")
            said = run(context, "kafka-configs", *brokers, "--describe")
            assert "log.retention.ms=12345" in said, said
            run(context, "kafka-configs", "--entity-type", "groups", "--entity-name", "readers",
                "--alter", "--add-config", "share.auto.offset.reset=earliest")
            said = run(context, "kafka-configs", "--entity-type", "groups", "--entity-name",
                       "readers", "--describe")
            assert "share.auto.offset.reset=earliest" in said, said
            clients = ["--entity-type", "clients", "--entity-name", "slow"]
            run(context, "kafka-configs", *clients, "--alter",
                "--add-config", "producer_byte_rate=1000,request_percentage=50")
            said = run(context, "kafka-configs", *clients, "--describe")
            assert "producer_byte_rate=1000.0" in said and "request_percentage=50.0" in said, said
            run(context, "kafka-client-metrics", "--alter", "--name", "m", "--interval", "5000")
            assert "m" in run(context, "kafka-client-metrics", "--list").split()
            server.terminate()
            server.start()
            said = run(context, "kafka-configs", *clients, "--describe")
            assert "producer_byte_rate=1000.0" in said, said
            topic = context.unique("after")
            run(context, "kafka-topics", "--create", "--topic", topic)
            said = run(context, "kafka-configs", "--entity-type", "topics", "--entity-name", topic,
                       "--describe", "--all")
            assert "retention.ms=12345" in said, said
        finally:
            context.server = shared


@case("kafka", "kafka-tools", seconds=180)
def offsets_records_and_sizes(context):
    topic = context.unique("sized")
    produce(context, topic, [f"k{n}:v{n}" for n in range(20)])
    assert f"{topic}:0:20" in run(context, "kafka-get-offsets", "--topic", topic)
    assert f"{topic}:0:0" in run(context, "kafka-get-offsets", "--topic", topic, "--time", "-2")
    request = context.server.dir / f"{topic}.json"
    request.write_text(json.dumps(
        {"partitions": [{"topic": topic, "partition": 0, "offset": 7}], "version": 1}))
    said = run(context, "kafka-delete-records", "--offset-json-file", request)
    assert "low_watermark: 7" in said, said
    assert f"{topic}:0:7" in run(context, "kafka-get-offsets", "--topic", topic, "--time", "-2")
    said = run(context, "kafka-log-dirs", "--describe", "--topic-list", topic)
    [line] = [line for line in said.splitlines() if line.startswith("{")]
    [directory] = json.loads(line)["brokers"][0]["logDirs"]
    [partition] = directory["partitions"]
    assert partition["partition"] == f"{topic}-0" and partition["size"] > 100, line


@case("kafka", "kafka-tools", seconds=180)
def groups_are_described_and_their_offsets_deleted(context):
    topic, group = context.unique("read"), context.unique("readers")
    produce(context, topic, [f"k{n}:v{n}" for n in range(9)])
    context.program(["kcat", "-b", context.server.kafka, "-G", group, topic, "-c", "4", "-q",
                     "-X", "auto.offset.reset=earliest"])
    assert group in run(context, "kafka-consumer-groups", "--list").split()
    said = run(context, "kafka-consumer-groups", "--describe", "--group", group)
    [line] = [line.split() for line in said.splitlines() if topic in line.split()]
    assert line[:6] == [group, topic, "0", "4", "9", "5"], line
    said = run(context, "kafka-consumer-groups", "--reset-offsets", "--group", group, "--topic",
               topic, "--to-earliest", "--execute")
    assert re.search(rf"{topic}\s+0\s+0", said), said
    said = run(context, "kafka-consumer-groups", "--reset-offsets", "--group", group, "--topic",
               topic, "--shift-by", "3", "--dry-run")
    assert re.search(rf"{topic}\s+0\s+3", said), said
    said = run(context, "kafka-consumer-groups", "--delete-offsets", "--group", group,
               "--topic", topic)
    assert "Successful" in said, said
    assert re.search(rf"{group}\s+Classic\s+consumer", run(context, "kafka-groups", "--list"))
    said = run(context, "kafka-consumer-groups", "--delete", "--group", group)
    assert "was successful" in said, said
    assert group not in run(context, "kafka-consumer-groups", "--list").split()


@case("kafka", "kafka-tools", seconds=180)
def share_groups_are_described_reset_and_deleted(context):
    topic, group = context.unique("shared"), context.unique("sharers")
    produce(context, topic, [f"k{n}:v{n}" for n in range(9)])
    run(context, "kafka-configs", "--entity-type", "groups", "--entity-name", group, "--alter",
        "--add-config", "share.auto.offset.reset=earliest")
    share = ["kafka-share-groups", "--group", group]
    said = run(context, "kafka-console-share-consumer", "--topic", topic, "--group", group,
               "--max-messages", "9", "--formatter-property", "print.offset=true",
               "--formatter-property", "print.delivery=true")
    assert said.splitlines() == [f"Offset:{n}\tDelivery:1\tv{n}" for n in range(9)], said
    assert group in run(context, "kafka-share-groups", "--list").split()
    said = run(context, *share, "--describe")
    assert re.search(rf"{group}\s+{topic}\s+0\s+9\s+0\b", said), said
    assert re.search(rf"{group}\s.*Empty\s+0", run(context, *share, "--describe", "--state"))
    said = run(context, *share, "--reset-offsets", "--topic", topic, "--to-earliest", "--execute")
    assert re.search(rf"{group}\s+{topic}\s+0\s+0\b", said), said
    said = run(context, *share, "--describe")
    assert re.search(rf"{group}\s+{topic}\s+0\s+0\s+9\b", said), said
    said = run(context, *share, "--delete-offsets", "--topic", topic)
    assert re.search(rf"{topic}\s+Successful", said), said
    assert "was successful" in run(context, *share, "--delete")
    assert group not in run(context, "kafka-groups", "--list").split()


@case("kafka", "kafka-tools", seconds=180)
def cluster_and_what_it_has_not(context):
    topic = context.unique("led")
    run(context, "kafka-topics", "--create", "--topic", topic)
    assert re.search(r"Cluster ID: \S{22}", run(context, "kafka-cluster", "cluster-id"))
    said = run(context, "kafka-cluster", "api-versions")
    for line in ("AlterClientQuotas(49): 0 to 1", "(74): 0 to 1",
                 "DescribeQuorum(55): 0 to 2"):
        assert line in said, said
    run(context, "kafka-features", "describe")
    said = run(context, "kafka-metadata-quorum", "describe", "--status")
    assert re.search(r"LeaderId:\s+1", said), said
    said = run(context, "kafka-leader-election", "--election-type", "preferred", "--topic", topic,
               "--partition", "0")
    assert "Valid replica already elected" in said or "not needed" in said.lower(), said
    assert "SecurityDisabled" in refused(context, "kafka-acls", "--list")
    produce(context, topic, ["k:v"])
    said = run(context, "kafka-transactions", "describe-producers", "--topic", topic,
               "--partition", "0")
    assert "ProducerId" in said, said
    said = run(context, "kafka-transactions", "find-hanging", "--broker-id", "1")
    assert topic not in said, said


@case("kafka", "kafka-tools", seconds=180)
def partitions_stay_where_they_are(context):
    topic = context.unique("stays")
    produce(context, topic, ["k:v"])
    plan = context.server.dir / f"{topic}.json"
    plan.write_text(json.dumps(
        {"partitions": [{"topic": topic, "partition": 0, "replicas": [1]}], "version": 1}))
    said = run(context, "kafka-reassign-partitions", "--list")
    assert "No partition reassignments found" in said, said
    said = run(context, "kafka-reassign-partitions", "--execute",
               "--reassignment-json-file", plan)
    assert f"Successfully started partition reassignment for {topic}-0" in said, said
    said = run(context, "kafka-reassign-partitions", "--verify", "--reassignment-json-file", plan)
    assert f"Reassignment of partition {topic}-0 is completed" in said, said
    said = run(context, "kafka-metadata-quorum", "describe", "--replication")
    assert re.search(r"^1\s.*Leader", said, re.MULTILINE), said
    said = run(context, "kafka-cluster", "list-endpoints")
    assert re.search(rf"^1\s+127.0.0.1\s+{context.server.kafka.split(':')[1]}\s", said,
                     re.MULTILINE), said
