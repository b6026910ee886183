"""Clients for Node.js: ioredis, its newest release and the widespread version 5, and node-redis."""

from case import case
from crowd import crowd_server

# script and step -> what the flow is called
STEPS = {
    "defaults": "defaults_are_the_newest_protocol_and_client_metadata",
    "everyday": "everyday",
    "abandoned": "abandoned",
    "life": "group_lives_from_create_to_destroy",
    "blocked": "blocking_reads_wake_or_time_out",
    "pipeline": "pipeline_of_10000_xadds_keeps_their_order",
    "transaction": "transactions_are_carried_out_whole_or_not_at_all",
}


def arguments(client, step, server, stream, *protocol):
    """`protocol`: none for the client's default."""
    script = "node_redis_flow.mjs" if client == "redis" else "redis_flow.mjs"
    return (script, client, step, *server.redis.split(":"), stream, *protocol)


def flow(client, step, name, *protocol):
    @case("redis", client_name(client), rename=name)
    def run(context):
        context.node(*arguments(client, step, context.server, context.unique(f"node-{step}"), *protocol))


def crowd(client):
    @case("redis", client_name(client), seconds=120, rename="a_thousand_connections_are_served_at_once")
    def run(context):
        with crowd_server(context) as server:
            context.node(*arguments(client, "crowd", server, "orders"), seconds=110)


def client_name(package):
    return "node-redis" if package == "redis" else package


for package in ("ioredis", "ioredis5", "redis"):
    for one, title in STEPS.items():
        if package == "redis" and one in ("everyday", "abandoned"):
            continue  # parts of its life
        flow(package, one, title)
        if package != "ioredis5" and one not in ("defaults", "everyday"):  # it knows RESP2 alone
            flow(package, one, title + "_in_resp2", "2")
    crowd(package)
