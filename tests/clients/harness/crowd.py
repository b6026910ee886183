"""Room for flows with a thousand connections at once."""

import contextlib
import resource

CROWD = 1000


@contextlib.contextmanager
def crowd_server(context):
    """A server of the flow's own, with room in it and in this process for a crowd of connections."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, 4 * CROWD)), hard))
    try:
        with context.own_server() as server:
            yield server
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
