"""What clients of core NATS meet: reconnects, drains, users, a server that leaves, WebSockets. The server
is started as test harnesses start one: under the name nats-server, with a configuration file."""

import asyncio
import signal
import subprocess

import wait
from case import case
from server import NatsServer

USERS = """
authorization { users: [
  { user: free, password: pw }
  { user: limited, password: pw
    permissions: { publish: "ask.>", subscribe: "_INBOX.>" } }
] }
"""


def under_its_name(context, config=""):
    return NatsServer(context.build / "tools/braid", config)


def node(context, step, server, event=None, flags=()):
    """Runs a step; calls `event` once the client says that it is ready for it."""
    script = context.build / "tests/clients/node/nats_core.mjs"
    process = subprocess.Popen(
        ["node", *flags, script, step, server.nats, server.websocket or ""], cwd=script.parent, text=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        if event:
            assert process.stdout.readline(), process.stderr.read()
            event()
        _, errors = process.communicate(timeout=40)
        assert process.returncode == 0, errors
    finally:
        process.kill()
        process.wait()


@case("nats", "nats.js")
def reconnects_after_a_restart(context):
    with under_its_name(context) as server:
        node(context, "reconnect", server, lambda: server.restart(graceful=False))


@case("nats", "nats.js")
def drains_what_was_delivered(context):
    with under_its_name(context) as server:
        node(context, "drain", server)


@case("nats", "nats.js")
def users_may_do_what_they_may(context):
    with under_its_name(context, USERS) as server:
        node(context, "auth", server)


@case("nats", "nats.js")
def request_to_nobody_fails_at_once(context):
    with under_its_name(context) as server:
        node(context, "no_responders", server)


@case("nats", "nats.js")
def leaves_a_lame_duck(context):
    lame = "lame_duck_duration: 1s\nlame_duck_grace_period: 500ms\n"
    with under_its_name(context, lame) as server:
        node(context, "lame_duck", server, lambda: server.process.send_signal(signal.SIGUSR2))
        wait.until(lambda: not server.alive(), 10, "the server to be gone")
        assert server.process.returncode == 0


@case("nats", "nats.js")
def speaks_over_websockets(context):
    with under_its_name(context, "websocket { port: -1, no_tls: true }\n") as server:
        # Node.js before 22 has them behind a flag.
        node(context, "websocket", server, flags=["--experimental-websocket"])


@case("nats", "nats-py")
def users_reconnects_and_drains(context):
    import nats

    async def flow(server):
        refused = []
        heard = asyncio.Event()

        async def complain(error):
            refused.append(str(error))
            heard.set()

        try:
            await nats.connect(f"nats://{server.nats}", user="free", password="wrong",
                               allow_reconnect=False, error_cb=complain)
            raise AssertionError("the password was wrong")
        except Exception as error:
            assert "Authorization" in str(error), error
        back = asyncio.Event()

        async def reconnected():
            back.set()

        limited = await nats.connect(
            f"nats://{server.nats}", user="limited", password="pw", error_cb=complain,
            reconnected_cb=reconnected, reconnect_time_wait=0.05, max_reconnect_attempts=-1)
        refused.clear()
        heard.clear()
        await limited.publish("forbidden", b"x")
        await asyncio.wait_for(heard.wait(), 20)
        assert any("forbidden" in text for text in refused), refused
        server.restart(graceful=True)
        await asyncio.wait_for(back.wait(), 20)
        free = await nats.connect(f"nats://{server.nats}", user="free", password="pw")

        async def answer(message):
            await message.respond(b"yes")

        await free.subscribe("ask.>", cb=answer)
        await free.flush()
        assert (await limited.request("ask.me", b"?", timeout=5)).data == b"yes"
        await free.drain()
        await limited.close()

    with under_its_name(context, USERS) as server:
        asyncio.run(flow(server))
