"""Kafka's own dump tool on Braid's segment files: a second reader of the stored form."""

import re

from case import case

LIVING = [n for n in range(120) if n % 5]  # what write_log leaves of two segments of 20 batches


def dump(context, segment):
    """Every (offset, payload) of a segment file; each batch must be valid."""
    text = context.program(
        ["java", "-cp", context.build / "tests/clients/maven/jars/*", "org.apache.kafka.tools.DumpLogSegments",
         "--deep-iteration", "--print-data-log", "--files", segment], seconds=100)
    batches = [line for line in text.splitlines() if line.startswith("baseOffset: ")]
    assert batches and all(line.endswith(" isvalid: true") for line in batches), text[-2000:]
    assert "Found" not in text, text[-2000:]  # how it begins its complaints
    return [(int(offset), payload) for offset, payload in
            re.findall(r"^\| offset: (\d+) .*? payload: (.*)$", text, re.MULTILINE)]


@case("kafka", "kafka-dump-log", seconds=120)
def segments_of_a_running_broker_are_read(context):
    topic = context.unique("dumped")
    for codec in ("none", "gzip", "snappy", "lz4", "zstd"):
        lines = "".join(f"{codec} {n}\n" for n in range(20))
        context.program(["kcat", "-b", context.server.kafka, "-P", "-t", topic, "-z", codec],
                        stdin=lines)
    [segment] = (context.server.data / "streams").glob(f"{topic}-0~*/*.log")
    assert dump(context, segment) == [
        (at, f"{codec} {at % 20}") for at, codec in enumerate(
            codec for codec in ("none", "gzip", "snappy", "lz4", "zstd") for _ in range(20))]


@case("kafka", "kafka-dump-log", seconds=300)
def repacked_segments_are_read(context):
    for codec in ("none", "lz4", "zstd"):
        log = context.server.dir / context.unique(f"repacked-{codec}")
        context.program([context.build / "tests/tools/write_log", log, 2, 20, codec])
        [repacked] = log.glob("*.*.log")
        assert dump(context, repacked) == [(n, f"value {n}") for n in LIVING], codec
        [tail] = set(log.glob("*.log")) - {repacked}
        assert dump(context, tail) == [(n, f"value {n}") for n in range(120, 180)], codec
