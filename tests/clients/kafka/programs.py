"""The programs that come with Kafka to write and read: for the console, to measure, to verify."""

import json

from case import case
from kafka_tools import run


@case("kafka", "kafka-tools", seconds=180)
def consoles_write_and_read(context):
    topic = context.unique("typed")
    run(context, "kafka-console-producer", "--topic", topic, "--compression-codec", "lz4",
        "--reader-property", "parse.key=true", "--reader-property", "parse.headers=true",
        stdin="h:1\tk1\tone\nh:2\tk2\ttwo\nh:3\tk3\tthree\n")
    shown = ["--formatter-property", "print.key=true", "--formatter-property",
             "print.offset=true", "--formatter-property", "print.headers=true"]
    lines = ["Offset:0\th:1\tk1\tone", "Offset:1\th:2\tk2\ttwo", "Offset:2\th:3\tk3\tthree"]
    said = run(context, "kafka-console-consumer", "--topic", topic, "--from-beginning",
               "--max-messages", "3", *shown)
    assert said.splitlines() == lines, said
    said = run(context, "kafka-console-consumer", "--topic", topic, "--partition", "0",
               "--offset", "1", "--max-messages", "1", "--isolation-level", "read_committed")
    assert said.splitlines() == ["two"], said


@case("kafka", "kafka-tools", seconds=180)
def measuring_tools_count_what_they_sent(context):
    topic, group = context.unique("measured"), context.unique("measurers")
    said = run(context, "kafka-producer-perf-test", "--topic", topic, "--num-records", "4000",
               "--record-size", "100", "--throughput", "-1", "--transactional-id", topic,
               "--transaction-duration-ms", "50")
    assert said.startswith("4000 records sent, "), said
    said = run(context, "kafka-transactions", "list")
    assert [line.split()[3] for line in said.splitlines() if topic in line.split()] == [
        "CompleteCommit"], said
    said = run(context, "kafka-consumer-perf-test", "--topic", topic, "--num-records", "4000",
               "--group", group, "--hide-header")
    assert said.split(", ")[4] == "4000", said
    run(context, "kafka-configs", "--entity-type", "groups", "--entity-name", f"{group}-too",
        "--alter", "--add-config", "share.auto.offset.reset=earliest")
    said = run(context, "kafka-share-consumer-perf-test", "--topic", topic, "--num-records",
               "4000", "--group", f"{group}-too", "--hide-header")
    assert said.split(", ")[5] == "4000", said
    said = run(context, "kafka-e2e-latency", "--topic", f"{topic}-e2e", "--num-records", "50",
               "--producer-acks", "all", "--record-size", "100")
    assert "Avg latency: " in said and "99.9th" in said, said


@case("kafka", "kafka-tools", seconds=180)
def verifying_tools_agree(context):
    topic, group = context.unique("verified"), context.unique("verifiers")
    said = events(run(context, "kafka-verifiable-producer", "--topic", topic, "--max-messages",
                      "60"))
    assert [event["offset"] for event in said["producer_send_success"]] == list(range(60))
    assert said["tool_data"][0]["acked"] == 60, said["tool_data"]
    for protocol in ("classic", "consumer"):
        said = events(run(context, "kafka-verifiable-consumer", "--topic", topic, "--max-messages",
                          "60", "--group-protocol", protocol, "--group-id", f"{group}-{protocol}",
                          "--reset-policy", "earliest"))
        assert sum(event["count"] for event in said["records_consumed"]) == 60, said
        assert said["offsets_committed"][-1]["offsets"][0]["offset"] == 60, said
        assert all(event["success"] for event in said["offsets_committed"]), said
    said = events(run(context, "kafka-verifiable-share-consumer", "--topic", topic,
                      "--max-messages", "60", "--group-id", f"{group}-share",
                      "--offset-reset-strategy", "earliest"))
    assert sum(event["count"] for event in said["offsets_acknowledged"]) == 60, said
    assert all(event["success"] for event in said["offsets_acknowledged"]), said


def events(said):
    """What a verifying tool reports, a JSON object a line: name -> objects."""
    found = {}
    for line in said.splitlines():
        if line.startswith("{"):
            event = json.loads(line)
            found.setdefault(event["name"], []).append(event)
    return found
