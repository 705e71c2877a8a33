// A room's messages as far as this page holds them: one stretch of seq without holes, each message in the newest state
// that was seen. What keeps that true:
// - Of two states of a seq the higher version stays, wherever it came from (stream, page, answer to an edit).
// - The stream is sorted by version, not by seq: a message that was edited since comes later than its followers. One that
//   is ahead of the stretch waits for those between; when they don't come, they are fetched.
// - A page that was read before a change and arrives after it must not undo the change: what the stream brings while a
//   request is under way is applied once more on top of the answer.
// - `version` and `epoch`, the place from which the stream goes on after a cut, move with the stream alone. A page may
//   show later states of some messages, but says nothing of the others.
// The stretch is bounded; what falls off at one end is loaded again when somebody scrolls there.
import { Refusal, type Message, type MessagePage } from '#lib/api';

export interface MessageSource {
  list(place: { before?: number; after?: number; around?: number; limit?: number }): Promise<MessagePage | Refusal>;
}

export interface TimelineLimits {
  page: number;
  most: number;
  /** After trimming. */
  kept: number;
  /** How long a missing message may take before it is fetched. */
  gapMilliseconds: number;
}

const usual: TimelineLimits = { page: 100, most: 1600, kept: 1000, gapMilliseconds: 1000 };

/** After so many changes the newest page is quicker than all that was missed; the server's streams do the same. */
const farBehind = 2_000;

export class Timeline {
  /** Ascending, each seq one more than the one before. */
  messages = $state.raw<readonly Message[]>([]);
  /** The newest seq of the room, held here or not. */
  lastSeq = $state(0);
  /** True once there is something true to show, if only from last time. */
  loaded = $state(false);
  loadingOlder = $state(false);
  loadingNewer = $state(false);
  /** Why the last page could not be loaded. */
  refusal = $state.raw<Refusal | null>(null);
  /** Counts the times when another stretch took the place of the one before. */
  stretch = $state(0);
  /** How people are called as of what came last: who renames themselves does so beside what they said before, too. */
  names = $state.raw<ReadonlyMap<string, string | null>>(new Map());
  version = 0;
  epoch = '';

  readonly firstSeq = $derived(this.messages[0]?.seq ?? 0);
  readonly endSeq = $derived(this.messages.at(-1)?.seq ?? 0);
  readonly hasOlder = $derived(this.firstSeq > 1);
  /** The stretch reaches the room's newest message. One that is still to be loaded will: what I write now goes at its end. */
  readonly atEnd = $derived(!this.loaded || this.endSeq >= this.lastSeq);

  /** New messages are appended: the stretch reached the end when last looked. */
  #following = true;
  #ahead = new Map<number, Message>();
  #requests = 0;
  #streamed = new Map<number, Message>();
  /** Answers to what was asked before the room was reset or left come too late. */
  #generation = 0;
  #asked = 0;
  #gapTimer: ReturnType<typeof setTimeout> | undefined;
  readonly #limits: TimelineLimits;

  constructor(
    readonly roomId: string,
    private readonly source: MessageSource,
    limits: Partial<TimelineLimits> = {},
  ) {
    this.#limits = { ...usual, ...limits };
  }

  /** Reaches the end, and waits for nothing that is missing: what can be kept for the next time. */
  get whole(): boolean {
    return this.loaded && this.#following && this.#ahead.size === 0 && this.endSeq === this.lastSeq;
  }

  /** The room says how far it goes. What doesn't come by the stream in time is fetched. */
  reachesTo(seq: number): void {
    if (seq <= this.lastSeq) return;
    this.lastSeq = seq;
    if (this.loaded) this.#watchGap();
  }

  at(seq: number): Message | undefined {
    return this.messages[seq - this.firstSeq];
  }

  /** What was kept from last time; the stream goes on from its version. */
  restore(kept: { messages: Message[]; lastSeq: number; version: number; epoch: string }): void {
    if (this.loaded) return;
    this.#learnNames(kept.messages);
    this.#replace(kept.messages, true);
    this.lastSeq = Math.max(this.lastSeq, kept.lastSeq);
    this.version = kept.version;
    this.epoch = kept.epoch;
    this.loaded = true;
  }

  /** One message in its newest state, from the stream or as the answer to what I did to it. */
  apply(message: Message): void {
    this.applyAll([message]);
  }

