// A program that we did not write the client of: @stomp/stompjs under Node. Connects with nickname and password, subscribes
// to a room, posts with a receipt, hears its own message, is refused elsewhere, says goodbye. Prints what happened as JSON.
import { createRequire } from 'node:module';
import path from 'node:path';

const [brokerURL, login, passcode, roomId, otherRoomId, web] = process.argv.slice(2);
const { Client } = await import(
  createRequire(path.join(web, 'package.json')).resolve('@stomp/stompjs').replace(/^/, 'file://')
);

const told = { messages: [], receipts: {}, refusals: [], version: null };
const client = new Client({ brokerURL, connectHeaders: { login, passcode }, reconnectDelay: 0, heartbeatIncoming: 10000, heartbeatOutgoing: 10000 });
const timer = setTimeout(() => finish(1), 20000);

client.onStompError = (frame) => ((told.error = frame.headers.message), finish(1));
client.onWebSocketError = (event) => ((told.error = String(event.message ?? event.type)), finish(1));
client.onConnect = () => {
  told.version = client.connectedVersion;
  client.subscribe('/user/queue/errors', (frame) => (told.refusals.push(JSON.parse(frame.body)), check()));
  client.subscribe(`/topic/rooms/${roomId}`, (frame) => (told.messages.push(JSON.parse(frame.body)), check()));
  client.watchForReceipt('first', (frame) => ((told.receipts.first = frame.headers), check()));
  client.publish({
    destination: `/app/rooms/${roomId}/messages`,
    headers: { receipt: 'first' },
    body: JSON.stringify({ clientId: crypto.randomUUID(), text: '노드에서 보내는 인사: "안녕" \\ 👋' }),
  });
  client.publish({ destination: `/app/rooms/${otherRoomId}/messages`, body: JSON.stringify({ clientId: 'x', text: '들어가지 않은 방' }) });
};
client.activate();

function check() {
  if (told.receipts.first && told.refusals.length && told.messages.some((m) => m.type === 'message')) finish(0);
}

async function finish(code) {
  clearTimeout(timer);
  await client.deactivate();
  console.log(JSON.stringify(told));
  process.exit(code);
}
