"""The everyday flow with hiredis, the C client."""

from case import case


@case("redis", "hiredis")
def everyday(context):
    context.program([context.built("hiredis_flow"), *context.server.redis.split(":"),
                     context.unique("hiredis")])
