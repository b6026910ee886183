"""The everyday JetStream flow with nats-py."""

import asyncio
import time

import nats
from case import case
from nats.js import api, errors

GIB, DAY = 1024 ** 3, 24 * 60 * 60


def flow(function):
    """A case of an async function(context, connection, jetstream)."""

    def run(context):
        async def connected():
            connection = await nats.connect(f"nats://{context.server.nats}")
            try:
                await function(context, connection, connection.jetstream())
            finally:
                await connection.close()

        asyncio.run(connected())

    return case("nats", "nats-py", rename=function.__name__)(run)


async def fresh_stream(jetstream):
    try:
        await jetstream.delete_stream("ORDERS")
    except errors.NotFoundError:
        pass
    return await jetstream.add_stream(
        name="ORDERS", subjects=["orders.>"], retention=api.RetentionPolicy.LIMITS, max_bytes=GIB,
        max_age=DAY, storage=api.StorageType.FILE)


async def west_of(jetstream, **changes):
    config = api.ConsumerConfig(**{"max_deliver": 3, "ack_wait": 30, **changes})
    return await jetstream.pull_subscribe("orders.us-west.>", durable="west", config=config)


async def publish_orders(jetstream, count):
    for n in range(count):
        await jetstream.publish("orders.us-west.created", f"west {n}".encode(),
                                headers={"Nats-Msg-Id": f"west-{n}"})
        await jetstream.publish("orders.eu.created", f"eu {n}".encode())


async def nothing_comes(subscription, seconds):
    try:
        return not await subscription.fetch(1, timeout=seconds)
    except nats.errors.TimeoutError:
        return True


@flow
async def stream_has_the_limits_asked_for(context, connection, jetstream):
    config = (await fresh_stream(jetstream)).config
    assert (config.name, config.subjects, config.max_bytes) == ("ORDERS", ["orders.>"], GIB)
    assert (config.max_age, config.storage, config.retention) == (DAY, "file", "limits")
    try:
        await jetstream.add_stream(name="ORDERS", subjects=["orders.>"], num_replicas=3)
        raise AssertionError("three replicas need a cluster")
    except errors.APIError as error:
        assert error.err_code in (10058, 10074), error  # the stream exists, or replicas > 1
    await jetstream.delete_stream("ORDERS")
    try:
        await jetstream.add_stream(name="ORDERS", subjects=["orders.>"], num_replicas=3)
        raise AssertionError("three replicas need a cluster")
    except errors.APIError as error:
        assert (error.code, error.err_code) == (500, 10074), error
        assert error.description == "replicas > 1 not supported in non-clustered mode", error


@flow
async def duplicate_publish_is_told_so(context, connection, jetstream):
    await fresh_stream(jetstream)
    headers = {"Nats-Msg-Id": "id-1"}
    first = await jetstream.publish("orders.us-west.created", b"one", headers=headers)
    again = await jetstream.publish("orders.us-west.created", b"one", headers=headers)
    assert (first.stream, first.seq, bool(first.duplicate)) == ("ORDERS", 1, False)
    assert (again.stream, again.seq, again.duplicate) == ("ORDERS", 1, True)
    assert (await jetstream.stream_info("ORDERS")).state.messages == 1


@flow
async def worker_fetches_acknowledges_and_is_done(context, connection, jetstream):
    await fresh_stream(jetstream)
    await publish_orders(jetstream, 25)
    west = await west_of(jetstream)
    assert (await west.consumer_info()).num_pending == 25
    got = []
    while len(got) < 20:
        batch = await west.fetch(10, timeout=5)
        assert len(batch) == 10
        for message in batch:
            assert message.subject == "orders.us-west.created"
            assert message.metadata.num_delivered == 1
            await message.ack_sync()
            got.append(message.data.decode())
    assert got == [f"west {n}" for n in range(20)]
    info = await west.consumer_info()
    assert (info.num_pending, info.num_ack_pending, info.num_redelivered) == (5, 0, 0)
    assert len(await west.fetch(10, timeout=1)) == 5
    assert await nothing_comes(west, 0.5)


@flow
async def nak_with_delay_comes_back_later(context, connection, jetstream):
    await fresh_stream(jetstream)
    await publish_orders(jetstream, 1)
    west = await west_of(jetstream)
    [message] = await west.fetch(10, timeout=1)
    naked = time.monotonic()
    await message.nak(delay=1)
    [again] = await west.fetch(1, timeout=5)
    assert 0.95 < time.monotonic() - naked < 4
    assert (again.metadata.num_delivered, again.metadata.sequence.stream) == (2, 1)
    await again.ack_sync()
    assert (await west.consumer_info()).num_ack_pending == 0


@flow
async def unacknowledged_message_stops_after_three_deliveries(context, connection, jetstream):
    await fresh_stream(jetstream)
    await publish_orders(jetstream, 1)
    west = await west_of(jetstream, ack_wait=0.4)
    for delivery in (1, 2, 3):
        [message] = await west.fetch(1, timeout=5)
        assert message.metadata.num_delivered == delivery
    assert await nothing_comes(west, 1.5)
    assert (await jetstream.stream_info("ORDERS")).state.messages == 2


@flow
async def core_request_and_queue_group(context, connection, jetstream):
    heard = []

    async def answer(message):
        heard.append(message.data)
        await message.respond(b"re: " + message.data)

    for _ in range(3):
        await connection.subscribe("service.*", queue="pool", cb=answer)
    answers = await asyncio.gather(
        *[connection.request("service.a", str(n).encode(), timeout=5) for n in range(30)])
    assert [message.data for message in answers] == [f"re: {n}".encode() for n in range(30)]
    assert len(heard) == 30, "one member of a queue group each"
    try:
        await connection.request("nobody.home", b"", timeout=5)
        raise AssertionError("nobody could have answered")
    except nats.errors.NoRespondersError:
        pass
