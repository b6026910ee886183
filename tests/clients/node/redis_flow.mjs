// The everyday Redis Streams flow with ioredis: node redis_flow.mjs PACKAGE STEP HOST PORT STREAM
// Ends with exit code 0 when the step went as it should.
import assert from "node:assert/strict";
import { runStep } from "./step.mjs";

const [name, step, host, port, stream] = process.argv.slice(2);
const { default: Redis } = await import(name);
const connect = () => new Redis({ host, port: Number(port) });
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

const read = (consumer, count = 10, client = redis) =>
  client.xreadgroup("GROUP", "workers", consumer, "COUNT", count, "BLOCK", 5000,
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
    for (let n = 0; n < 5000; n++) pipeline.xadd(stream, "*", "n", n);
    const answers = await pipeline.exec();
    assert.ok(answers.every(([error]) => error === null));
    const values = (await redis.xrange(stream, "-", "+")).map(([, fields]) => Number(fields[1]));
    assert.deepEqual(values, [...Array(5000).keys()]);
  },
};

await runStep(steps, step, () => redis.quit());
