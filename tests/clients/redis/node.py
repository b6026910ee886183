"""The everyday flow with ioredis, its newest release and the widespread version 5."""

from case import case

STEPS = ["everyday", "abandoned", "blocked", "pipeline"]


def flow(client, step):
    @case("redis", client, rename=step)
    def run(context):
        host, port = context.server.redis.split(":")
        context.node("redis_flow.mjs", client, step, host, port, context.unique(f"node-{step}"))


for name in ("ioredis", "ioredis5"):
    for one in STEPS:
        flow(name, one)