  applyAll(changed: readonly Message[]): void {
    if (this.#requests > 0)
      for (const message of changed)
        if ((this.#streamed.get(message.seq)?.version ?? -1) < message.version)
          this.#streamed.set(message.seq, message);
    for (const { seq } of changed) if (seq > this.lastSeq) this.lastSeq = seq;
    if (this.loaded) this.#merge(changed);
  }

  /** What the stream brings also moves the place from which it goes on. */
  applyStream(changed: readonly Message[]): void {
    this.applyAll(changed);
    for (const { version } of changed) if (version > this.version) this.version = version;
  }

  /** The stream says that nothing held here can be trusted any more. */
  async reset(epoch: string, version: number): Promise<void> {
    this.epoch = epoch;
    this.version = version;
    this.lastSeq = 0;
    this.loaded = false;
    this.#generation++;
    this.#replace([], true);
    await this.loadLatest();
  }

  /** Begins with the newest page; the stream's place is the page's. */
  async begin(): Promise<void> {
    const page = await this.loadLatest();
    if (!page) return;
    this.version = page.version;
    this.epoch = page.epoch;
  }

  async loadLatest(): Promise<MessagePage | null> {
    const asked = ++this.#asked;
    const page = await this.#load({ limit: this.#limits.page });
    if (!page || asked !== this.#asked) return null;
    this.#replace(page.items, true);
    this.#settle(page);
    return page;
  }

  /** The stretch around one message, for its address. @returns whether it is there. */
  async loadAround(seq: number): Promise<boolean> {
    if (this.at(seq)) return true;
    const asked = ++this.#asked;
    const page = await this.#load({ around: seq, limit: this.#limits.page });
    if (!page || asked !== this.#asked) return false;
    if (!page.items.some((message) => message.seq === seq)) return false;
    this.#replace(page.items, Math.max(...page.items.map((message) => message.seq)) >= page.lastSeq);
    this.#settle(page);
    return true;
  }

  async loadOlder(): Promise<void> {
    if (this.loadingOlder || !this.loaded || !this.hasOlder) return;
    this.loadingOlder = true;
    const [before, stretch] = [this.firstSeq, this.stretch];
    const page = await this.#load({ before, limit: this.#limits.page });
    this.loadingOlder = false;
    if (!page || this.firstSeq !== before || this.stretch !== stretch) return;
    const older = unbroken(page.items.filter(({ seq }) => seq < before));
    if (older.at(-1)?.seq !== before - 1) return;
    this.messages = [...older, ...this.messages];
    this.#settle(page);
  }

  async loadNewer(): Promise<void> {
    if (this.loadingNewer || !this.loaded || this.atEnd) return;
    this.loadingNewer = true;
    const [after, stretch] = [this.endSeq, this.stretch];
    const page = await this.#load({ after, limit: this.#limits.page });
    this.loadingNewer = false;
    if (!page || this.endSeq !== after || this.stretch !== stretch) return;
    const newer = unbroken(page.items.filter(({ seq }) => seq > after));
    if (newer[0]?.seq === after + 1) this.messages = [...this.messages, ...newer];
    if (this.endSeq >= page.lastSeq) this.#following = true;
    this.#settle(page);
  }

  /**
   * Without a stream: what has changed since `version`, and the version at which that is all. The newest page mostly has it.
   * Each change has a version of its own, so where some are not accounted for, older messages were edited or deleted, or
   * one message several times: then the rest of the stretch is read again as well.
   */
  async missed(): Promise<{ changed: Message[]; version: number } | null> {
    const known = this.version;
    let page = await this.#load({ limit: this.#limits.page });
    if (!page) return null;
    const { version, epoch, lastSeq } = page;
    if (epoch !== this.epoch || version - known > farBehind) {
      await this.reset(epoch, version);
      return null;
    }
    const changed = new Map<number, Message>();
    for (;;) {
      for (const message of page.items) if (message.version > known) changed.set(message.seq, message);
      const first = Math.min(...page.items.map(({ seq }) => seq));
      const counted = [...changed.values()].filter((message) => message.version <= version).length;
      if (counted >= version - known || page.items.length === 0 || first <= this.firstSeq) break;
      // What is missing between is loaded by its own rules.
      page = await this.#load({ before: Math.min(first, this.endSeq + 1), limit: this.#limits.page });
      if (!page) return null;
    }
    this.reachesTo(lastSeq);
    return { changed: [...changed.values()].sort((a, b) => a.version - b.version), version };
  }

  /** Lets go of what is far from the end that is being read. @returns whether anything went. */
  trim(reading: 'start' | 'end'): boolean {
    if (this.messages.length <= this.#limits.most) return false;
    if (reading === 'end') this.messages = this.messages.slice(-this.#limits.kept);
    else {
      this.messages = this.messages.slice(0, this.#limits.kept);
      this.#following = false;
      this.#ahead.clear();
    }
    return true;
  }

  dispose(): void {
    clearTimeout(this.#gapTimer);
    this.#generation++;
  }

  async #load(place: { before?: number; after?: number; around?: number; limit: number }) {
    const generation = this.#generation;
    this.#requests++;
    const page = await this.source.list(place);
    this.#requests--;
    const late = generation !== this.#generation;
    if (page instanceof Refusal || late) {
      if (page instanceof Refusal && !late) this.refusal = page;
      this.#forgetStreamed();
      return null;
    }
    this.refusal = null;
    return page;
  }

  /** After a page: what it says of the room's end, and what the stream said meanwhile. */
  #settle(page: MessagePage) {
    this.loaded = true;
    this.lastSeq = Math.max(this.lastSeq, page.lastSeq);
    const streamed = [...this.#streamed.values()];
    this.#forgetStreamed();
    this.#merge([...page.items, ...streamed]);
  }

  #forgetStreamed() {
    if (this.#requests === 0) this.#streamed.clear();
  }

  #replace(messages: readonly Message[], following: boolean) {
    this.#ahead.clear();
    this.#following = following;
    this.messages = unbroken(messages);
    this.stretch++;
  }

  #learnNames(messages: readonly Message[]) {
    let names: Map<string, string | null> | null = null;
    for (const { sender } of messages)
      if ((names ?? this.names).get(sender.id) !== sender.nickname)
        (names ??= new Map(this.names)).set(sender.id, sender.nickname);
    if (names) this.names = names;
  }

  #merge(changed: readonly Message[]) {
    this.#learnNames(changed);
    let messages: Message[] | null = null;
    const first = this.firstSeq;
    let end = this.endSeq;
    for (const message of changed) {
      const { seq } = message;
      if (seq >= first && seq <= end) {
        const held = (messages ?? this.messages)[seq - first];
        if (held && held.version < message.version) (messages ??= [...this.messages])[seq - first] = message;
      } else if (seq > end && this.#following) {
        const waiting = this.#ahead.get(seq);
        if (!waiting || waiting.version < message.version) this.#ahead.set(seq, message);
      }
    }
    const appended: Message[] = [];
    for (let next = this.#ahead.get(end + 1); next; next = this.#ahead.get(end + 1)) {
      this.#ahead.delete(next.seq);
      appended.push(next);
      end = next.seq;
    }
    for (const seq of this.#ahead.keys()) if (seq <= end) this.#ahead.delete(seq);
    if (messages || appended.length) {
      this.messages = [...(messages ?? this.messages), ...appended];
    }
    this.#watchGap();
  }

  #watchGap() {
    clearTimeout(this.#gapTimer);
    if (!this.#following || (this.#ahead.size === 0 && this.endSeq >= this.lastSeq)) return;
    this.#gapTimer = setTimeout(() => void this.#fillGap(), this.#limits.gapMilliseconds);
  }

  async #fillGap() {
    if (this.#requests > 0) return this.#watchGap(); // what is under way may bring it
    const after = this.endSeq;
    const page = await this.#load({ after, limit: this.#limits.page });
    if (!page) return this.#watchGap();
    this.#settle(page);
    if (this.endSeq === after) await this.loadLatest();
  }
}

/** In order, and only the part up to the newest that has no hole: a stretch is ever one. */
function unbroken(messages: readonly Message[]): Message[] {
  const sorted = [...messages].sort((a, b) => a.seq - b.seq);
  for (let i = sorted.length - 1; i > 0; i--) if (sorted[i - 1]!.seq !== sorted[i]!.seq - 1) return sorted.slice(i);
  return sorted;
}
