"""The Kafka port and those who send frames that are none."""

import struct

import kafka_wire as wire_format
from case import case
from raw import Bystander, Wire, expect, resident_mib, throw_garbage

CORRUPT_MESSAGE, UNSUPPORTED_VERSION, INVALID_RECORD = 2, 35, 87


def ask(wire):
    wire.send(wire_format.api_versions())
    correlation, body = wire_format.receive(wire)
    assert correlation == 7 and body[:2] == b"\x00\x00"


@case("kafka", "raw")
def frames_that_are_none_close_the_connection(context):
    address = context.server.kafka
    bystander = Bystander(address, ask)
    before = resident_mib(context.server)
    for sent in (
        struct.pack(">i", -1), struct.pack(">i", -2**31), struct.pack(">i", 2**31 - 1) + b"x" * 100,
        struct.pack(">i", 0), wire_format.frame(b"\x00"),
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",                       # read as a length: 1.1 GiB
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"x" * 200,  # a TLS greeting
        wire_format.request(9999, 0, b""), wire_format.request(-1, 0, b""),
        wire_format.request(wire_format.METADATA, 999, b""),
        wire_format.request(wire_format.METADATA, -5, b""),
        wire_format.request(wire_format.METADATA, 1, struct.pack(">i", 2**31 - 1)),
        wire_format.request(wire_format.METADATA, 1, struct.pack(">ih", 1, 20000) + b"short"),
    ):
        expect(address, bystander, sent, closed=True)
    assert resident_mib(context.server) - before < 64, "memory was taken for lengths nobody sent"


@case("kafka", "raw")
def half_a_frame_waits_for_its_rest(context):
    bystander = Bystander(context.server.kafka, ask)
    whole = wire_format.api_versions(correlation=41)
    with Wire(context.server.kafka) as wire:
        for byte in whole[:-1]:
            wire.send(bytes([byte]))
        bystander.is_served("half a frame")
        wire.send(whole[-1:])
        assert wire_format.receive(wire)[0] == 41
    with Wire(context.server.kafka) as wire:
        wire.send(whole[:10])
    bystander.is_served("a frame that never ended")


@case("kafka", "raw")
def newer_api_versions_request_is_told_what_there_is(context):
    with Wire(context.server.kafka) as wire:
        wire.send(wire_format.api_versions(version=99))
        _, body = wire_format.receive(wire)
        error, count = struct.unpack(">hi", body[:6])
        assert error == UNSUPPORTED_VERSION and count > 0, "answered in version 0 form"
        keys = [struct.unpack(">hhh", body[6 + 6 * n:12 + 6 * n]) for n in range(count)]
        assert any(key == wire_format.API_VERSIONS and least == 0 for key, least, most in keys), keys
        ask(wire)


@case("kafka", "raw")
def wrong_batches_are_refused_and_the_connection_stays(context):
    topic = context.unique("wrong").encode()
    bystander = Bystander(context.server.kafka, ask)
    with Wire(context.server.kafka) as wire:
        wire.send(wire_format.metadata(topic))  # creates it
        wire_format.receive(wire)
        good = wire_format.record_batch(b"good")
        for batch, errors in {
            good: [0],
            wire_format.record_batch(b"bad crc", spoil_crc=True): [CORRUPT_MESSAGE],
            wire_format.record_batch(b"bad count", count=2): [CORRUPT_MESSAGE, INVALID_RECORD],
            wire_format.record_batch(b"too long", length_error=1000): [CORRUPT_MESSAGE],
            wire_format.record_batch(b"too short", length_error=-5): [CORRUPT_MESSAGE, INVALID_RECORD],
            good[:40]: [CORRUPT_MESSAGE, INVALID_RECORD],
            b"": [CORRUPT_MESSAGE, INVALID_RECORD],
        }.items():
            wire.send(wire_format.produce(topic, batch))
            error = wire_format.produce_error(wire_format.receive(wire)[1], topic)
            assert error in errors, f"{batch[-12:]!r} was answered error {error}, not {errors}"
            bystander.is_served(batch[-12:])
        ask(wire)
    stored = context.program(["kcat", "-b", context.server.kafka, "-C", "-t", topic.decode(), "-e", "-q"])
    assert stored == "good\n", stored


@case("kafka", "raw")
def garbage_disturbs_nobody(context):
    topic = context.unique("garbage").encode()
    seeds = [wire_format.api_versions(), wire_format.metadata(topic),
             wire_format.produce(topic, wire_format.record_batch(b"value")),
             wire_format.request(1, 4, struct.pack(">iiiibi", -1, 100, 1, 1000000, 0, 0)),
             wire_format.request(11, 2, wire_format.text(b"group") + struct.pack(">ii", 10000, 10000))]
    throw_garbage(context.server.kafka, Bystander(context.server.kafka, ask), context.rng, seeds)
