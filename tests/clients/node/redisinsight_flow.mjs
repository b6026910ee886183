// What RedisInsight 3 sends when it opens a server and a stream in it, through node-redis, the client it is
// built on: node redisinsight_flow.mjs STEP HOST PORT STREAM [PROTOCOL]. Each answer must have the shape
// that is drawn from it. Ends with exit code 0 when the step went as it should.
import assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import { createClient } from "redis";
import { runStep } from "./step.mjs";

const [step, host, port, stream, protocol] = process.argv.slice(2);
const connect = () => createClient(
    { url: `redis://${host}:${port}`, ...(protocol && { RESP: Number(protocol) }) }).connect();
const redis = await connect();
const ask = (...words) => redis.sendCommand(words);

const isId = (value) => assert.match(value, /^\d+-\d+$/);
const isCount = (value) => assert.ok(Number.isInteger(value) && value >= 0, String(value));

// A map of RESP3, or the flat list that RESP2 makes of it.
function asObject(reply) {
  if (!Array.isArray(reply)) return { ...reply };
  return Object.fromEntries(reply.flatMap((key, n) => (n % 2 ? [] : [[key, reply[n + 1]]])));
}

function isEntry(entry) {
  assert.equal(entry.length, 2);
  isId(entry[0]);
  assert.deepEqual(entry[1], ["n", entry[1][1]]);
}

// Twenty entries; five read by a consumer, one of them acknowledged.
async function fill() {
  await redis.xGroupCreate(stream, "workers", "0", { MKSTREAM: true });
  for (let n = 0; n < 20; n++) await redis.xAdd(stream, "*", { n: String(n) });
  const [read] = await redis.xReadGroup("workers", "w1", { key: stream, id: ">" }, { COUNT: 5 });
  await redis.xAck(stream, "workers", read.messages[0].id);
}

