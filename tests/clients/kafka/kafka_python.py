"""kafka-python, the client written wholly in Python."""

from case import case
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import NewTopic
from kafka.structs import OffsetAndMetadata


def reader_of(server, *topics, **options):
    return KafkaConsumer(
        *topics, bootstrap_servers=server.kafka, auto_offset_reset="earliest",
        enable_auto_commit=False, consumer_timeout_ms=20000, **options)


@case("kafka", "kafka-python")
def produce_consume_and_commit(context):
    topic, group = context.unique("orders"), context.unique("workers")
    sender = KafkaProducer(bootstrap_servers=context.server.kafka, acks="all",
                           compression_type="gzip", linger_ms=5)
    sent = [sender.send(topic, key=b"k%d" % n, value=b"v%d" % n, headers=[("n", b"%d" % n)])
            for n in range(200)]
    assert [future.get(20).offset for future in sent] == list(range(200))
    sender.close()

    reader, place = reader_of(context.server, topic, group_id=group), TopicPartition(topic, 0)
    for n in range(120):
        message = next(reader)
        assert (message.offset, message.key, message.value) == (n, b"k%d" % n, b"v%d" % n)
        assert message.headers == [("n", b"%d" % n)]
    reader.commit({place: OffsetAndMetadata(120, "by hand")})
    reader.close()

    reader = reader_of(context.server, topic, group_id=group)
    assert next(reader).offset == 120
    assert reader.committed(place) == 120
    assert reader.beginning_offsets([place]) == {place: 0}
    assert reader.end_offsets([place]) == {place: 200}
    reader.close()


@case("kafka", "kafka-python")
def administration(context):
    topic = context.unique("made")
    admin = KafkaAdminClient(bootstrap_servers=context.server.kafka)
    admin.create_topics([NewTopic(topic, 3, 1)])
    assert topic in admin.list_topics()
    [described] = admin.describe_topics([topic])
    assert sorted(p["partition"] for p in described["partitions"]) == [0, 1, 2]
    admin.delete_topics([topic])
    assert topic not in admin.list_topics()
    admin.close()
