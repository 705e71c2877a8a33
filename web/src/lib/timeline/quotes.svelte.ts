// The messages that others reply to. Most are near; one from long ago is fetched by itself, once.
import { api, Refusal, type Message } from '#lib/api';
import type { Timeline } from './timeline.svelte';

const most = 200;

export class Quotes {
  #fetched = $state.raw<ReadonlyMap<number, Message | null>>(new Map());
  #asked = new Set<number>();

  constructor(private readonly timeline: Timeline) {}

  /** The quoted message; null when there is none, undefined until that is known. */
  of(seq: number): Message | null | undefined {
    return this.timeline.at(seq) ?? this.#fetched.get(seq);
  }

  /** For one that is shown and not held. */
  async fetch(seq: number): Promise<void> {
    if (this.#asked.has(seq)) return;
    this.#asked.add(seq);
    const page = await api.messages.list(this.timeline.roomId, { around: seq, limit: 1 });
    if (page instanceof Refusal) {
      this.#asked.delete(seq);
      return;
    }
    if (this.#fetched.size >= most) {
      this.#fetched = new Map();
      this.#asked.clear();
    }
    this.#keep(seq, page.items.find((message) => message.seq === seq) ?? null);
  }

  apply(messages: readonly Message[]): void {
    for (const message of messages) {
      const held = this.#fetched.get(message.seq);
      if (held && held.version < message.version) this.#keep(message.seq, message);
    }
  }

  #keep(seq: number, message: Message | null) {
    this.#fetched = new Map(this.#fetched).set(seq, message);
  }
}
