import { Client } from '@stomp/stompjs';
import WebSocket from 'ws';
import { Inbox, host, large, login, passcode, same, silence, sleep, step, text, wsPort } from './steps.mjs';

Object.assign(globalThis, { WebSocket });
const client = new Client({
  brokerURL: `ws://${host}:${wsPort}/ws`,
  connectHeaders: { login, passcode },
  reconnectDelay: 0,
  heartbeatIncoming: 1000,
  heartbeatOutgoing: 1000,
  splitLargeFrames: true,
});
client.onStompError = (frame) => (console.error(String(frame)), process.exit(1));
let receipts = 0;
const receipted = (act) =>
  new Promise((resolve) => {
    const receipt = `r${receipts++}`;
    client.watchForReceipt(receipt, resolve);
    act({ receipt });
  });
const [topic, queue] = [new Inbox(), new Inbox()];

await step('connect', () => new Promise((resolve) => ((client.onConnect = resolve), client.activate())));
await step('subscribe', () => receipted((headers) => client.subscribe('/topic/stompjs', topic.push, headers)));
await step('send with receipt', async () => {
  const header = '값:\n'; // it unescapes one escape after the other, so that "\\c" becomes "\:"
  await receipted((headers) => client.publish({ destination: '/topic/stompjs', body: text, headers: { ...headers, 'x-누구': header } }));
  const message = await topic.next();
  same(message.body, text);
  same(message.headers['x-누구'], header);
});
await step('ack', async () => {
  await receipted((headers) => client.subscribe('/queue/stompjs', queue.push, { ...headers, ack: 'client-individual' }));
  client.publish({ destination: '/queue/stompjs', body: 'ack' });
  const message = await queue.next();
  await receipted((headers) => message.ack(headers));
});
await step('nack', async () => {
  client.publish({ destination: '/queue/stompjs', body: 'nack' });
  const message = await queue.next();
  await receipted((headers) => message.nack(headers));
  const again = await queue.next();
  same(again.body, 'nack');
  await receipted((headers) => again.ack(headers));
});
await step('transaction', async () => {
  const undone = client.begin();
  client.publish({ destination: '/topic/stompjs', body: 'never', headers: { transaction: undone.id } });
  undone.abort();
  const done = client.begin();
  client.publish({ destination: '/topic/stompjs', body: 'together', headers: { transaction: done.id } });
  done.commit();
  same((await topic.next()).body, 'together');
});
await step('binary body', async () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
  client.publish({ destination: '/topic/stompjs', binaryBody: bytes });
  same(Buffer.from((await topic.next()).binaryBody).toString('hex'), Buffer.from(bytes).toString('hex'));
});
await step('large body', async () => {
  client.publish({ destination: '/topic/stompjs', body: large });
  same((await topic.next()).body, large);
});
await step('heart-beat', async () => {
  await sleep(silence);
  client.publish({ destination: '/topic/stompjs', body: 'alive' });
  same((await topic.next()).body, 'alive');
});
await step('disconnect', () => client.deactivate());
