"""kcat: listing, producing, consuming and asking for offsets, as typed into a shell."""

import json
import time

from case import case
from kafka_flow import create_topic


def kcat(context, *words, stdin=None, server=None):
    return context.program(
        ["kcat", "-b", (server or context.server).kafka, *words], stdin=stdin)


def produce(context, topic, lines, *words):
    kcat(context, "-P", "-t", topic, *words, stdin="".join(line + "\n" for line in lines))


def consume(context, topic, form, *words):
    """All messages from the beginning to the end, printed by a format string."""
    return kcat(context, "-C", "-t", topic, "-o", "beginning", "-e", "-q", "-f", form, *words)


@case("kafka", "kcat")
def lines_produced_are_lines_consumed(context):
    topic = context.unique("lines")
    produce(context, topic, [f"line {n}" for n in range(1000)])
    assert consume(context, topic, "%o %s\\n").splitlines() == [f"{n} line {n}" for n in range(1000)]


@case("kafka", "kcat", seconds=120)
def million_lines_keep_the_order_of_their_partition(context):
    topic, count, partitions = context.unique("many"), 1_000_000, 4
    create_topic(context.server, topic, partitions)
    produce(context, topic, (f"{n % 50}:{n}" for n in range(count)), "-K", ":")
    last, found = [-1] * partitions, 0
    for line in consume(context, topic, "%p %s\\n").splitlines():
        partition, number = map(int, line.split())
        assert last[partition] < number, f"{number} comes after {last[partition]}"
        last[partition], found = number, found + 1
    assert found == count and min(last) > count - 50, (found, last)


@case("kafka", "kcat")
def keys_headers_and_compression_survive(context):
    topic = context.unique("keyed")
    for codec in ("none", "gzip", "snappy", "lz4", "zstd"):
        produce(context, topic, [f"k{n}:{codec} {n}" for n in range(3)],
                "-K", ":", "-z", codec, "-H", "from=kcat", "-H", f"codec={codec}")
    found = consume(context, topic, "%k|%s|%h\\n").splitlines()
    assert found == [
        f"k{n}|{codec} {n}|from=kcat,codec={codec}"
        for codec in ("none", "gzip", "snappy", "lz4", "zstd") for n in range(3)], found[:3]


@case("kafka", "kcat")
def listing_shows_broker_topic_and_partitions(context):
    topic = context.unique("listed")
    produce(context, topic, ["x"])
    listing = json.loads(kcat(context, "-L", "-J"))
    assert [broker["name"] for broker in listing["brokers"]] == [context.server.kafka]
    [found] = [entry for entry in listing["topics"] if entry["topic"] == topic]
    [partition] = found["partitions"]
    broker = listing["brokers"][0]["id"]
    assert (partition["partition"], partition["leader"]) == (0, broker)
    assert partition["replicas"] == partition["isrs"] == [{"id": broker}]
    text = kcat(context, "-L", "-t", topic)
    assert f'topic "{topic}" with 1 partitions' in text and context.server.kafka in text


@case("kafka", "kcat")
def query_answers_offsets_by_time(context):
    topic = context.unique("queried")
    before = int(time.time() * 1000) - 1000
    produce(context, topic, ["a", "b", "c"])
    after = int(time.time() * 1000) + 3600000

    def query(timestamp):
        line = kcat(context, "-Q", "-t", f"{topic}:0:{timestamp}").strip()
        assert line.startswith(f"{topic} [0] offset "), line
        return int(line.rsplit(" ", 1)[1])

    assert query(before) == 0
    assert query(after) in (-1, 3), "after the last: the end"
    assert (query(-2), query(-1)) == (0, 3), "the first and the next offset"


@case("kafka", "kcat")
def consuming_from_an_offset_and_from_the_end(context):
    topic = context.unique("tail")
    produce(context, topic, [str(n) for n in range(20)])
    assert kcat(context, "-C", "-t", topic, "-o", "15", "-e", "-q").split() == [
        "15", "16", "17", "18", "19"]
    assert kcat(context, "-C", "-t", topic, "-o", "-3", "-e", "-q").split() == ["17", "18", "19"]
    assert kcat(context, "-C", "-t", topic, "-o", "5", "-c", "2", "-q").split() == ["5", "6"]


@case("kafka", "kcat", seconds=90)
def group_of_one_reads_from_the_beginning(context):
    topic, group = context.unique("grouped"), context.unique("kcat-group")
    produce(context, topic, [str(n) for n in range(10)])
    options = ["-X", "auto.offset.reset=earliest", "-q"]
    read = kcat(context, *options, "-c", "6", "-G", group, topic).split()
    assert read == [str(n) for n in range(6)], read
    rest = kcat(context, *options, "-c", "4", "-G", group, topic).split()
    assert rest == [str(n) for n in range(6, 10)], rest
