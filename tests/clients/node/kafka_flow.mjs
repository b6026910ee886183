// The everyday Kafka flow with kafkajs: node kafka_flow.mjs STEP BOOTSTRAP TOPIC
// Ends with exit code 0 when the step went as it should.
import assert from "node:assert/strict";
import kafkajs from "kafkajs";
import { runStep } from "./step.mjs";

const [step, broker, topic] = process.argv.slice(2);
const group = `${topic}-workers`;
const kafka = new kafkajs.Kafka({ brokers: [broker], logLevel: kafkajs.logLevel.NOTHING });
const open = [];

async function connected(client) {
  await client.connect();
  open.push(client);
  return client;
}

// Reads `count` messages in the group; `handle` may be slow, commits are by hand after it.
async function consume(topics, count, handle) {
  const consumer = kafka.consumer({ groupId: group, maxWaitTimeInMs: 200 });
  await consumer.connect();
  await consumer.subscribe({ topics, fromBeginning: true });
  await new Promise((resolve, reject) => {
    consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error));
    consumer.run({
      autoCommit: false,
      eachMessage: async ({ topic, partition, message }) => {
        if (count <= 0) return;
        try {
          await handle(message, topic);
          await consumer.commitOffsets(
              [{ topic, partition, offset: String(Number(message.offset) + 1) }]);
        } catch (error) {
          reject(error);
        }
        if (--count === 0) resolve();
      },
    });
  });
  await consumer.disconnect();
}

