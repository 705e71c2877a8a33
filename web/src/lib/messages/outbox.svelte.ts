// What I said and the server has not acknowledged yet. A message enters with the tap on Send, stays through reload, close
// and offline, and leaves in order, room by room, as soon as there is a connection. Its clientId makes repeating it
// harmless, so whatever ends without an answer is simply sent again. What the server refuses stays with its reason until
// its writer sends it once more, edits it or lets it go.
//
// The stored entries are the truth that all tabs share; a lock for each room keeps two of them from sending in turns.
import { Refusal } from '#lib/api';
import type { OutboxEntry } from '#lib/device/database';
import { uuid7 } from './uuid7';

export interface Outgoing extends OutboxEntry {
  state: 'waiting' | 'sent' | 'failed';
}

export interface OutboxStore {
  list(userId: string): Promise<OutboxEntry[]>;
  put(entry: OutboxEntry): Promise<void>;
  delete(clientId: string): Promise<void>;
}

export interface OutboxPost {
  /** There is a way to the server right now, as far as one can know. */
  isOpen(): boolean;
  /** Null when the message is stored. */
  send(entry: OutboxEntry): Promise<Refusal | null>;
  /** Runs the task while nobody else, in any tab, runs one of the same name. */
  exclusively(name: string, task: () => Promise<void>): Promise<void>;
  wait(milliseconds: number): Promise<void>;
  /** Tells the other tabs that the stored entries have changed. */
  changed(): void;
}

/** No answer, or "not now": the same message goes again later. Everything else is the server's last word. */
function isPassing(refusal: Refusal): boolean {
  return refusal.status === 0 || refusal.status === 401 || refusal.status === 429 || refusal.status >= 500;
}

export class Outbox {
  #items = $state.raw<readonly Outgoing[]>([]);
  #userId: string | null = null;
  #draining = new Map<string, boolean>();
  #saving = new Set<string>();
  #watched = new Set<string>();
  #arrived = new Set<string>();

  constructor(
    private readonly store: OutboxStore,
    private readonly via: OutboxPost,
  ) {}

  /** What I have on its way to a room, in order. */
  of(roomId: string): Outgoing[] {
    return this.#items.filter((item) => item.roomId === roomId);
  }

  async open(userId: string): Promise<void> {
    this.#userId = userId;
    this.#items = [];
    await this.reload();
    this.flush();
  }

  close(): void {
    this.#userId = null;
    this.#items = [];
  }

