"""The everyday JetStream flow with the NATS client for Node.js, and the same over a restart."""

from case import case

STEPS = ["stream", "publish", "work", "lag", "nak", "deliveries", "progress", "replicas", "core"]


def flow(step):
    @case("nats", "nats.js", rename=step)
    def run(context):
        context.node("nats_flow.mjs", step, context.server.nats)


for one in STEPS:
    flow(one)


def everything_survives(context, graceful):
    with context.own_server() as server:
        context.node("nats_flow.mjs", "before", server.nats)
        server.restart(graceful)
        acks_lost = ["acks-lost"] if server.kind == "real" and not graceful else []
        context.node("nats_flow.mjs", "after", server.nats, *acks_lost)


@case("nats", "nats.js")
def graceful_restart_keeps_messages_ids_and_consumers(context):
    everything_survives(context, graceful=True)


@case("nats", "nats.js")
def kill_9_keeps_messages_ids_and_consumers(context):
    everything_survives(context, graceful=False)
