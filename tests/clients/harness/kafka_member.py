"""A member of a consumer group as a process of its own, that can be killed.

    kafka_member.py CONFIG TOPIC    CONFIG: the consumer's options, as JSON

Prints a line for each thing that happens to it: "has 0 3", all partitions that are its own, and
"got VALUE". Ends, leaving the group, when its standard input does.
"""

import json
import select
import sys

from confluent_kafka import Consumer


def main():
    config, topic = json.loads(sys.argv[1]), sys.argv[2]
    assigned = set()

    def say(*words):
        print(*words, flush=True)

    def on_assign(reader, partitions):
        assigned.update(partition.partition for partition in partitions)
        say("has", *sorted(assigned))

    def on_revoke(reader, partitions):
        assigned.difference_update(partition.partition for partition in partitions)
        say("has", *sorted(assigned))

    reader = Consumer(config)
    reader.subscribe([topic], on_assign=on_assign, on_revoke=on_revoke)
    while not select.select([sys.stdin], [], [], 0)[0]:
        message = reader.poll(0.1)
        if message is not None and not message.error():
            reader.commit(message=message, asynchronous=False)
            say("got", message.value().decode())
    reader.close()


if __name__ == "__main__":
    main()
