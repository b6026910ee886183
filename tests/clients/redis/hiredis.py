"""Flows with hiredis, the C client. Debian's release knows RESP2 alone."""

import json

import redis_life
from case import case


def flow(context, name, stdin=None):
    stream = context.unique(f"hiredis-{name}")
    words = [context.built("hiredis_flow"), name, *context.server.redis.split(":"), stream]
    return context.program(words, stdin=stdin)


@case("redis", "hiredis")
def everyday(context):
    flow(context, "everyday")


@case("redis", "hiredis")
def group_lives_from_create_to_destroy(context):
    stream = context.unique("life")
    said = flow(context, "commands", "".join(
        " ".join(words) + "\n" for words in redis_life.commands(stream)))
    redis_life.check([json.loads(line) for line in said.splitlines()], stream, resp=2)


@case("redis", "hiredis")
def blocked_reads_are_woken_by_xadd(context):
    flow(context, "blocked")


@case("redis", "hiredis")
def pipeline_of_10000_xadds_keeps_their_order(context):
    flow(context, "pipeline")
