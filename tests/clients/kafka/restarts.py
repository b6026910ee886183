"""A broker that goes away and comes back, under confluent-kafka clients that stay."""

from case import case
from kafka_flow import (commit_until_done, committed, consumer, nothing_comes, produce_all, producer,
                        read, read_topic)


def clients_go_on_over_a_restart(context, graceful):
    with context.own_server() as server:
        topic, group = "orders", "workers"
        sender, reader = producer(server), consumer(server, group)
        produce_all(sender, topic, [(None, f"a{n}") for n in range(100)])
        reader.subscribe([topic])
        message = read(reader, 60)[-1]
        commit_until_done(reader, message)

        server.restart(graceful)
        produce_all(sender, topic, [(None, f"b{n}") for n in range(100)])
        rest = [message.value().decode() for message in read(reader, 140)]
        assert rest == [f"a{n}" for n in range(60, 100)] + [f"b{n}" for n in range(100)]
        assert nothing_comes(reader, 0.5)
        reader.close()

        other = consumer(server, group)
        assert committed(other, topic) == 60, "the commit survived, and nothing after it was committed"
        other.subscribe([topic])
        message = read(other, 140)[-1]
        commit_until_done(other, message)
        assert committed(other, topic) == 200
        other.close()
        values = [message.value().decode() for message in read_topic(server, topic)[0]]
        assert values == [f"a{n}" for n in range(100)] + [f"b{n}" for n in range(100)]


@case("kafka", "confluent-kafka", seconds=120)
def clients_go_on_over_a_graceful_restart(context):
    clients_go_on_over_a_restart(context, graceful=True)


@case("kafka", "confluent-kafka", seconds=120)
def clients_go_on_over_kill_9(context):
    clients_go_on_over_a_restart(context, graceful=False)


@case("kafka", "confluent-kafka", seconds=120)
def topics_and_commits_are_there_after_kill_9_with_every_client_gone(context):
    with context.own_server() as server:
        produce_all(producer(server), "orders", [(None, str(n)) for n in range(30)])
        reader = consumer(server, "workers")
        reader.subscribe(["orders"])
        reader.commit(message=read(reader, 12)[-1], asynchronous=False)
        server.kill()
        reader.close()
        server.start()
        reader = consumer(server, "workers")
        assert committed(reader, "orders") == 12
        reader.subscribe(["orders"])
        assert [message.value() for message in read(reader, 18)] == [
            str(n).encode() for n in range(12, 30)]
        reader.close()
