"""What the redis-py flows share: connecting with defaults, and one reading of both RESPs' shapes."""

import redis

GROUP = "workers"


def connect(server, make=redis.Redis, **options):
    host, port = server.redis.split(":")
    return make(host=host, port=int(port), decode_responses=True, **options)


def has_resp3():
    """Whether this redis-py speaks RESP3."""
    return int(redis.__version__.split(".")[0]) >= 5


def connect_in_resp2(server, **options):
    return connect(server, **({"protocol": 2} if has_resp3() else {}), **options)


def entries(reply):
    """[(id, fields), ...] of a one-stream XREAD or XREADGROUP reply, in either RESP's shape."""
    if not reply:
        return []
    streams = list(reply.values()) if isinstance(reply, dict) else [stream[1] for stream in reply]
    found = streams[0]
    if found and isinstance(found[0], list):  # RESP3: one more list around
        found = found[0]
    return [tuple(entry) for entry in found]


def ensure_group(client, stream):
    """As applications start: create the group, or find that it is there."""
    try:
        client.xgroup_create(stream, GROUP, id="0", mkstream=True)
        return True
    except redis.ResponseError as error:
        assert str(error).startswith("BUSYGROUP"), error
        return False


def group_info(client, stream):
    return {info["name"]: info for info in client.xinfo_groups(stream)}[GROUP]
