// A consumer group of the newer protocol with @platformatic/kafka:
// node platformatic_flow.mjs STEP BOOTSTRAP TOPIC
// Ends with exit code 0 when the step went as it should.
import assert from "node:assert/strict";
import {
  Admin, Consumer, Producer, stringDeserializers, stringSerializers,
} from "@platformatic/kafka";
import { runStep } from "./step.mjs";

// The one thing it needs that Node.js 20 has not.
Promise.withResolvers ??= function () {
  const made = {};
  made.promise = new this((resolve, reject) => Object.assign(made, { resolve, reject }));
  return made;
};

const [step, broker, topic] = process.argv.slice(2);
const groupId = `${topic}-workers`;
const base = { clientId: "flow", bootstrapBrokers: [broker], retries: 3 };
const maxWaitTime = 200;  // ms, of each fetch
const open = [];

class Member {
  constructor() {
    this.got = [];
    this.consumer = new Consumer({
      ...base, groupId, groupProtocol: "consumer", deserializers: stringDeserializers,
    });
    open.push(this);
  }
  async start() {
    this.stream = await this.consumer.consume({
      topics: [topic], autocommit: false, mode: "committed", fallbackMode: "earliest",
      maxWaitTime,
    });
    this.stream.on("data", (message) => {
      this.got.push(message.value);
      Promise.resolve(message.commit()).catch(() => {});
    });
    this.stream.on("error", () => {});
    return this;
  }
  get partitions() {
    return (this.consumer.assignments ?? []).flatMap((one) => one.partitions).sort();
  }
  async close() {
    open.splice(open.indexOf(this), 1);
    await this.consumer.close(true);
  }
}

async function until(reached, what, seconds = 30) {
  const deadline = Date.now() + seconds * 1000;
  while (!reached()) {
    assert.ok(Date.now() < deadline, `${seconds} s in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

// All of `count` partitions are somebody's, as evenly as they can be.
function shared(count, ...members) {
  const sizes = members.map((member) => member.partitions.length);
  const all = members.flatMap((member) => member.partitions).sort();
  return Math.max(...sizes) - Math.min(...sizes) <= 1 &&
         JSON.stringify(all) === JSON.stringify([...Array(count).keys()]);
}

const steps = {
  async share() {
    const admin = new Admin(base);
    await admin.createTopics({ topics: [topic], partitions: 6, replicas: 1 });
    await admin.close();
    const first = await new Member().start();
    await until(() => shared(6, first), "all partitions for one member");
    const second = await new Member().start();
    await until(() => shared(6, first, second), "three each");
    const third = await new Member().start();
    await until(() => shared(6, first, second, third), "two each");
    // A fetch that was under way when a partition was given up still hands out what it finds: it ends.
    await new Promise((resolve) => setTimeout(resolve, 10 * maxWaitTime));

    const producer = new Producer({ ...base, serializers: stringSerializers });
    const messages = [...Array(60).keys()].map((n) => ({ topic, value: `${n}`, partition: n % 6 }));
    await producer.send({ messages });
    const got = () => [...first.got, ...second.got, ...third.got];
    await until(() => got().length >= 60, "all messages");
    assert.deepEqual(got().map(Number).sort((a, b) => a - b), [...Array(60).keys()]);
    assert.deepEqual([first, second, third].map((member) => member.got.length), [20, 20, 20]);

    await second.close();
    await until(() => shared(6, first, third), "three each again");
    await third.close();
    await until(() => shared(6, first), "all partitions again");
    await producer.close();
  },
};

await runStep(steps, step, async () => {
  for (const member of [...open]) await member.close();
});
