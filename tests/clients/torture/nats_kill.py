"""The JetStream flow while the broker is killed again and again: each message id is stored once, and an
acknowledgement that was confirmed holds."""

import json
import subprocess
import threading

from case import case
from killer import KILLS, Killer


class Flow(threading.Thread):
    """nats_torture.mjs, which says how far it is, one JSON object a line, until its input closes."""

    def __init__(self, context, server):
        super().__init__(daemon=True)
        script = context.build / "tests/clients/node/nats_torture.mjs"
        self.process = subprocess.Popen(
            ["node", script, server.nats, server.kind], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True)
        self.progress = 0
        self.result = None

    def run(self):
        for line in self.process.stdout:
            said = json.loads(line)
            self.progress = said.get("progress", self.progress)
            self.result = said.get("result")


# Segments of 64 KiB, so that rolls, sealing and repacking are hit as well.
SMALL_SEGMENTS = ("--segment-bytes", "64K")


@case("nats", "nats.js", seconds=300)
def nothing_lost_or_doubled_over_kills(context):
    survive(context, *SMALL_SEGMENTS)


@case("nats", "nats.js", seconds=300)
def nothing_lost_or_doubled_over_kills_when_synced(context):
    survive(context, *SMALL_SEGMENTS, "--durability", "sync")


def survive(context, *arguments):
    with context.own_server(*arguments) as server:
        flow = Flow(context, server)
        flow.start()
        try:
            with Killer(server, context.rng, lambda: flow.progress) as killer:
                while killer.running and flow.process.poll() is None:
                    killer.join(0.1)
            if flow.process.poll() is None:
                flow.process.stdin.close()
                flow.join(90)
        finally:
            flow.process.kill()
            said = flow.process.stderr.read()
            flow.process.wait()
        killer.check()
        assert flow.result, f"the client ended early: {said[-1500:]}"
        assert killer.done == KILLS
        assert flow.result["problems"] == [], flow.result
        print(f"     {flow.result['published']} published, {flow.result['settled']} acknowledged, "
              f"{killer.done} kills")
