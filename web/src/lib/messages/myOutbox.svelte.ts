// The outbox of the person who is signed in, on this device: stored in IndexedDB (or, where there is none, for as long as
// the page lives), sent over the live connection, shared by all tabs.
import { session } from '#lib/accounts/session.svelte';
import { api, Refusal } from '#lib/api';
import { forgetDevice, store, stored, type OutboxEntry } from '#lib/device/database';
import { live } from '#lib/live';
import { forgetDrafts } from './drafts';
import { Outbox, type OutboxStore } from './outbox.svelte';

const unstored = new Map<string, OutboxEntry>();

const entries: OutboxStore = {
  async list(userId) {
    const kept = await stored('outbox', (outbox): IDBRequest<OutboxEntry[]> =>
      outbox.index('userId').getAll(userId),
    ).catch(() => []);
    return [...(kept ?? []), ...[...unstored.values()].filter((entry) => entry.userId === userId)];
  },
  async put(entry) {
    const isStored = await store('outbox', (outbox) => outbox.put(entry)).catch(() => false);
    if (isStored) unstored.delete(entry.clientId);
    else unstored.set(entry.clientId, entry); // better to lose it with the page than not to send it
  },
  async delete(clientId) {
    unstored.delete(clientId);
    await store('outbox', (outbox) => outbox.delete(clientId)).catch(() => {});
  },
};

const tabs = typeof BroadcastChannel === 'undefined' ? null : new BroadcastChannel('smalltalk.outbox');

export const outbox = new Outbox(entries, {
  isOpen: () => live.state === 'online' || live.problem === 'websocket',
  async send({ roomId, clientId, text, replyTo }) {
    const draft = { clientId, text, ...(replyTo === undefined ? {} : { replyTo }) };
    // Where WebSockets don't get through, HTTP makes the same promises.
    const answer =
      live.state === 'online'
        ? await live.send(`/app/rooms/${roomId}/messages`, draft)
        : await api.messages.post(roomId, draft);
    return answer instanceof Refusal ? answer : null;
  },
  // Without locks two tabs may send the same message; the server stores it once.
  exclusively: (name, task) => (navigator.locks ? navigator.locks.request(`smalltalk.outbox.${name}`, task) : task()),
  wait: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
  changed: () => tabs?.postMessage('changed'),
});

if (typeof window !== 'undefined') {
  tabs?.addEventListener('message', () => void outbox.reload());
  // Whoever signs out leaves nothing behind. Whose session ended by itself will want to send what they wrote.
  session.onLeave(() => {
    outbox.close();
    if (!session.ended) forgetDrafts();
    void forgetDevice(!session.ended);
  });
  $effect.root(() => {
    $effect(() => {
      const id = session.me?.id;
      if (id) void outbox.open(id);
    });
    $effect(() => {
      if (live.state === 'online' || live.problem) outbox.flush();
    });
  });
}
