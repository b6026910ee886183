"""go-redis, newest release: each flow is one of tests/clients/go."""

from case import case

# the flow of the program -> what it is called here
FLOWS = {
    "life": "group_lives_from_create_to_destroy",
    "blocked": "blocking_reads_wake_or_time_out",
    "pipeline": "pipeline_of_10000_xadds_keeps_their_order",
    "transaction": "transactions_are_carried_out_whole_or_not_at_all",
}


def flow(name, title):
    @case("redis", "go-redis", rename=title)
    def run(context):
        context.program([context.built("go/client_flow"), "go-redis", name, context.server.redis,
                         context.unique(f"go-{name}")])


flow("defaults", "defaults_are_the_newest_protocol_and_client_metadata")
for one, called in FLOWS.items():
    flow(one, called)
    flow(one + "_resp2", called + "_in_resp2")
