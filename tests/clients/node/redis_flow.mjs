// Redis Streams flows with ioredis: node redis_flow.mjs PACKAGE STEP HOST PORT STREAM [PROTOCOL]
// Without a protocol, with the client's defaults. Ends with exit code 0 when the step went as it should.
import assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import { runStep } from "./step.mjs";

const [name, step, host, port, stream, protocol] = process.argv.slice(2);
const { default: Redis } = await import(name);
const connect = (more = {}) => new Redis(
    { host, port: Number(port), ...(protocol && { protocol: Number(protocol) }), ...more });
const redis = connect();

async function ensureGroup() {
  try {
    await redis.xgroup("CREATE", stream, "workers", "0", "MKSTREAM");
    return true;
  } catch (error) {
    assert.match(error.message, /^BUSYGROUP/);
    return false;
  }
}

// [[id, {field: value}], ...] of a one-stream reply, in either RESP's shape.
function entries(reply) {
  if (!reply) return [];
  const found = Array.isArray(reply) ? reply[0][1] : Object.values(reply)[0];
  return found.map(([id, flat]) => {
    const fields = {};
    for (let i = 0; i < flat.length; i += 2) fields[flat[i]] = flat[i + 1];
    return [id, fields];
  });
}

const asObject = (flat) => {
  if (!Array.isArray(flat)) return flat;
  const object = {};
  for (let i = 0; i < flat.length; i += 2) object[flat[i]] = flat[i + 1];
  return object;
};

const read = (consumer, count = 10, client = redis, block = 5000) =>
  client.xreadgroup("GROUP", "workers", consumer, "COUNT", count, "BLOCK", block,
                    "STREAMS", stream, ">");

