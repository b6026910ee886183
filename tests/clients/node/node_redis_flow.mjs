// Redis Streams flows with node-redis: node node_redis_flow.mjs PACKAGE STEP HOST PORT STREAM [PROTOCOL]
// Without a protocol, with the client's defaults. Ends with exit code 0 when the step went as it should.
import assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import { runStep } from "./step.mjs";

const [name, step, host, port, stream, protocol] = process.argv.slice(2);
const { createClient, ErrorReply, WatchError } = await import(name);
const connect = () => createClient(
    { url: `redis://${host}:${port}`, ...(protocol && { RESP: Number(protocol) }) }).connect();
const redis = await connect();

const plain = (value) => JSON.parse(JSON.stringify(value));  // its objects have no prototype
const numbered = (id, n) => ({ id, message: { n: String(n) } });
const add = (n, id = "*", client = redis) => client.xAdd(stream, id, { n: String(n) });
const ids = async () => (await redis.xRange(stream, "-", "+")).map(({ id }) => id);

// The messages of a one-stream read; [] when there was none.
async function read(consumer, { id = ">", client = redis, ...options } = {}) {
  const reply = await client.xReadGroup("workers", consumer, { key: stream, id }, options);
  if (reply === null) return [];
  assert.deepEqual(reply.map((one) => one.name), [stream]);
  return plain(reply[0].messages);
}

async function blockedClients(count) {
  while (!new RegExp(`blocked_clients:${count}\r`).test(await redis.info("clients"))) await pause(20);
}