  /** Another tab has sent, or added, something. */
  async reload(): Promise<void> {
    const userId = this.#userId;
    if (!userId) return;
    const stored = await this.store.list(userId);
    if (userId !== this.#userId) return;
    const kept = new Map(stored.map((entry) => [entry.clientId, entry]));
    const unsaved = this.#items.filter(
      (item) => !kept.has(item.clientId) && (item.state === 'sent' || this.#saving.has(item.clientId)),
    );
    this.#show([...stored.map(asOutgoing), ...unsaved]);
  }

  /** One tap is one message: the bubble is there when this returns, everything else follows. */
  post(roomId: string, text: string, replyTo?: number): Outgoing | null {
    if (!this.#userId) return null;
    const entry: OutboxEntry = {
      clientId: uuid7(),
      userId: this.#userId,
      roomId,
      text,
      ...(replyTo === undefined ? {} : { replyTo }),
      createdAt: new Date().toISOString(),
    };
    this.#show([...this.#items, asOutgoing(entry)]);
    void this.#keep(entry);
    return asOutgoing(entry);
  }

  async #keep(entry: OutboxEntry) {
    this.#saving.add(entry.clientId);
    await this.store.put(entry); // before it is sent, so that nothing that left is forgotten
    this.#saving.delete(entry.clientId);
    this.via.changed();
    await this.#drain(entry.roomId);
  }

  /** Sends a refused message once more, as it is. */
  async retry(clientId: string): Promise<void> {
    const item = this.#items.find((item) => item.clientId === clientId);
    if (!item || item.state !== 'failed') return;
    const entry = { ...asEntry(item) };
    delete entry.refusal;
    this.#show(this.#items.map((other) => (other === item ? asOutgoing(entry) : other)));
    await this.#keep(entry);
  }

  /** Lets a refused message go, or takes it back to edit it. */
  async discard(clientId: string): Promise<void> {
    const item = this.#items.find((item) => item.clientId === clientId);
    if (item?.state !== 'failed') return;
    this.#items = this.#items.filter((item) => item.clientId !== clientId);
    await this.store.delete(clientId);
    this.via.changed();
  }

  /** Somebody looks at the room: bubbles of what was sent stay until the messages themselves have come. */
  watch(roomId: string): () => void {
    this.#watched.add(roomId);
    return () => {
      this.#watched.delete(roomId);
      this.#items = this.#items.filter((item) => item.roomId !== roomId || item.state !== 'sent');
    };
  }

  /** These are in the room: their bubbles are the messages themselves from now on. */
  arrived(clientIds: Iterable<string>): void {
    if (this.#items.length === 0) return;
    const there = new Set(clientIds);
    const left = this.#items.filter((item) => {
      if (!there.has(item.clientId)) return true;
      this.#arrived.add(item.clientId); // perhaps before its receipt, which then ends it
      return item.state !== 'sent';
    });
    if (left.length < this.#items.length) this.#items = left;
  }

  /** There is a connection: whatever waits goes. */
  flush(): void {
    for (const roomId of new Set(this.#items.map((item) => item.roomId))) void this.#drain(roomId);
  }

  async #drain(roomId: string) {
    if (this.#draining.has(roomId)) {
      this.#draining.set(roomId, true);
      return;
    }
    this.#draining.set(roomId, false);
    try {
      await this.via.exclusively(roomId, () => this.#sendAll(roomId));
    } finally {
      const again = this.#draining.get(roomId);
      this.#draining.delete(roomId);
      if (again) void this.#drain(roomId);
    }
  }

  async #sendAll(roomId: string) {
    for (let tries = 0; this.#userId && this.via.isOpen();) {
      const userId = this.#userId;
      const entry = (await this.store.list(userId))
        .filter((entry) => entry.roomId === roomId && !entry.refusal)
        .sort((a, b) => (a.clientId < b.clientId ? -1 : 1))[0];
      if (!entry || userId !== this.#userId) break;
      const refusal = await this.via.send(entry);
      if (!refusal) {
        tries = 0;
        await this.store.delete(entry.clientId);
        const done = this.#arrived.delete(entry.clientId) || !this.#watched.has(roomId);
        this.#become(entry.clientId, done ? null : { ...asOutgoing(entry), state: 'sent' });
      } else if (isPassing(refusal)) {
        if (!this.via.isOpen()) break; // flush() comes with the connection
        await this.via.wait(
          refusal.retryAfterSeconds ? refusal.retryAfterSeconds * 1000 : Math.min(30_000, 1000 * 2 ** tries),
        );
        tries++;
        continue;
      } else {
        const refused = { ...entry, refusal: { code: refusal.code, title: refusal.title } };
        await this.store.put(refused);
        this.#become(entry.clientId, asOutgoing(refused));
      }
      this.via.changed();
    }
  }

  #become(clientId: string, item: Outgoing | null) {
    this.#items = this.#items.flatMap((other) => (other.clientId !== clientId ? other : (item ?? [])));
  }

  #show(items: Outgoing[]) {
    this.#items = items.sort((a, b) => (a.clientId < b.clientId ? -1 : 1));
  }
}

const asOutgoing = (entry: OutboxEntry): Outgoing => ({ ...entry, state: entry.refusal ? 'failed' : 'waiting' });

function asEntry({ state: _, ...entry }: Outgoing): OutboxEntry {
  return entry;
}
