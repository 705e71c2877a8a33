import webstomp from 'webstomp-client';
import WebSocket from 'ws';
import { Inbox, host, large, login, passcode, same, silence, sleep, step, text, wsPort } from './steps.mjs';

const protocols = ['v12.stomp', 'v11.stomp', 'v10.stomp'];
const socket = new WebSocket(`ws://${host}:${wsPort}/ws`, protocols);
const client = webstomp.over(socket, { debug: false, heartbeat: { outgoing: 1000, incoming: 1000 }, protocols });
let receipts = 0;
const waiting = {};
client.onreceipt = (frame) => waiting[frame.headers['receipt-id']]?.();
const receipted = (act) =>
  new Promise((resolve) => {
    const receipt = `r${receipts++}`;
    waiting[receipt] = resolve;
    act({ receipt });
  });
const [topic, queue] = [new Inbox(), new Inbox()];

await step('connect', () => new Promise((resolve) => client.connect({ login, passcode }, resolve, (error) => (console.error(error), process.exit(1)))));
await step('subscribe', () => receipted((headers) => client.subscribe('/topic/webstomp', topic.push, headers)));
await step('send with receipt', async () => {
  await receipted((headers) => client.send('/topic/webstomp', text, headers));
  same((await topic.next()).body, text);
});
await step('ack', async () => {
  await receipted((headers) => client.subscribe('/queue/webstomp', queue.push, { ...headers, ack: 'client-individual' }));
  client.send('/queue/webstomp', 'ack');
  const message = await queue.next();
  await receipted((headers) => message.ack(headers));
});
await step('nack', async () => {
  client.send('/queue/webstomp', 'nack');
  const message = await queue.next();
  await receipted((headers) => message.nack(headers));
  const again = await queue.next();
  same(again.body, 'nack');
  await receipted((headers) => again.ack(headers));
});
await step('transaction', async () => {
  const undone = client.begin();
  client.send('/topic/webstomp', 'never', { transaction: undone.id });
  undone.abort();
  const done = client.begin();
  client.send('/topic/webstomp', 'together', { transaction: done.id });
  done.commit();
  same((await topic.next()).body, 'together');
});
await step('large body', async () => {
  client.send('/topic/webstomp', large);
  same((await topic.next()).body, large);
});
await step('heart-beat', async () => {
  await sleep(silence);
  client.send('/topic/webstomp', 'alive');
  same((await topic.next()).body, 'alive');
});
await step('disconnect', () => new Promise((resolve) => (socket.addEventListener('close', resolve), client.disconnect())));