const steps = {
  // What CLIENT INFO says of a connection made with nothing but an address.
  async defaults() {
    const said = await redis.sendCommand(["CLIENT", "INFO"]);
    assert.match(String(said), / resp=3 lib-name=node-redis lib-ver=[0-9.]+/);
  },

  async life() {
    const pending = async (options) =>
        (await redis.xPendingRange(stream, "workers", "-", "+", 10, options))
            .map((one) => [one.id, one.consumer, one.deliveriesCounter]);
    assert.equal(await redis.xGroupCreate(stream, "workers", "$", { MKSTREAM: true }), "OK");
    await assert.rejects(redis.xGroupCreate(stream, "workers", "$"), /BUSYGROUP/);
    const sent = [];
    for (let n = 0; n < 6; n++) sent.push(await add(n));
    const messages = (...numbers) => numbers.map((n) => numbered(sent[n], n));

    assert.deepEqual(await read("w1", { COUNT: 4, BLOCK: 5000 }), messages(0, 1, 2, 3));
    assert.equal(await redis.xAck(stream, "workers", sent[0]), 1);
    assert.deepEqual(plain(await redis.xPending(stream, "workers")), {
      pending: 3, firstId: sent[1], lastId: sent[3],
      consumers: [{ name: "w1", deliveriesCounter: 3 }] });
    assert.deepEqual(await pending(), [1, 2, 3].map((n) => [sent[n], "w1", 1]));
    assert.deepEqual(await redis.xClaim(stream, "workers", "w2", 60000, sent[1]), []);
    assert.deepEqual(plain(await redis.xClaim(stream, "workers", "w2", 0, sent[1])), messages(1));
    assert.deepEqual(await redis.xClaimJustId(stream, "workers", "w2", 0, sent[2]), [sent[2]]);
    assert.equal(await redis.xDel(stream, sent[3]), 1);
    const claim = async (start, options) =>
        plain(await redis.xAutoClaim(stream, "workers", "w3", 0, start, options));
    assert.deepEqual(await claim("-", { COUNT: 2 }),
                     { nextId: sent[3], messages: messages(1, 2), deletedMessages: [] });
    assert.deepEqual(await claim(sent[3]),
                     { nextId: "0-0", messages: [], deletedMessages: [sent[3]] });
    assert.deepEqual(await pending({ consumer: "w3" }), [[sent[1], "w3", 3], [sent[2], "w3", 2]]);
    assert.deepEqual(await read("w3", { id: "0" }), messages(1, 2));

    const consumers = await redis.xInfoConsumers(stream, "workers");
    assert.deepEqual(consumers.map((one) => [one.name, one.pending]),
                     [["w1", 0], ["w2", 0], ["w3", 2]]);
    assert.ok(consumers.every((one) => one.idle >= 0 && one.inactive >= -1), consumers);
    assert.equal(Number(await redis.xGroupCreateConsumer(stream, "workers", "w4")), 1);
    assert.equal(await redis.xGroupDelConsumer(stream, "workers", "w4"), 0);
    assert.equal(await redis.xGroupDelConsumer(stream, "workers", "w3"), 2);
    assert.deepEqual(plain(await redis.xPending(stream, "workers")),
                     { pending: 0, firstId: null, lastId: null, consumers: null });
    assert.equal(await redis.xGroupSetId(stream, "workers", "0"), "OK");
    assert.equal((await read("w1")).length, 5);
    const [group] = await redis.xInfoGroups(stream);
    assert.deepEqual([group.name, group.pending, group["last-delivered-id"]], ["workers", 5, sent[5]]);
    assert.equal(Number(await redis.xGroupDestroy(stream, "workers")), 1);
    assert.equal(Number(await redis.xGroupDestroy(stream, "workers")), 0);
    await assert.rejects(read("w1"), /NOGROUP/);
    assert.equal(await redis.xLen(stream), 5);
  },

  async blocked() {
    await redis.xGroupCreate(stream, "workers", "$", { MKSTREAM: true });
    const client = await connect();
    const ways = [
      async (BLOCK) => (await client.xRead({ key: stream, id: "$" }, { BLOCK }))?.[0].messages ?? [],
      (BLOCK) => read("w1", { client, BLOCK }),
    ];
    for (const way of ways) {
      assert.deepEqual(await way(150), []);
      const started = Date.now();
      const waiting = way(20000);
      await blockedClients(1);
      const id = await add(1);
      assert.deepEqual(plain(await waiting), [numbered(id, 1)]);
      assert.ok(Date.now() - started < 5000);
      await read("w2");  // so that the next wait begins with nothing
    }
    await client.close();
  },

  // Commands sent in one turn of the event loop go out together.
  async pipeline() {
    const sent = await Promise.all([...Array(10000).keys()].map((n) => add(n)));
    assert.deepEqual(plain(await redis.xRange(stream, "-", "+")), sent.map(numbered));
  },

  async transaction() {
    await redis.xGroupCreate(stream, "workers", "0", { MKSTREAM: true });
    const [added, got, waited, acked] = await redis.multi()
        .xAdd(stream, "1-1", { n: "1" })
        .xReadGroup("workers", "w1", { key: stream, id: ">" })
        .xRead({ key: stream, id: "$" }, { BLOCK: 60000 })
        .xAck(stream, "workers", "1-1")
        .exec();
    assert.deepEqual([added, waited, acked], ["1-1", null, 1]);
    assert.deepEqual(plain(got[0].messages), [numbered("1-1", 1)]);
    const failing = redis.multi().xAdd(stream, "2-1", { n: "2" }).xAdd(stream, "1-1", { n: "0" });
    const replies = await failing.exec().catch((error) => error.replies);
    assert.equal(replies[0], "2-1");
    assert.ok(replies[1] instanceof ErrorReply && /equal or smaller/.test(replies[1].message));
    await assert.rejects(redis.multi().xAdd(stream, "3-1", { n: "3" }).addCommand(["XADD", stream]).exec());

    const other = await connect();
    await redis.watch(stream);
    await add("between", "5-1", other);
    await assert.rejects(redis.multi().xAdd(stream, "6-1", { n: "6" }).exec(), WatchError);
    await redis.watch(stream);
    assert.deepEqual(await redis.multi().xAdd(stream, "7-1", { n: "7" }).exec(), ["7-1"]);
    assert.deepEqual(await ids(), ["1-1", "2-1", "5-1", "7-1"]);
    await other.close();
  },

  // Each of a thousand connections waits for one entry and gets it, then works one off.
  async crowd() {
    await redis.xGroupCreate(stream, "workers", "$", { MKSTREAM: true });
    const readers = await Promise.all(Array.from({ length: 1000 }, connect));
    const fanned = readers.map((reader) => reader.xRead({ key: stream, id: "$" }, { BLOCK: 60000 }));
    await blockedClients(1000);
    const first = await add("first");
    for (const [one] of await Promise.all(fanned)) {
      assert.deepEqual(plain(one.messages), [numbered(first, "first")]);
    }
    await redis.xGroupSetId(stream, "workers", "$");
    const shared = readers.map((client, n) => read(`w${n}`, { client, COUNT: 1, BLOCK: 60000 }));
    await blockedClients(1000);
    const sent = await Promise.all(readers.map((_, n) => add(n)));
    const got = (await Promise.all(shared)).flat().sort((a, b) => a.message.n - b.message.n);
    assert.deepEqual(got, sent.map(numbered));
    await Promise.all(readers.map((reader) => reader.close()));
  },
};

await runStep(steps, step, () => redis.close());
