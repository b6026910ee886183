"""Transactions with confluent-kafka as applications use them."""

from case import case
from confluent_kafka import KafkaError, KafkaException, Producer, TopicPartition
from kafka_flow import QUIET, consumer, create_topic, nothing_comes, produce_all, producer, read


def transactional(server, identity, **options):
    made = Producer({"bootstrap.servers": server.kafka, "transactional.id": identity,
                     "transaction.timeout.ms": 30000, **QUIET, **options})
    made.init_transactions(20)
    return made


def values(messages):
    return [message.value().decode() for message in messages]


@case("kafka", "confluent-kafka")
def committed_is_read_and_aborted_is_not(context):
    topic = context.unique("tx")
    create_topic(context.server, topic, 2)
    sender = transactional(context.server, topic)
    reader = consumer(context.server, topic, **{"isolation.level": "read_committed"})
    everything = consumer(context.server, topic + "-all", **{"isolation.level": "read_uncommitted"})
    for client in (reader, everything):
        client.assign([TopicPartition(topic, 0, 0)])

    sender.begin_transaction()
    sender.produce(topic, "open", partition=0)
    sender.flush(20)
    assert values(read(everything, 1)) == ["open"]
    assert nothing_comes(reader, 0.5)
    sender.commit_transaction(20)
    assert values(read(reader, 1)) == ["open"]

    sender.begin_transaction()
    for n in range(100):
        sender.produce(topic, f"aborted {n}", partition=n % 2)
    sender.flush(20)
    sender.abort_transaction(20)
    sender.begin_transaction()
    sender.produce(topic, "after", partition=0)
    sender.commit_transaction(20)
    assert values(read(reader, 1)) == ["after"], "nothing of what was aborted"
    assert values(read(everything, 51))[-1] == "after"


@case("kafka", "confluent-kafka")
def second_producer_fences_the_first(context):
    topic = context.unique("fence")
    create_topic(context.server, topic)
    first = transactional(context.server, topic)
    first.begin_transaction()
    first.produce(topic, "of the first")
    first.flush(20)
    second = transactional(context.server, topic)
    try:
        first.commit_transaction(20)
        raise AssertionError("a fenced producer committed")
    except KafkaException as error:
        assert error.args[0].code() in (KafkaError._FENCED, KafkaError.INVALID_PRODUCER_EPOCH,
                                        KafkaError.PRODUCER_FENCED), error
    second.begin_transaction()
    second.produce(topic, "of the second")
    second.commit_transaction(20)
    reader = consumer(context.server, topic, **{"isolation.level": "read_committed"})
    reader.subscribe([topic])
    assert values(read(reader, 1)) == ["of the second"]
    reader.close()


@case("kafka", "confluent-kafka")
def offsets_are_committed_with_the_transaction(context):
    source, target = context.unique("source"), context.unique("target")
    for topic in (source, target):
        create_topic(context.server, topic)
    produce_all(producer(context.server), source, [(None, str(n)) for n in range(50)])
    reader = consumer(context.server, source)
    reader.subscribe([source])
    sender = transactional(context.server, source)
    for batch, commit in ((10, True), (10, False), (10, True)):
        sender.begin_transaction()
        for message in read(reader, batch):
            sender.produce(target, message.value())
        sender.send_offsets_to_transaction(
            reader.position(reader.assignment()), reader.consumer_group_metadata(), 20)
        if commit:
            sender.commit_transaction(20)
        else:
            sender.abort_transaction(20)
            for place in reader.committed(reader.assignment(), timeout=20):
                assert place.offset == 10, "an aborted transaction moves no offset"
                reader.seek(place)
    [place] = reader.committed(reader.assignment(), timeout=20)
    assert place.offset == 20
    reader.close()
    checker = consumer(context.server, target, **{"isolation.level": "read_committed"})
    checker.subscribe([target])
    assert values(read(checker, 20)) == [str(n) for n in range(20)]
    assert nothing_comes(checker, 0.5)
    checker.close()
