"""Clients for Go, newest releases: each flow is one of tests/clients/go."""

from case import case


def flow(client, name):
    @case("kafka", client, seconds=100, rename=name)
    def run(context):
        context.program(
            [context.built("go/client_flow"), client, name, context.server.kafka,
             context.unique(f"{client}-{name.replace('_', '-')}")], seconds=95)


for one in ("codecs", "groups", "transactions", "exactly_once", "admin"):
    flow("franz-go", one)
for other in ("sarama", "kafka-go"):
    flow(other, "everyday")
