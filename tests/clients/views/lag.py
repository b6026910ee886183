"""One lag for all three models: on /metrics, as each client computes it, and in `braid lag`."""

import re
import urllib.request

import wait
from case import case
from kafka_flow import committed, consumer, produce_all, producer, read
from redis_flow import GROUP, connect, ensure_group, group_info

SAMPLE = re.compile(r'^stream_consumer_lag\{([^}]*)\}\s+(\S+)')


def fetch(server, path):
    with urllib.request.urlopen(f"http://{server.http}{path}", timeout=10) as answer:
        return answer.status, answer.headers["Content-Type"], answer.read().decode()


def lags(server):
    """{(platform, stream, consumer_group): lag} as /metrics has it."""
    found = {}
    for line in fetch(server, "/metrics")[2].splitlines():
        match = SAMPLE.match(line)
        if match:
            labels = dict(re.findall(r'(\w+)="([^"]*)"', match.group(1)))
            assert set(labels) == {"platform", "stream", "consumer_group"}, labels
            found[labels["platform"], labels["stream"], labels["consumer_group"]] = float(match.group(2))
    return found


def leave_lag_behind(server, context):
    """Three streams, ten messages each; groups that took four, five and six. Returns what lag is due."""
    orders = produce_all(producer(server), "orders", [(None, str(n)) for n in range(10)])
    assert orders.count() == 10
    reader = consumer(server, "billing")
    reader.subscribe(["orders"])
    reader.commit(message=read(reader, 4)[-1], asynchronous=False)
    assert committed(reader, "orders") == 4
    reader.close()

    redis = connect(server)
    ensure_group(redis, "clicks")
    for n in range(10):
        redis.xadd("clicks", {"n": n})
    redis.xreadgroup(GROUP, "w1", {"clicks": ">"}, count=5)
    assert group_info(redis, "clicks")["lag"] == 5

    context.node("nats_cross.mjs", server.nats, "fill", "EVENTS", "events.made", "10")
    context.node("nats_cross.mjs", server.nats, "work", "EVENTS", "audit", "6")
    return {("kafka", "orders", "billing"): 6, ("redis", "clicks", GROUP): 5,
            ("nats", "EVENTS", "audit"): 4}


@case("broker", "confluent-kafka", seconds=90)
def metrics_and_command_show_the_lag_of_every_model(context):
    with context.own_server() as server:
        due = leave_lag_behind(server, context)
        wait.until(lambda: due.items() <= lags(server).items(), 10, f"{due}, last seen: {lags(server)}")
        status, kind, text = fetch(server, "/metrics")
        assert status == 200 and kind.startswith("text/plain")
        assert "# TYPE stream_consumer_lag gauge" in text
        table = context.program([server.binary, "lag", "--http", server.http])
        for (_, stream, group), lag in due.items():
            rows = [line.split() for line in table.splitlines() if stream in line.split()]
            assert any(group in row and str(lag) in row for row in rows), table
        server.restart(graceful=False)
        wait.until(lambda: due.items() <= lags(server).items(), 10, f"{due} after kill -9")


@case("broker", "raw")
def health_page_says_ready(context):
    status, _, text = fetch(context.server, "/healthz")
    assert status == 200 and text.strip(), text
