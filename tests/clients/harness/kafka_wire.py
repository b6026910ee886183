"""A few Kafka requests built by hand, so that they can be built wrongly."""

import struct

PRODUCE, METADATA, API_VERSIONS, DELETE_RECORDS = 0, 3, 18, 21


def text(value):
    return struct.pack(">h", -1) if value is None else struct.pack(">h", len(value)) + value


def frame(body):
    return struct.pack(">i", len(body)) + body


def request(key, version, body, correlation=7):
    """A request with header version 1."""
    return frame(struct.pack(">hhi", key, version, correlation) + text(b"by-hand") + body)


def api_versions(version=0, correlation=7):
    return request(API_VERSIONS, version, b"", correlation)


def metadata(topic):
    return request(METADATA, 1, struct.pack(">i", 1) + text(topic))


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def record_batch(value, spoil_crc=False, count=1, length_error=0, magic=2):
    """One record in a RecordBatch v2; the arguments make it wrong in one way each."""
    body = b"\x00\x00\x00\x01" + bytes([len(value) << 1]) + value + b"\x00"
    records = bytes([len(body) << 1]) + body
    after_crc = struct.pack(">hiqqqhii", 0, count - 1, 1700000000000, 1700000000000, -1, -1, -1,
                            count) + records
    crc = crc32c(after_crc) ^ (1 if spoil_crc else 0)
    inside = struct.pack(">ibI", -1, magic, crc) + after_crc
    return struct.pack(">qi", 0, len(inside) + length_error) + inside


def produce(topic, batch, acks=-1):
    body = text(None) + struct.pack(">hi", acks, 5000) + struct.pack(">i", 1) + text(topic)
    body += struct.pack(">iii", 1, 0, len(batch)) + batch
    return request(PRODUCE, 7, body)


def delete_records(topic, before):
    body = struct.pack(">i", 1) + text(topic) + struct.pack(">iiqi", 1, 0, before, 5000)
    return request(DELETE_RECORDS, 0, body)


def delete_records_error(body, topic):
    """The error code in a DeleteRecords v0 response for one partition."""
    at = 4 + 4 + 2 + len(topic) + 4 + 4 + 8
    return struct.unpack(">h", body[at:at + 2])[0]


def receive(wire):
    """(correlation id, body) of the next response."""
    size = struct.unpack(">i", wire.exactly(4))[0]
    response = wire.exactly(size)
    return struct.unpack(">i", response[:4])[0], response[4:]


def produce_error(body, topic):
    """The error code in a Produce v7 response for one partition."""
    at = 4 + 2 + len(topic) + 4 + 4
    return struct.unpack(">h", body[at:at + 2])[0]
