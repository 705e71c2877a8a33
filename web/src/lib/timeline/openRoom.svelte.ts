// A room while it is on the screen: its card, its messages, who types, who has read how far, and the subscription that
// keeps all of it true. Opening shows first what is held from last time (memory, then this device), then catches up.
import { session } from '#lib/accounts/session.svelte';
import { api, Refusal, type Message, type Room } from '#lib/api';
import { forgetSnapshot, loadSnapshot, saveSnapshot, amendSnapshot } from '#lib/device/snapshots';
import { live, pollWithoutSocket, type RoomEvent } from '#lib/live';
import { outbox } from '#lib/messages/myOutbox.svelte';
import { myRooms } from '#lib/rooms/myRooms.svelte';
import { Quotes } from './quotes.svelte';
import { ReadingOn } from './readingOn';
import { ReadMarks } from './readMarks.svelte';
import { Timeline } from './timeline.svelte';
import { Typists } from './typists.svelte';

const roomsInMemory = 10;
const messagesOnDevice = 80;
/** Above this many members the server doesn't say who has read what. */
const smallRoom = 50;

/** The rooms seen last, with their messages: going back and forth costs nothing. */
const recent = new Map<string, { timeline: Timeline; room: Room }>();
session.onLeave(() => recent.clear());

export class OpenRoom {
  room = $state.raw<Room | null>(null);
  /** Why the room can't be shown, or can't any more. */
  refusal = $state.raw<Refusal | null>(null);
  /** All that was missed is here; before, positions are not worth keeping. */
  caughtUp = $state(false);
  /** Where I had read to when I came in. */
  readSeqAtEntry = $state<number | null>(null);
  /** The newest messages of others that came while the room was open, for who can't see them. */
  news = $state.raw<readonly Message[]>([]);
  /** Counts the joins, leaves and new roles that were seen. */
  membersChanged = $state(0);
  readonly typists = new Typists();
  readonly marks = new ReadMarks();
  readonly reading: ReadingOn;
  readonly quotes: Quotes;
  readonly timeline: Timeline;
  readonly isMember = $derived(!!this.room?.me && !this.room.me.leftAt);
  readonly mayModerate = $derived(this.isMember && this.room?.kind === 'group' && this.room.me?.role !== 'member');