const steps = {
  async server() {
    await fill();
    const info = await ask("INFO");
    for (const fact of ["redis_version", "redis_mode", "os", "arch_bits", "process_id", "tcp_port",
                        "uptime_in_seconds", "connected_clients", "blocked_clients", "used_memory",
                        "maxmemory", "loading", "total_commands_processed",
                        "total_connections_received", "role", "connected_slaves", "used_cpu_sys",
                        "used_cpu_user", "cluster_enabled"]) {
      assert.match(info, new RegExp(`^${fact}:[^\r]+\r$`, "m"), fact);
    }
    assert.match(info, /^db0:keys=\d+,expires=\d+,avg_ttl=\d+/m);
    assert.match(await ask("INFO", "server"), /^# Server\r\nredis_version:/);
    const [[name, arity, flags, first, last, gap]] = await ask("COMMAND", "INFO", "xadd");
    assert.deepEqual([name, arity, first, last, gap], ["xadd", -5, 1, 1, 1]);
    assert.ok([...flags].includes("write"));
    assert.ok(Number(asObject(await ask("CONFIG", "GET", "databases")).databases) >= 1);
    const clients = (await ask("CLIENT", "LIST")).trim().split("\n");
    const asListed = /^id=\d+ addr=\S+ .*\bname=\S* age=\d+ idle=\d+ .*\bcmd=/;
    for (const client of clients) assert.match(client, asListed);
    const keys = await ask("DBSIZE");
    assert.ok(keys >= 1);

    const found = [];
    for (let cursor = "0", begun = false; !begun || cursor !== "0"; begun = true) {
      const [next, names] = await ask("SCAN", cursor, "MATCH", "*", "COUNT", "1000", "TYPE", "stream");
      cursor = next;
      found.push(...names);
    }
    assert.ok(found.includes(stream) && new Set(found).size <= keys);
    assert.deepEqual(await ask("SCAN", "0", "COUNT", "1000", "TYPE", "hash"), ["0", []]);
    assert.equal(await ask("TYPE", stream), "stream");
    assert.equal(await ask("TTL", stream), -1);
    assert.ok(await ask("MEMORY", "USAGE", stream, "SAMPLES", "0") > 0);
  },

  // What its overview of a server draws, and its list of modules.
  async overview() {
    await fill();
    await assert.rejects(ask("XINFO", "GROUPS", `${stream}-none`));
    const info = await ask("INFO");
    const numbers = Object.fromEntries([...info.matchAll(/^(\w+):([\d.]+)\r$/gm)]
        .map(([, name, number]) => [name, Number(number)]));
    for (const name of ["instantaneous_ops_per_sec", "instantaneous_input_kbps",
                        "instantaneous_output_kbps", "total_net_input_bytes", "total_net_output_bytes",
                        "keyspace_hits", "keyspace_misses"]) {
      assert.ok(numbers[name] >= 0, `${name}: ${numbers[name]}`);
    }
    assert.ok(numbers.total_net_input_bytes > 0 && numbers.total_net_output_bytes > 0);
    assert.match(info, /^used_memory_human:[\d.]+[BKMG]\r$/m);
    assert.deepEqual(await ask("MODULE", "LIST"), []);
  },

  // Its profiler: MONITOR on a connection of its own shows what others send.
  async profiler() {
    const watcher = await connect();
    const seen = [];
    await watcher.monitor((line) => seen.push(String(line)));
    await redis.xAdd(stream, "1-1", { n: "a \"b\"" });
    const deadline = Date.now() + 5000;
    while (!seen.some((line) => /xadd/i.test(line)) && Date.now() < deadline) await pause(20);
    const [added] = seen.filter((line) => /xadd/i.test(line));
    const shown = `"XADD" "${stream}" "1-1" "n" "a \\"b\\""`;
    assert.match(added, /^\d+\.\d{6} \[0 127\.0\.0\.1:\d+\] "/);
    assert.ok(added.endsWith(shown), `${added} instead of ${shown}`);
    watcher.destroy();
  },

  async stream() {
    await fill();
    assert.equal(await ask("XLEN", stream), 20);
    const info = asObject(await ask("XINFO", "STREAM", stream));
    assert.equal(info.length, 20);
    assert.equal(info.groups, 1);
    isId(info["last-generated-id"]);
    isEntry(info["first-entry"]);
    isEntry(info["last-entry"]);
    assert.deepEqual(info["last-entry"][1], ["n", "19"]);
    const newest = await ask("XREVRANGE", stream, "+", "-", "COUNT", "7");
    newest.forEach(isEntry);
    assert.deepEqual(newest.map(([, fields]) => fields[1]), ["19", "18", "17", "16", "15", "14", "13"]);
    const older = await ask("XREVRANGE", stream, newest[6][0], "-", "COUNT", "3");
    assert.deepEqual(older.map(([, fields]) => fields[1]), ["13", "12", "11"]);
    const oldest = await ask("XRANGE", stream, "-", "+", "COUNT", "2");
    assert.deepEqual(oldest.map(([, fields]) => fields[1]), ["0", "1"]);

    const [group, none] = (await ask("XINFO", "GROUPS", stream)).map(asObject);
    assert.equal(none, undefined);
    assert.deepEqual([group.name, group.consumers, group.pending], ["workers", 1, 4]);
    isId(group["last-delivered-id"]);
    const [consumer] = (await ask("XINFO", "CONSUMERS", stream, "workers")).map(asObject);
    assert.deepEqual([consumer.name, consumer.pending], ["w1", 4]);
    isCount(consumer.idle);
    const pending = await ask("XPENDING", stream, "workers", "-", "+", "500", "w1");
    assert.equal(pending.length, 4);
    for (const [id, owner, idle, deliveries] of pending) {
      isId(id);
      isCount(idle);
      assert.deepEqual([owner, deliveries], ["w1", 1]);
    }
    // What its buttons do.
    const [first, second] = pending;
    const claimed = await ask("XCLAIM", stream, "workers", "w2", "0", first[0], "IDLE", "0", "RETRYCOUNT", "3",
                              "JUSTID");
    assert.deepEqual(claimed, [first[0]]);
    assert.equal(await ask("XACK", stream, "workers", second[0]), 1);
    assert.equal(await ask("XDEL", stream, second[0]), 1);
    isId(await ask("XADD", stream, "*", "n", "20"));
    assert.equal(await ask("XGROUP", "CREATE", stream, "others", "$"), "OK");
    assert.equal(await ask("XGROUP", "SETID", stream, "others", "0"), "OK");
    assert.equal(await ask("XGROUP", "DELCONSUMER", stream, "workers", "w1"), 2);
    assert.equal(await ask("XGROUP", "DESTROY", stream, "others"), 1);
    assert.equal(await ask("UNLINK", stream), 1);
  },
};

await runStep(steps, step, () => redis.close());