const steps = {
  async everyday() {
    const producer = await connected(kafka.producer({ idempotent: true, maxInFlightRequests: 1 }));
    for (let round = 0; round < 5; round++) {
      const messages = [...Array(20).keys()].map((n) => ({
        key: `k${n}`, value: `order ${round * 20 + n}`, headers: { round: `${round}` },
      }));
      const [{ errorCode, baseOffset }] =
          await producer.send({ topic, acks: -1, compression: kafkajs.CompressionTypes.GZIP, messages });
      assert.deepEqual([errorCode, baseOffset], [0, String(round * 20)]);
    }
    const got = [];
    await consume([topic], 60, (message) => got.push(message.value.toString()));
    await consume([topic], 40, (message) => {
      got.push(message.value.toString());
      assert.equal(message.headers.round.toString(), String(Math.floor((got.length - 1) / 20)));
    });
    assert.deepEqual(got, [...Array(100).keys()].map((n) => `order ${n}`));
  },

  async poison() {
    const producer = await connected(kafka.producer());
    const values = ["1", "poison", "3"];
    await producer.send({ topic, messages: values.map((value) => ({ value })) });
    const done = [];
    await consume([topic], 3, async (message) => {
      const number = Number(message.value.toString());
      if (!Number.isNaN(number)) return done.push(number);
      await producer.send({
        topic: `${topic}.dlq`,
        messages: [{ value: message.value, headers: { offset: message.offset, error: "not a number" } }],
      });
    });
    assert.deepEqual(done, [1, 3]);
    await consume([topic, `${topic}.dlq`], 1, (message, from) => {
      assert.equal(from, `${topic}.dlq`);
      assert.deepEqual([message.value.toString(), message.headers.offset.toString()], ["poison", "1"]);
    });
  },

  async transactions() {
    const producer = await connected(
      kafka.producer({ transactionalId: topic, idempotent: true, maxInFlightRequests: 1 }));
    const send = async (value, end) => {
      const transaction = await producer.transaction();
      await transaction.send({ topic, messages: [{ value }] });
      await transaction[end]();
    };
    await send("kept", "commit");
    await send("dropped", "abort");
    await send("kept too", "commit");
    const found = [];
    await consume([topic], 2, (message) => found.push(message.value.toString()));
    assert.deepEqual(found, ["kept", "kept too"]);
    const transaction = await producer.transaction();
    await transaction.sendOffsets({
      consumerGroupId: `${group}-tx`, topics: [{ topic, partitions: [{ partition: 0, offset: "3" }] }] });
    await transaction.commit();
    const admin = await connected(kafka.admin());
    const [{ partitions }] = await admin.fetchOffsets({ groupId: `${group}-tx`, topics: [topic] });
    assert.deepEqual(partitions.map((p) => p.offset), ["3"]);
  },

  async admin() {
    const admin = await connected(kafka.admin());
    const producer = await connected(kafka.producer());
    assert.equal(await admin.createTopics({ topics: [{ topic, numPartitions: 2 }] }), true);
    assert.equal(await admin.createTopics({ topics: [{ topic, numPartitions: 2 }] }), false);
    assert.ok((await admin.listTopics()).includes(topic));
    const { topics: [described] } = await admin.fetchTopicMetadata({ topics: [topic] });
    assert.deepEqual(described.partitions.map((p) => p.partitionId).sort(), [0, 1]);
    await producer.send({ topic, messages: [{ value: "a", partition: 0 }, { value: "b", partition: 1 },
                                            { value: "c", partition: 1 }] });
    const ends = (await admin.fetchTopicOffsets(topic)).sort((a, b) => a.partition - b.partition);
    assert.deepEqual(ends.map(({ low, high }) => [low, high]), [["0", "1"], ["0", "2"]]);
    await consume([topic], 3, () => {});
    const [{ partitions }] = await admin.fetchOffsets({ groupId: group, topics: [topic] });
    assert.deepEqual(partitions.sort((a, b) => a.partition - b.partition).map((p) => p.offset), ["1", "2"]);
    const { groups } = await admin.listGroups();
    assert.ok(groups.some(({ groupId }) => groupId === group));
    const { groups: [state] } = await admin.describeGroups([group]);
    assert.deepEqual([state.state, state.members.length], ["Empty", 0]);
    await admin.deleteGroups([group]);
    await admin.deleteTopics({ topics: [topic] });
    assert.ok(!(await admin.listTopics()).includes(topic));
  },

  async settings() {
    const admin = await connected(kafka.admin());
    const resource = { type: kafkajs.ConfigResourceTypes.TOPIC, name: topic };
    const setting = async (name) => {
      const { resources: [{ configEntries }] } = await admin.describeConfigs(
          { includeSynonyms: true, resources: [{ ...resource, configNames: [name] }] });
      return configEntries[0];
    };
    await admin.createTopics({
      topics: [{ topic, configEntries: [{ name: "cleanup.policy", value: "compact" }] }],
    });
    assert.deepEqual([(await setting("cleanup.policy")).configValue,
                      (await setting("cleanup.policy")).configSource], ["compact", 1]);
    await admin.alterConfigs({
      validateOnly: false,
      resources: [{ ...resource, configEntries: [{ name: "retention.ms", value: "60000" }] }],
    });
    assert.equal((await setting("retention.ms")).configValue, "60000");
    assert.equal((await setting("cleanup.policy")).configValue, "delete", "the whole set is replaced");
    await assert.rejects(admin.alterConfigs({
      validateOnly: false,
      resources: [{ ...resource, configEntries: [{ name: "retention.ms", value: "soon" }] }],
    }));
    await admin.createPartitions({ topicPartitions: [{ topic, count: 3 }] });
    const { topics: [grown] } = await admin.fetchTopicMetadata({ topics: [topic] });
    assert.equal(grown.partitions.length, 3);
    await assert.rejects(admin.createPartitions({ topicPartitions: [{ topic, count: 2 }] }));
    assert.deepEqual(await admin.listPartitionReassignments({}), { topics: [] });
    await assert.rejects(admin.describeAcls({ resourceType: 2, resourcePatternType: 3, operation: 2,
                                              permissionType: 3 }), /[Ss]ecurity/);
    const { controller, brokers } = await admin.describeCluster();
    assert.deepEqual([controller, brokers.length], [1, 1]);
  },

  async compacted() {
    const admin = await connected(kafka.admin());
    await admin.createTopics({
      topics: [{ topic, configEntries: [{ name: "cleanup.policy", value: "compact" }] }],
    });
    const producer = await connected(kafka.producer({ retry: { retries: 0 } }));
    await producer.send({ topic, messages: [{ key: "k", value: "v" }] });
    await assert.rejects(producer.send({ topic, messages: [{ value: "no key" }] }));
  },
};

await runStep(steps, step, () => Promise.all(open.map((client) => client.disconnect())));
