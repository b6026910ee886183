"""The everyday JetStream flow with cnats, the C client."""

from case import case


@case("nats", "cnats")
def everyday(context):
    context.program([context.built("cnats_flow"), f"nats://{context.server.nats}"])
