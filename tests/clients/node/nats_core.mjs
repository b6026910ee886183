// What a core client meets at a server: node nats_core.mjs STEP HOST:PORT [WS-HOST:PORT]. Steps that
// wait for something to happen to the server say so in a line and go on once it has.
import assert from "node:assert/strict";
import { connect } from "@nats-io/transport-node";
import { wsconnect } from "@nats-io/nats-core";
import { runStep } from "./step.mjs";

const [step, servers, websocket] = process.argv.slice(2);
let nc = null;

const text = (message) => new TextDecoder().decode(message.data);

// The first status of that type.
async function status(connection, type) {
  for await (const one of connection.status()) {
    if (one.type === type) return one;
  }
  throw new Error(`the connection ended without "${type}"`);
}

async function rejects(promise, words) {
  const error = await promise.then(() => null, (error) => error);
  assert.ok(error, "an error was due");
  assert.match(`${error.name}: ${error.message}`, words);
}

const steps = {
  // Subscriptions and what was published meanwhile live over a restart.
  async reconnect() {
    nc = await connect({ servers, reconnectTimeWait: 50, maxReconnectAttempts: -1 });
    const heard = [];
    nc.subscribe("again.*", { callback: (_, message) => heard.push(text(message)) });
    await nc.flush();
    const back = status(nc, "reconnect");
    console.log("restart");
    await back;
    nc.publish("again.a", "after");
    await nc.flush();
    assert.deepEqual(heard, ["after"]);
  },
  async drain() {
    nc = await connect({ servers });
    const other = await connect({ servers });
    let heard = 0;
    const subscription = nc.subscribe("drained", { callback: () => heard++ });
    await nc.flush();
    for (let n = 0; n < 1000; n++) other.publish("drained", "x");
    await other.flush();
    await subscription.drain();
    assert.equal(heard, 1000);
    other.publish("drained", "x");
    await other.flush();
    await nc.drain();
    assert.equal(heard, 1000);
    await other.close();
  },
  async auth() {
    await rejects(connect({ servers, user: "limited", pass: "wrong" }), /Authorization/);
    await rejects(connect({ servers }), /Authorization/);
    nc = await connect({ servers, user: "limited", pass: "pw" });
    const complaint = status(nc, "error");
    nc.publish("forbidden", "x");
    assert.match(`${(await complaint).error.message}`, /publish.*forbidden/i);
    const denied = nc.subscribe("forbidden");
    await rejects((async () => { for await (const _ of denied); })(), /subscription.*forbidden/i);
    const free = await connect({ servers, user: "free", pass: "pw" });
    free.subscribe("ask.>", { callback: (_, message) => message.respond("yes") });
    await free.flush();
    assert.equal(text(await nc.request("ask.me", "?", { timeout: 5000 })), "yes");
    await free.close();
  },
  async no_responders() {
    nc = await connect({ servers });
    await rejects(nc.request("nobody.home", "", { timeout: 5000 }), /NoResponders|no responders/i);
  },
  async lame_duck() {
    nc = await connect({ servers, reconnect: false });
    const told = status(nc, "ldm");
    const closed = nc.closed();
    console.log("leave");
    await told;
    await closed;
    nc = null;
  },
  async websocket() {
    nc = await wsconnect({ servers: `ws://${websocket}` });
    const tcp = await connect({ servers });
    const big = "x".repeat(200_000);
    const echo = tcp.subscribe("echo", { callback: (_, message) => message.respond(message.data) });
    await tcp.flush();
    for (const body of ["", "small", big]) {
      assert.equal(text(await nc.request("echo", body, { timeout: 10_000 })), body);
    }
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, n) => nc.request("echo", `${n}`, { timeout: 10_000 })));
    assert.deepEqual(answers.map(text), Array.from({ length: 50 }, (_, n) => `${n}`));
    echo.unsubscribe();
    await tcp.close();
  },
};

await runStep(steps, step, async () => await nc?.close());
