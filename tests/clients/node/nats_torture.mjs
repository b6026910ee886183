// Publishes with message ids and works through a pull consumer while the server is killed around it:
// node nats_torture.mjs HOST:PORT KIND. Prints {"progress": n} lines; when its input closes it finishes
// the work, checks the stream and prints {"result": {...}}.
import { connect, nanos } from "@nats-io/transport-node";
import { AckPolicy, jetstream, jetstreamManager } from "@nats-io/jetstream";

const [servers, kind] = process.argv.slice(2);
const nc = await connect({
  servers, maxReconnectAttempts: -1, reconnectTimeWait: 30, reconnectJitter: 10, timeout: 20000,
});
const jsm = await jetstreamManager(nc, { timeout: 3000 });
const js = jetstream(nc, { timeout: 1000 });
await jsm.streams.add({ name: "ORDERS", subjects: ["orders.>"], storage: "file",
                        duplicate_window: nanos(600_000) });
await jsm.consumers.add("ORDERS", {
  durable_name: "west", ack_policy: AckPolicy.Explicit, ack_wait: nanos(1000),
  filter_subject: "orders.us-west.>",
});

const problems = [];
const placed = new Map();   // number -> sequence its publish was answered with
const settled = new Set();  // sequences whose acknowledgement was confirmed
let stopping = false;
process.stdin.on("data", () => {}).on("end", () => { stopping = true; });
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const report = setInterval(
    () => console.log(JSON.stringify({ progress: Math.min(placed.size, settled.size) })), 20);

async function publish() {
  for (let n = 0; !stopping; n++) {
    for (;;) {
      try {
        const ack = await js.publish("orders.us-west.created", String(n), { msgID: `id-${n}` });
        placed.set(n, ack.seq);
        break;
      } catch {
        await pause(20);  // not answered: the same id again
      }
    }
  }
}

async function take(consumer) {
  for await (const message of await consumer.fetch({ max_messages: 10, expires: 1000 })) {
    if (settled.has(message.seq)) {
      problems.push(`sequence ${message.seq} came again after its confirmed acknowledgement`);
    }
    try {
      if (await message.ackAck({ timeout: 500 })) settled.add(message.seq);
    } catch {
      // not confirmed: it may come again
    }
  }
}

const errors = [];
async function work() {
  let consumer = null;
  for (;;) {
    try {
      consumer ??= await js.consumers.get("ORDERS", "west");
      await take(consumer);
      if (stopping) {
        const info = await consumer.info();
        if (info.num_pending === 0 && info.num_ack_pending === 0) return;
      }
    } catch (error) {
      errors.push(error.message);
      consumer = null;
      await pause(20);
    }
  }
}

async function checkStream() {
  const { state } = await jsm.streams.info("ORDERS");
  if (state.messages !== placed.size || state.last_seq !== placed.size) {
    problems.push(`${state.messages} messages up to ${state.last_seq}, ${placed.size} were published`);
  }
  const all = await js.consumers.get("ORDERS", { deliver_policy: "all" });
  let next = 0;
  while (next < state.messages) {
    const before = next;
    const batch = await all.fetch({ max_messages: 500, expires: 5000 });
    for await (const message of batch) {
      if (message.string() !== String(next) || placed.get(next) !== message.seq) {
        problems.push(`sequence ${message.seq} holds ${message.string()}, ${next} was due at ` +
                      `${placed.get(next)}`);
      }
      next++;
    }
    if (next === before) {
      problems.push(`only ${next} messages can be read`);
      break;
    }
  }
}

await Promise.all([publish(), work()]);
await checkStream();
if (kind === "real") problems.splice(0, problems.length, ...problems.filter((p) => !/confirmed/.test(p)));
clearInterval(report);
console.log(JSON.stringify({ result: {
  published: placed.size, settled: settled.size, problems: problems.slice(0, 10),
  errors: errors.slice(-3),
} }));
process.exit(0);
