// The rooms that I am in, groups and direct ones, as they stand: their last messages and unread counts follow the live
// events, and whatever was missed in between is read again when the connection is back. The list is also kept on the
// device, so that the app opens offline with what it knew.
import { api, Refusal, type LiveEvent, type MyMembership, type Room } from '#lib/api';
import { session } from '#lib/accounts/session.svelte';
import { live, pollWithoutSocket } from '#lib/live';

const storageKey = 'smalltalk.rooms';
const keptRooms = 200;
/** The server counts no further. */
const mostUnread = 1000;
/** The rooms that are on the screen come first. */
const deviceMilliseconds = 1_000;

class MyRooms {
  #rooms = $state.raw<ReadonlyMap<string, Room>>(new Map());
  loaded = $state(false);
  refusal = $state.raw<Refusal | null>(null);
  #reading: Promise<void> | null = null;
  #readAgain = false;
  /** The rooms of which something was told since the list was last asked for. */
  #touched = new Set<string>();
  #stop: (() => void) | null = null;
  #deviceTimer: ReturnType<typeof setTimeout> | undefined;

  /** By last activity. */
  readonly list = $derived([...this.#rooms.values()].sort(byActivity));
  readonly direct = $derived(this.list.filter((room) => room.kind === 'direct'));
  readonly unread = $derived(this.list.reduce((sum, room) => sum + (room.me?.unread ?? 0), 0));

  constructor() {
    session.onLeave(() => this.#forget());
  }

  get(roomId: string): Room | undefined {
    return this.#rooms.get(roomId);
  }

  /** Begins to follow; once is enough, more does no harm. */
  start(): void {
    if (this.#stop) return;
    const stops = [
      live.on('room', (event) => this.#moved(event)),
      live.on('read', ({ roomId, readSeq, unread }) => this.#membership(roomId, { readSeq, unread })),
      live.on('membership', (event) => void this.#changed(event)),
      $effect.root(() => {
        $effect(() => {
          if (live.state === 'online' || live.problem) void this.reload();
        });
        $effect(() => {
          const kept = this.list.slice(0, keptRooms);
          if (!this.loaded) return;
          const timer = setTimeout(() => this.#keep(kept), 1000);
          return () => clearTimeout(timer);
        });
      }),
    ];
    stops.push(pollWithoutSocket(() => this.#compare()));
    this.#stop = () => stops.forEach((stop) => stop());
    this.#recall();
    void this.reload();
  }

  reload(): Promise<void> {
    if (this.#reading) this.#readAgain = true; // what changed since the reading began may not be in it
    return (this.#reading ??= this.#read().finally(() => {
      this.#reading = null;
      if (this.#readAgain) {
        this.#readAgain = false;
        void this.reload();
      }
    }));
  }

  async #read(): Promise<void> {
    const rooms = new Map<string, Room>();
    this.#touched.clear();
    for (const relation of ['joined', 'direct'] as const) {
      let cursor: string | null = null;
      do {
        const page: Awaited<ReturnType<typeof api.me.rooms>> = await api.me.rooms(relation, { cursor, limit: 100 });
        if (page instanceof Refusal) {
          this.refusal = page;
          return;
        }
        for (const room of page.items) rooms.set(room.id, room);
        cursor = page.cursor;
      } while (cursor);
    }
    if (!session.me) return; // signed out meanwhile
    this.refusal = null;
    this.loaded = true;
    // What was told while the answer was on its way may be newer than the answer: above all, that I have read on.
    for (const roomId of this.#touched) {
      const [told, answered] = [this.#rooms.get(roomId), rooms.get(roomId)];
      if (!told) rooms.delete(roomId);
      else rooms.set(roomId, answered ? newerOf(answered, told) : told);
    }
    this.#rooms = rooms;
    this.#tellDevice();
  }

  /** What this device keeps of a room may have been edited or deleted meanwhile: not to be shown, nor kept, any more. */
  #tellDevice(): void {
    clearTimeout(this.#deviceTimer);
    this.#deviceTimer = setTimeout(() => {
      const me = session.me?.id;
      if (me)
        void import('#lib/device/refreshing').then(
          ({ refreshSnapshots }) => refreshSnapshots(me, this.#rooms),
          () => {}, // no network: the next connection comes here again
        );
    }, deviceMilliseconds);
  }

  /** Without live events: one number tells whether something came that is not in the list yet. */
  async #compare(): Promise<Refusal | null> {
    const answer = await api.me.unread();
    if (answer instanceof Refusal) return answer;
    if (answer.total === Math.min(this.unread, mostUnread)) return null;
    await this.reload();
    return this.refusal;
  }

  /** A room as the server has just given it: joined, made, changed. */
  put(room: Room): void {
    if (!room.me || room.me.leftAt) return this.remove(room.id);
    this.#touched.add(room.id);
    this.#rooms = new Map(this.#rooms).set(room.id, room);
  }

  remove(roomId: string): void {
    this.#touched.add(roomId);
    if (!this.#rooms.has(roomId)) return;
    const rooms = new Map(this.#rooms);
    rooms.delete(roomId);
    this.#rooms = rooms;
  }

  #moved({ roomId, lastSeq, version, lastMessage, unread }: Extract<LiveEvent, { type: 'room' }>): void {
    const room = this.#rooms.get(roomId);
    if (!room) return void this.#fetch(roomId); // the first word of a direct room that somebody else opened
    if (lastSeq < room.lastSeq) return;
    this.put({
      ...room,
      lastSeq,
      version: Math.max(room.version, version),
      lastMessage,
      lastMessageAt: lastMessage?.createdAt ?? room.lastMessageAt,
      me: { ...room.me!, unread },
    });
    // A version for each new message; more than that, and something old is not as it was.
    if (version - room.version !== lastSeq - room.lastSeq) this.#tellDevice();
  }

  #membership(roomId: string, change: Partial<MyMembership>): void {
    const room = this.#rooms.get(roomId);
    if (room?.me && (change.readSeq ?? room.me.readSeq) >= room.me.readSeq)
      this.put({ ...room, me: { ...room.me, ...change } });
  }

  async #changed({ roomId, change, role }: Extract<LiveEvent, { type: 'membership' }>): Promise<void> {
    if (change === 'joined') await this.#fetch(roomId);
    else if (change === 'role') this.#membership(roomId, role ? { role } : {});
    else this.remove(roomId);
  }

  async #fetch(roomId: string): Promise<void> {
    const room = await api.rooms.get(roomId);
    if (!(room instanceof Refusal)) this.put(room);
  }

  #keep(rooms: Room[]): void {
    try {
      localStorage.setItem(storageKey, JSON.stringify({ of: session.me?.id, rooms }));
    } catch {
      // No room, or no storage: offline there will be no list.
    }
  }

  #recall(): void {
    try {
      const kept = JSON.parse(localStorage.getItem(storageKey) ?? 'null') as { of: string; rooms: Room[] } | null;
      if (kept?.of !== session.me?.id || !kept) return;
      this.#rooms = new Map(kept.rooms.map((room) => [room.id, room]));
      this.loaded = true;
    } catch {
      // Written by another version of the app: the server knows better anyway.
    }
  }

  #forget(): void {
    try {
      localStorage.removeItem(storageKey);
    } catch {
      // Then nothing was kept either.
    }
    this.#stop?.();
    this.#stop = null;
    clearTimeout(this.#deviceTimer);
    this.#rooms = new Map();
    this.loaded = false;
    this.refusal = null;
  }
}

/** A room's last message and how far I have read it are told apart, so of two states either may have the newer half. */
function newerOf(answered: Room, told: Room): Room {
  const [newer, other] = answered.lastSeq > told.lastSeq ? [answered, told] : [told, answered];
  return (other.me?.readSeq ?? 0) > (newer.me?.readSeq ?? 0) ? { ...newer, me: other.me } : newer;
}

function byActivity(a: Room, b: Room): number {
  return (b.lastMessageAt ?? b.createdAt).localeCompare(a.lastMessageAt ?? a.createdAt);
}

export const myRooms = new MyRooms();
