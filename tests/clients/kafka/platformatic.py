"""A consumer group of the newer protocol with @platformatic/kafka."""

import re
import subprocess

from case import NotRun, case


@case("kafka", "platformatic", seconds=150)
def three_members_share_and_leave(context):
    said = subprocess.run(["node", "--version"], capture_output=True, text=True).stdout
    if int(re.search(r"\d+", said).group(0)) < 20:
        raise NotRun(f"it needs a newer Node.js than {said.strip()}")
    context.node("platformatic_flow.mjs", "share", context.server.kafka,
                 context.unique("platformatic"), seconds=140)
