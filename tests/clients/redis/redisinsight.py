"""What RedisInsight sends when it opens a server, a stream in it, and its profiler. No RedisInsight runs: the
commands, their order and what is read from the answers are written down in node/redisinsight_flow.mjs."""

from case import case


def flow(step, title, *protocol):
    @case("redis", "node-redis", rename=title)
    def run(context):
        context.node("redisinsight_flow.mjs", step, *context.server.redis.split(":"),
                     context.unique(f"insight-{step}"), *protocol)


STEPS = {
    "server": "what_redisinsight_asks_of_a_server_is_answered",
    "overview": "redisinsight_draws_its_overview_and_lists_modules",
    "profiler": "redisinsight_profiler_sees_what_others_send",
    "stream": "what_redisinsight_asks_and_does_on_a_stream_is_answered",
}

for one, called in STEPS.items():
    flow(one, called)
    flow(one, called + "_in_resp2", "2")
