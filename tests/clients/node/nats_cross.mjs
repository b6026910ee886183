// One message in or all messages out, for flows that look at one stream from several sides:
//   node nats_cross.mjs HOST:PORT publish STREAM SUBJECT PAYLOAD HEADER=VALUE...
//   node nats_cross.mjs HOST:PORT fill STREAM SUBJECT COUNT
//   node nats_cross.mjs HOST:PORT read STREAM        (JSON, through a pull consumer)
//   node nats_cross.mjs HOST:PORT work STREAM DURABLE COUNT   (fetches, acknowledges the first half)
import { connect, headers } from "@nats-io/transport-node";
import { AckPolicy, jetstream, jetstreamManager } from "@nats-io/jetstream";

const [servers, verb, stream, ...words] = process.argv.slice(2);
const nc = await connect({ servers });
const jsm = await jetstreamManager(nc);
const js = jetstream(nc);

if (verb === "publish") {
  const [subject, payload, ...pairs] = words;
  await jsm.streams.info(stream).catch(() => jsm.streams.add({ name: stream, subjects: [subject] }));
  const h = headers();
  for (const pair of pairs) h.append(...pair.split("="));
  await js.publish(subject, payload, { headers: h });
} else if (verb === "fill") {
  const [subject, count] = words;
  await jsm.streams.add({ name: stream, subjects: [subject] });
  for (let n = 0; n < Number(count); n++) await js.publish(subject, String(n));
} else if (verb === "read") {
  const { state } = await jsm.streams.info(stream);
  const found = [];
  if (state.messages > 0) {
    const all = await js.consumers.get(stream, { deliver_policy: "all" });
    for await (const m of await all.fetch({ max_messages: state.messages, expires: 5000 })) {
      const pairs = m.headers ? [...m.headers].map(([name, values]) => [name, values.join()]) : [];
      found.push({ seq: m.seq, subject: m.subject, payload: m.string(), headers: Object.fromEntries(pairs) });
    }
  }
  console.log(JSON.stringify(found));
} else {
  const [durable, count] = words;
  await jsm.consumers.add(stream, { durable_name: durable, ack_policy: AckPolicy.Explicit });
  const consumer = await js.consumers.get(stream, durable);
  let taken = 0;
  for await (const m of await consumer.fetch({ max_messages: Number(count), expires: 5000 })) {
    if (taken++ < Number(count) / 2) await m.ackAck();
  }
}
await nc.close();
