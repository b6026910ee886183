"""A store without room, on disk and in memory: each protocol's clients get that protocol's own error, what
was stored before stays readable, and writing goes on once there is room."""

import os
import resource

from case import case
from small_disk import on_small_disk
from stores import KafkaStore, NatsStore, RedisStore, add_until_refused, numbered

SIZE = 20000  # bytes of a value
# So small that trimming gives room back. Elsewhere one segment takes all, so that no upkeep comes between.
SEGMENTS = ("--segment-bytes", "256K")
KAFKA_ERROR = "KAFKA_STORAGE_ERROR"
NATS_ERROR = (500, 10047, "insufficient storage resources available")
REDIS_OUT_OF_MEMORY = "OOM command not allowed when used memory > 'maxmemory'."


def is_redis_disk_error(error):
    return (error.startswith("MISCONF Errors writing to the log file: ")
            and error.endswith(": No space left on device"))


def all_there(store, end):
    found = store.values()
    assert found == [numbered(n, SIZE) for n in range(end)], (
        f"{len(found)} of {end} values: {[value[:6] for value in found[:3]]}")


def full_disk(context, make_store, is_expected):
    with on_small_disk(context, 8 << 20) as server:
        store, disk = make_store(context, server), server.disk
        for number in range(20):
            assert store.add(numbered(number, SIZE)) is None
        disk.fill()
        end, error = add_until_refused(store, 20, SIZE)
        assert is_expected(error), error
        assert is_expected(store.add(numbered(0, 10 * SIZE))), "still full"
        all_there(store, end)

        disk.free()
        assert store.add(numbered(end, SIZE)) is None, "there is room again"
        all_there(store, end + 1)

        disk.fill()
        end, error = add_until_refused(store, end + 1, SIZE)
        assert is_expected(error), error
        server.kill()
        server.start()
        if hasattr(store, "connect"):
            store.connect()
        all_there(store, end)
        disk.free()
        assert store.add(numbered(end, SIZE)) is None
        all_there(store, end + 1)


@case("broker", "redis-cli", rename="full_disk_is_refused_as_redis_does")
def full_disk_redis(context):
    full_disk(context, RedisStore, is_redis_disk_error)


@case("broker", "confluent-kafka", rename="full_disk_is_refused_as_kafka_does")
def full_disk_kafka(context):
    full_disk(context, KafkaStore, lambda error: error == KAFKA_ERROR)


@case("broker", "raw", rename="full_disk_is_refused_as_nats_does")
def full_disk_nats(context):
    full_disk(context, NatsStore, lambda error: error == NATS_ERROR)


def refused_at_a_limit(context, which, limit_of, words):
    """`limit_of` says the soft limit for a running server."""
    with context.own_server(*SEGMENTS) as server:
        store = NatsStore(context, server)  # one connection: none can be made without descriptors
        assert store.add(numbered(0, SIZE)) is None
        pid = server.process.pid
        before = resource.prlimit(pid, which)
        resource.prlimit(pid, which, (limit_of(pid), before[1]))
        end, error = add_until_refused(store, 1, SIZE)
        assert error[:2] == (503, 10077) and error[2].endswith(words), error
        all_there(store, end)
        resource.prlimit(pid, which, before)
        assert store.add(numbered(end, SIZE)) is None
        store.connect()  # the server takes connections as before
        all_there(store, end + 1)
        server.restart()
        store.connect()
        all_there(store, end + 1)


@case("broker", "raw")
def largest_file_size_is_refused(context):
    refused_at_a_limit(context, resource.RLIMIT_FSIZE, lambda pid: 150000, ": File too large")


@case("broker", "raw")
def too_many_open_files_are_refused(context):
    def in_use(pid):
        return len(os.listdir(f"/proc/{pid}/fd"))

    refused_at_a_limit(context, resource.RLIMIT_NOFILE, in_use, ": Too many open files")


def full_memory(context, make_store, expected):
    with context.own_server("--memory", "--memory-limit", "4M", *SEGMENTS) as server:
        store = make_store(context, server)
        end, error = add_until_refused(store, 0, SIZE)
        assert error == expected, error
        assert end > 100, f"only {end} values of {SIZE} bytes in 4 MiB"
        all_there(store, end)

        store.keep(10)
        for number in range(end, end + 50):
            assert store.add(numbered(number, SIZE)) is None, f"trimming made room for {number - end}"
        found = store.values()
        assert found == [numbered(n, SIZE) for n in range(end - 10, end + 50)], len(found)


@case("broker", "redis-cli", rename="full_memory_is_refused_as_redis_does")
def full_memory_redis(context):
    full_memory(context, RedisStore, REDIS_OUT_OF_MEMORY)


@case("broker", "confluent-kafka", rename="full_memory_is_refused_as_kafka_does")
def full_memory_kafka(context):
    full_memory(context, KafkaStore, KAFKA_ERROR)


@case("broker", "raw", rename="full_memory_is_refused_as_nats_does")
def full_memory_nats(context):
    full_memory(context, NatsStore, NATS_ERROR)