const steps = {
  async everyday() {
    assert.equal(await ensureGroup(), true);
    assert.equal(await ensureGroup(), false);
    const sent = [];
    for (let n = 0; n < 15; n++) {
      sent.push(await redis.xadd(stream, "MAXLEN", "~", 100000, "*", "order", n, "region", "eu"));
    }
    const got = [];
    while (got.length < 15) {
      const batch = entries(await read("w1"));
      assert.ok(batch.length > 0 && batch.length <= 10);
      for (const [id] of batch) assert.equal(await redis.xack(stream, "workers", id), 1);
      got.push(...batch);
    }
    assert.deepEqual(got, sent.map((id, n) => [id, { order: String(n), region: "eu" }]));
    await redis.xadd(stream, "*", "order", "late");
    const [info] = (await redis.xinfo("GROUPS", stream)).map(asObject);
    assert.equal(info.name, "workers");
    assert.equal(info.pending, 0);
    assert.equal(info.lag, 1);
  },

  async abandoned() {
    await ensureGroup();
    const id = await redis.xadd(stream, "*", "order", "1");
    assert.equal(entries(await read("crashed")).length, 1);
    assert.deepEqual(await redis.xclaim(stream, "workers", "rescuer", 60000, id), []);
    const [[pendingId, owner, , deliveries]] =
        await redis.xpending(stream, "workers", "-", "+", 10);
    assert.deepEqual([pendingId, owner, deliveries], [id, "crashed", 1]);
    const claimed = await redis.xclaim(stream, "workers", "rescuer", 0, id);
    assert.deepEqual(claimed, [[id, ["order", "1"]]]);
    const [[, newOwner, , newDeliveries]] = await redis.xpending(stream, "workers", "-", "+", 10);
    assert.deepEqual([newOwner, newDeliveries], ["rescuer", 2]);
    assert.equal(await redis.xack(stream, "workers", id), 1);
  },

  async blocked() {
    await ensureGroup();
    const reader = connect();
    await reader.ping();
    const started = Date.now();
    const waiting = read("w1", 10, reader);
    await redis.ping();
    const id = await redis.xadd(stream, "*", "order", "1");
    assert.deepEqual(entries(await waiting), [[id, { order: "1" }]]);
    assert.ok(Date.now() - started < 3000);
    const nothing = await reader.xreadgroup("GROUP", "workers", "w1", "BLOCK", 200,
                                            "STREAMS", stream, ">");
    assert.equal(nothing, null);
    await reader.quit();
  },

  async pipeline() {
    const pipeline = redis.pipeline();
    for (let n = 0; n < 10000; n++) pipeline.xadd(stream, "*", "n", n);
    const answers = await pipeline.exec();
    assert.ok(answers.every(([error]) => error === null));
    const found = await redis.xrange(stream, "-", "+");
    assert.deepEqual(found.map(([id]) => id), answers.map(([, id]) => id));
    assert.deepEqual(found.map(([, fields]) => Number(fields[1])), [...Array(10000).keys()]);
  },

  // What CLIENT INFO says of a connection made with nothing but an address.
  async defaults() {
    const said = String(await redis.client("INFO"));
    const resp = name === "ioredis" && !protocol ? 3 : 2;
    assert.match(said, new RegExp(` resp=${resp} lib-name=ioredis[^ ]* lib-ver=[0-9.]+`));
  },

  async life() {
    const group = (...words) => redis.xgroup(words[0], stream, "workers", ...words.slice(1));
    const pending = async (...words) =>
        (await redis.xpending(stream, "workers", "-", "+", 10, ...words))
            .map(([id, owner, , deliveries]) => [id, owner, deliveries]);
    assert.equal(await group("CREATE", "$", "MKSTREAM"), "OK");
    const sent = [];
    for (let n = 0; n < 6; n++) sent.push(await redis.xadd(stream, "*", "n", n));
    const entry = (n) => [sent[n], ["n", String(n)]];

    assert.deepEqual(entries(await read("w1", 4)), [0, 1, 2, 3].map((n) => [sent[n], { n: `${n}` }]));
    assert.equal(await redis.xack(stream, "workers", sent[0]), 1);
    assert.deepEqual(await redis.xpending(stream, "workers"), [3, sent[1], sent[3], [["w1", "3"]]]);
    assert.deepEqual(await pending(), [1, 2, 3].map((n) => [sent[n], "w1", 1]));
    assert.deepEqual(await redis.xclaim(stream, "workers", "w2", 0, sent[1]), [entry(1)]);
    assert.deepEqual(await redis.xclaim(stream, "workers", "w2", 0, sent[2], "JUSTID"), [sent[2]]);
    assert.equal(await redis.xdel(stream, sent[3]), 1);
    assert.deepEqual(await redis.xautoclaim(stream, "workers", "w3", 0, "-", "COUNT", 2),
                     [sent[3], [entry(1), entry(2)], []]);
    assert.deepEqual(await redis.xautoclaim(stream, "workers", "w3", 0, sent[3]),
                     ["0-0", [], [sent[3]]]);
    assert.deepEqual(await pending("w3"), [[sent[1], "w3", 3], [sent[2], "w3", 2]]);
    const mine = await redis.xreadgroup("GROUP", "workers", "w3", "STREAMS", stream, "0");
    assert.deepEqual(entries(mine), [1, 2].map((n) => [sent[n], { n: `${n}` }]));

    const consumers = (await redis.xinfo("CONSUMERS", stream, "workers")).map(asObject);
    assert.deepEqual(consumers.map((one) => [one.name, one.pending]),
                     [["w1", 0], ["w2", 0], ["w3", 2]]);
    assert.equal(await group("CREATECONSUMER", "w4"), 1);
    assert.equal(await group("DELCONSUMER", "w4"), 0);
    assert.equal(await group("DELCONSUMER", "w3"), 2);
    assert.deepEqual(await redis.xpending(stream, "workers"), [0, null, null, null]);
    assert.equal(await group("SETID", "0"), "OK");
    assert.equal(entries(await read("w1")).length, 5);
    assert.equal(await group("DESTROY"), 1);
    assert.equal(await group("DESTROY"), 0);
    await assert.rejects(read("w1"), /^ReplyError: NOGROUP /);
    assert.equal(await redis.xlen(stream), 5);
  },

  async transaction() {
    await ensureGroup();
    const answers = await redis.multi()
        .xadd(stream, "1-1", "n", 1)
        .xreadgroup("GROUP", "workers", "w1", "STREAMS", stream, ">")
        .xread("BLOCK", 60000, "STREAMS", stream, "$")
        .xadd(stream, "1-1", "n", 0)
        .xack(stream, "workers", "1-1")
        .exec();
    const [added, got, waited, failed, acked] = answers;
    assert.deepEqual([added, waited, acked], [[null, "1-1"], [null, null], [null, 1]]);
    assert.deepEqual(entries(got[1]), [["1-1", { n: "1" }]]);
    assert.match(failed[0].message, /equal or smaller/);
    await assert.rejects(redis.multi().xadd(stream, "2-1", "n", 2).call("XADD", stream).exec(),
                         /EXECABORT/);
    const other = connect();
    await redis.watch(stream);
    await other.xadd(stream, "5-1", "n", "between");
    assert.equal(await redis.multi().xadd(stream, "6-1", "n", 6).exec(), null);
    await redis.watch(stream);
    assert.deepEqual(await redis.multi().xadd(stream, "7-1", "n", 7).exec(), [[null, "7-1"]]);
    assert.deepEqual((await redis.xrange(stream, "-", "+")).map(([id]) => id), ["1-1", "5-1", "7-1"]);
    await other.quit();
  },

  // Each of a thousand connections waits for one entry and gets it, then works one off.
  async crowd() {
    await ensureGroup();
    const readers = Array.from({ length: 1000 }, () => connect({ lazyConnect: true }));
    await Promise.all(readers.map((reader) => reader.connect()));
    const allWait = async () => {
      while (!/blocked_clients:1000\r/.test(await redis.info("clients"))) await pause(20);
    };
    const fanned = readers.map((reader) => reader.xread("BLOCK", 60000, "STREAMS", stream, "$"));
    await allWait();
    const first = await redis.xadd(stream, "*", "n", "first");
    for (const reply of await Promise.all(fanned)) {
      assert.deepEqual(entries(reply), [[first, { n: "first" }]]);
    }
    await redis.xgroup("SETID", stream, "workers", "$");
    const shared = readers.map((reader, n) => read(`w${n}`, 1, reader, 60000));
    await allWait();
    const pipeline = redis.pipeline();
    for (let n = 0; n < 1000; n++) pipeline.xadd(stream, "*", "n", n);
    const sent = (await pipeline.exec()).map(([, id]) => id);
    const got = (await Promise.all(shared)).map(entries);
    assert.ok(got.every((found) => found.length === 1));
    const taken = got.map(([[id, { n }]]) => [Number(n), id]).sort(([a], [b]) => a - b);
    assert.deepEqual(taken, sent.map((id, n) => [n, id]));
    await Promise.all(readers.map((reader) => reader.quit()));
  },
};

await runStep(steps, step, () => redis.quit());
