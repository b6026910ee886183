"""The everyday flow with kafkajs."""

from case import case


def flow(step):
    @case("kafka", "kafkajs", seconds=90, rename=step)
    def run(context):
        context.node("kafka_flow.mjs", step, context.server.kafka, context.unique(f"kafkajs-{step}"),
                     seconds=80)


for one in ("everyday", "poison", "transactions", "admin", "settings", "compacted"):
    flow(one)