  #left = false;
  #beginning: Promise<void> | null = null;
  #begun = 0;
  #beginTimer: ReturnType<typeof setTimeout> | undefined;
  #stops: (() => void)[] = [];
  #stopStream: (() => void) | null = null;
  #queue: Message[] = [];
  #flushing = false;
  #awaited: number | null = null;
  #savedAt = 0;
  #saveTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(readonly roomId: string) {
    this.reading = new ReadingOn(roomId);
    const held = recent.get(roomId);
    const reusable = held?.timeline.whole ? held : null;
    this.timeline = reusable?.timeline ?? new Timeline(roomId, { list: (place) => api.messages.list(roomId, place) });
    this.quotes = new Quotes(this.timeline);
    const known = reusable?.room ?? myRooms.get(roomId);
    if (known) this.#show(known);
    this.#stops.push(
      outbox.watch(roomId),
      live.on('membership', (event) => {
        if (event.roomId === roomId) void this.reload();
      }),
    );
    const save = () => this.#save();
    addEventListener('pagehide', save);
    this.#stops.push(() => removeEventListener('pagehide', save));
    void this.#open();
    this.#stops.push(pollWithoutSocket(() => this.#ask()));
  }

  async #open() {
    const me = session.me?.id;
    if (!me) return void (await this.reload());
    if (!this.timeline.loaded) {
      const kept = await loadSnapshot(me, this.roomId);
      if (this.#left) return;
      if (kept) {
        this.timeline.restore(kept);
        this.#show(kept.room);
        this.#arrived(kept.messages);
      }
    }
    if (this.room?.canRead && !this.timeline.loaded) void this.#begin();
    await this.reload();
  }

  #begin(): Promise<void> {
    return (this.#beginning ??= this.timeline.begin().finally(() => (this.#beginning = null)));
  }

  /** Asks for the room's card; with the right to read, the messages follow. */
  async reload(): Promise<void> {
    const answer = await api.rooms.get(this.roomId);
    if (this.#left) return;
    if (answer instanceof Refusal) {
      if (answer.status === 404 || answer.status === 403) this.#lose(answer);
      else {
        if (!this.room) this.refusal = answer;
        this.caughtUp = this.timeline.loaded; // nothing more will come before there is a connection
        this.#follow();
      }
      return;
    }
    this.#show(answer);
    this.refusal = null;
    if (answer.canRead && session.me) await this.#startReading(answer);
    else {
      this.#stopStream?.();
      this.#stopStream = null;
      if (session.me) void forgetSnapshot(session.me.id, this.roomId);
    }
  }

  #show(room: Room) {
    this.room = room;
    if (room.me && !room.me.leftAt) {
      this.reading.known(room.me.readSeq);
      // What was kept may be of a time before I read on, here or elsewhere.
      if (!this.caughtUp) this.readSeqAtEntry = Math.max(this.readSeqAtEntry ?? 0, room.me.readSeq);
      this.readSeqAtEntry ??= room.me.readSeq;
    }
  }

  async #startReading(room: Room) {
    if (!this.timeline.loaded) {
      await this.#begin();
      if (this.#left) return;
      this.#arrived(this.timeline.messages);
      this.caughtUp = this.timeline.loaded;
      this.#saveSoon([]);
    }
    this.timeline.reachesTo(room.lastSeq);
    this.#follow();
    await this.#loadMarks();
  }

  #follow() {
    if (this.#stopStream || !session.me || this.#left) return;
    this.#stopStream = live.room(this.roomId, {
      place: () => (this.timeline.loaded ? { version: this.timeline.version, epoch: this.timeline.epoch } : null),
      event: (event) => this.#receive(event),
      subscribed: (version) => void this.#subscribed(version),
      ended: (refusal) => {
        this.#stopStream = null;
        this.#flush();
        void this.#ended(refusal);
      },
    });
  }

  async #subscribed(version: number) {
    clearTimeout(this.#beginTimer);
    if (!this.timeline.loaded) {
      await this.#begin();
      if (this.#left) return;
      if (!this.timeline.loaded) return this.#beginLater(version);
      this.#arrived(this.timeline.messages);
    }
    this.#begun = 0;
    this.#awaited = version;
    this.#flush();
    // Whatever else was missed while away: the card (name, members) and who has read what.
    if (this.room) {
      const answer = await api.rooms.get(this.roomId);
      if (!(answer instanceof Refusal) && !this.#left) this.#show(answer);
    }
    this.reading.tell();
    await this.#loadMarks();
  }

  /** The stream stands and yet the page could not be read: it is asked for until it comes. */
  #beginLater(version: number) {
    const { status = 0 } = this.timeline.refusal ?? {};
    if (status === 403 || status === 404) return void this.reload();
    const milliseconds = Math.min(15_000, 500 * 2 ** this.#begun++);
    this.#beginTimer = setTimeout(() => void this.#subscribed(version), milliseconds);
  }

  /** Without a stream: what it would have brought, asked for. */
  async #ask(): Promise<Refusal | null> {
    const answer = await api.rooms.get(this.roomId);
    if (this.#left) return null;
    if (answer instanceof Refusal) {
      if (answer.status === 404 || answer.status === 403) this.#lose(answer);
      return answer;
    }
    this.#show(answer);
    myRooms.put(answer);
    if (!answer.canRead || !session.me) return null;
    if (!this.timeline.loaded) await this.#startReading(answer);
    else if (answer.version !== this.timeline.version || answer.epoch !== this.timeline.epoch) {
      const missed = await this.timeline.missed();
      if (missed && !this.#left) {
        this.#queue.push(...missed.changed);
        this.#flush();
        this.timeline.version = Math.max(this.timeline.version, missed.version);
      }
      await this.#loadMarks();
    }
    this.reading.tell();
    if (!this.timeline.refusal) this.caughtUp = true;
    return this.timeline.refusal;
  }

  /** Perhaps only the right to stay is gone: then the card says what is left. */
  async #ended(refusal: Refusal) {
    const answer = await api.rooms.get(this.roomId);
    if (this.#left) return;
    if (answer instanceof Refusal) {
      if (answer.status !== 0) this.#lose(answer.status === 404 ? refusal : answer);
      return;
    }
    this.#show(answer);
    this.refusal = refusal;
    if (!answer.me || answer.me.leftAt) this.#forget();
  }

  #lose(refusal: Refusal) {
    this.refusal = refusal;
    this.room = null;
    this.#stopStream?.();
    this.#stopStream = null;
    this.#forget();
  }

  #forget() {
    clearTimeout(this.#saveTimer);
    recent.delete(this.roomId);
    if (session.me) void forgetSnapshot(session.me.id, this.roomId);
  }

  async join(password?: string): Promise<Refusal | null> {
    const answer = await api.rooms.join(this.roomId, password === undefined ? {} : { password });
    if (answer instanceof Refusal) return answer;
    this.refusal = null;
    this.readSeqAtEntry = null; // nothing of what was said before is unread for who comes in
    this.#show(answer);
    this.readSeqAtEntry = null;
    await this.#startReading(answer);
    return null;
  }

  async leave(): Promise<Refusal | null> {
    const refusal = await api.rooms.leave(this.roomId);
    if (!refusal) this.#forget();
    return refusal;
  }

  /** I look away; what comes from now on will be below the line. */
  lookedAway(): void {
    if (this.isMember) this.readSeqAtEntry = this.reading.seq;
  }

  /** The answer to what I did to a message. */
  changed(message: Message): void {
    this.timeline.apply(message);
    this.quotes.apply([message]);
    this.#saveSoon([message]);
  }

  /** I have seen everything up to here. */
  readTo(seq: number): void {
    if (this.isMember && this.reading.to(seq) && session.me) this.marks.read(session.me.id, seq);
  }

  #receive(event: RoomEvent) {
    switch (event.type) {
      case 'message':
        // A stream that catches up brings thousands; the screen needs to hear of them once a frame.
        this.#queue.push(event);
        if (this.#flushing) return;
        this.#flushing = true;
        if (document.visibilityState === 'visible') requestAnimationFrame(() => this.#flush());
        else setTimeout(() => this.#flush(), 100);
        return;
      case 'reset':
        this.#queue = [];
        void this.timeline.reset(event.epoch, event.version);
        return;
      case 'typing':
        if (event.user.id !== session.me?.id) this.typists.types(event.user);
        return;
      case 'read':
        this.marks.read(event.userId, event.seq);
        return;
      case 'here':
        if (this.room) this.room = { ...this.room, here: event.here };
        return;
      case 'member':
        if (this.room) this.room = { ...this.room, memberCount: event.memberCount };
        this.membersChanged++;
        if (event.change === 'left' || event.change === 'kicked') this.marks.remove(event.user.id);
        else if (event.change === 'joined') void this.#loadMarks();
        return;
      case 'room':
        void this.reload();
    }
  }

  #flush() {
    this.#flushing = false;
    if (this.#left) return;
    const messages = this.#queue;
    this.#queue = [];
    if (messages.length > 0) {
      const before = this.timeline.lastSeq;
      this.timeline.applyStream(messages);
      this.quotes.apply(messages);
      this.#arrived(messages);
      const me = session.me?.id;
      for (const { sender } of messages) this.typists.stops(sender.id);
      if (this.caughtUp && before > 0)
        this.news = messages.filter(({ seq, sender, deletedAt }) => seq > before && sender.id !== me && !deletedAt);
      this.#saveSoon(messages);
    }
    if (this.#awaited !== null && this.timeline.version >= this.#awaited) {
      this.#awaited = null;
      this.caughtUp = true;
      this.#saveSoon([]);
    }
  }

  #arrived(messages: readonly Message[]) {
    const me = session.me?.id;
    outbox.arrived(messages.filter(({ sender }) => sender.id === me).map(({ clientId }) => clientId));
  }

  async #loadMarks() {
    if (!this.isMember || (this.room?.memberCount ?? 0) > smallRoom) return this.marks.clear();
    const answer = await api.rooms.reads(this.roomId);
    if (answer instanceof Refusal) {
      if (answer.status !== 0) this.marks.clear();
    } else if (!this.#left) this.marks.set(answer.reads);
  }

  #saveSoon(changed: readonly Message[]) {
    if (!session.me || !this.isMember) return;
    // What is stored of an older stretch is not ours to replace while another one is shown, but to amend.
    if (!this.timeline.whole) {
      const amended = changed.filter(({ editedAt, deletedAt }) => editedAt || deletedAt);
      if (amended.length > 0) void amendSnapshot(session.me.id, this.roomId, amended);
      return;
    }
    // At once the first time: what was opened once opens offline. Then as often as is cheap.
    clearTimeout(this.#saveTimer);
    this.#saveTimer = setTimeout(() => this.#save(), Math.max(0, this.#savedAt + 700 - Date.now()));
  }

  #save() {
    clearTimeout(this.#saveTimer);
    const { timeline, room } = this;
    if (!session.me || !room?.me || !this.isMember || !timeline.whole || this.#queue.length > 0) return;
    this.#savedAt = Date.now();
    void saveSnapshot({
      userId: session.me.id,
      roomId: this.roomId,
      room: { ...room, me: { ...room.me, readSeq: this.reading.seq, unread: 0 } },
      epoch: timeline.epoch,
      version: timeline.version,
      lastSeq: timeline.lastSeq,
      messages: timeline.messages.slice(-messagesOnDevice),
      savedAt: Date.now(),
    });
  }

  dispose(): void {
    this.#flush();
    this.reading.tell();
    this.#save();
    this.#left = true;
    this.#stopStream?.();
    this.#stops.forEach((stop) => stop());
    clearTimeout(this.#beginTimer);
    this.typists.dispose();
    this.timeline.dispose();
    recent.delete(this.roomId);
    if (this.room && this.isMember && this.timeline.whole) {
      const { me } = this.room;
      recent.set(this.roomId, {
        timeline: this.timeline,
        room: { ...this.room, me: me && { ...me, readSeq: this.reading.seq } },
      });
    }
    for (const roomId of recent.keys()) if (recent.size > roomsInMemory) recent.delete(roomId);
  }
}
