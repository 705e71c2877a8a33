import stompit from 'stompit';
import { Inbox, host, large, login, passcode, same, silence, sleep, step, tcpPort, text } from './steps.mjs';

let client;
const receipted = (act) => new Promise((resolve) => act({ onReceipt: resolve }));
const [topic, queue] = [new Inbox(), new Inbox()];

/** Reads the body at once, because the next message waits for that. */
const into = (inbox) => (error, message) => {
  if (error) return console.error(error), process.exit(1);
  const chunks = [];
  message.on('data', (chunk) => chunks.push(chunk));
  message.on('end', () => inbox.push({ message, body: Buffer.concat(chunks) }));
};
const send = (destination, body, options) => client.send({ destination, 'content-length': Buffer.byteLength(body) }, options).end(body);

await step('connect', () =>
  new Promise((resolve, reject) =>
    stompit.connect(
      { host, port: +tcpPort, connectHeaders: { host, login, passcode, 'heart-beat': '1000,1000' }, resetDisconnect: false },
      (error, connected) => (error ? reject(error) : resolve((client = connected))),
    ),
  ),
);
client.on('error', (error) => (console.error(error), process.exit(1)));
await step('subscribe', async () => void client.subscribe({ destination: '/topic/stompit' }, into(topic)));
await step('send with receipt', async () => {
  await receipted((options) => client.send({ destination: '/topic/stompit', 'x-header': text }, options).end(text));
  const { message, body } = await topic.next();
  same(body.toString(), text);
  same(message.headers['x-header'], text);
});
await step('ack', async () => {
  client.subscribe({ destination: '/queue/stompit', ack: 'client-individual' }, into(queue));
  send('/queue/stompit', 'ack');
  const { message } = await queue.next();
  await receipted((options) => client.ack(message, {}, options));
});
await step('nack', async () => {
  send('/queue/stompit', 'nack');
  const { message } = await queue.next();
  await receipted((options) => client.nack(message, {}, options));
  const again = await queue.next();
  same(again.body.toString(), 'nack');
  await receipted((options) => client.ack(again.message, {}, options));
});
await step('transaction', async () => {
  const undone = client.begin();
  undone.send({ destination: '/topic/stompit' }).end('never');
  await receipted((options) => undone.abort(options));
  const done = client.begin();
  done.send({ destination: '/topic/stompit' }).end('together');
  await receipted((options) => done.commit(options));
  same((await topic.next()).body.toString(), 'together');
});
await step('binary body', async () => {
  const bytes = Buffer.from(Uint8Array.from({ length: 256 }, (_, i) => i));
  send('/topic/stompit', bytes);
  same((await topic.next()).body.toString('hex'), bytes.toString('hex'));
});
await step('large body', async () => {
  send('/topic/stompit', large);
  same((await topic.next()).body.toString(), large);
});
await step('heart-beat', async () => {
  await sleep(silence);
  send('/topic/stompit', 'alive');
  same((await topic.next()).body.toString(), 'alive');
});
await step('disconnect', () => new Promise((resolve, reject) => client.disconnect((error) => (error ? reject(error) : resolve()))));
