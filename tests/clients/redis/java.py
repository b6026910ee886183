"""Redis clients for the JVM, newest releases: each flow is one of tests/clients/java."""

from case import case
from toolchain import JAVA_OPTIONS, java_path

# the flow of the program -> what it is called here
FLOWS = {
    "life": "group_lives_from_create_to_destroy",
    "blocked": "blocking_reads_wake_or_time_out",
    "pipeline": "pipeline_of_10000_xadds_keeps_their_order",
    "transaction": "transactions_are_carried_out_whole_or_not_at_all",
}


def flow(client, name, title):
    @case("redis", client, rename=title)
    def run(context):
        context.program(["java", *JAVA_OPTIONS, "-cp", java_path(context.build), "Main", f"{client}_{name}",
                         context.server.redis, context.unique(f"{client}-{name}")])


for java_client in ("jedis", "lettuce"):
    flow(java_client, "defaults", "defaults_are_the_newest_protocol_and_client_metadata")
    for one, called in FLOWS.items():
        flow(java_client, one, called)
        flow(java_client, one + "_resp2", called + "_in_resp2")
