"""The everyday flow with librdkafka from C."""

from case import case


@case("kafka", "librdkafka")
def produce_and_consume_in_a_group_twice(context):
    context.program([context.built("librdkafka_flow"), context.server.kafka,
                     context.unique("orders"), context.unique("workers")])
