// A list that the server hands out by pages. It keeps what it shows until something newer is there, never shows one
// thing twice when the order shifts between two pages, and of two questions only the later one is answered.
import { Refusal } from './refusal';
import type { Page } from './types';

type Load<Item> = (cursor: string | null, signal: AbortSignal) => Promise<Page<Item> | Refusal>;

/** What a list on the screen needs to know of where its rows come from. */
export interface Rows<Item> {
  readonly items: readonly Item[];
  /** Whether an answer to the present question has ever come. */
  readonly loaded: boolean;
  readonly loading: boolean;
  readonly refusal: Refusal | null;
  readonly hasMore: boolean;
  keyOf(item: Item): string;
  more(): Promise<void>;
  reload(): Promise<void>;
}

export class PagedList<Item> implements Rows<Item> {
  items = $state.raw<Item[]>([]);
  loaded = $state(false);
  loading = $state(false);
  refusal = $state.raw<Refusal | null>(null);
  #cursor = $state<string | null>(null);
  #asked: AbortController | null = null;
  #load: Load<Item>;
  readonly keyOf: (item: Item) => string;

  constructor(load: Load<Item>, keyOf: (item: Item) => string) {
    this.#load = load;
    this.keyOf = keyOf;
  }

  get hasMore(): boolean {
    return this.#cursor !== null;
  }

  /** From the first page on, with another question if one is given. */
  async reload(load?: Load<Item>): Promise<void> {
    if (load) this.#load = load;
    await this.#ask(null);
  }

  /** Forgets what it shows: the next question has nothing to do with the last. */
  clear(): void {
    this.#asked?.abort();
    this.items = [];
    this.loaded = this.loading = false;
    this.refusal = null;
    this.#cursor = null;
  }

  async more(): Promise<void> {
    if (this.hasMore && !this.loading) await this.#ask(this.#cursor);
  }

  async #ask(cursor: string | null): Promise<void> {
    this.#asked?.abort();
    const asked = (this.#asked = new AbortController());
    this.loading = true;
    const answer = await this.#load(cursor, asked.signal);
    if (asked.signal.aborted) return;
    this.loading = false;
    if (answer instanceof Refusal) {
      this.refusal = answer;
      return;
    }
    this.refusal = null;
    this.loaded = true;
    this.#cursor = answer.cursor;
    this.items = cursor === null ? answer.items : this.#joined(answer.items);
  }

  #joined(next: Item[]): Item[] {
    const known = new Set(this.items.map(this.keyOf));
    return [...this.items, ...next.filter((item) => !known.has(this.keyOf(item)))];
  }

  /** Puts in a newer state of something shown; does nothing if it isn't. */
  replace(key: string, change: (item: Item) => Item): void {
    if (this.items.some((item) => this.keyOf(item) === key))
      this.items = this.items.map((item) => (this.keyOf(item) === key ? change(item) : item));
  }

  add(item: Item): void {
    this.items = [item, ...this.items.filter((other) => this.keyOf(other) !== this.keyOf(item))];
  }

  remove(key: string): void {
    this.items = this.items.filter((item) => this.keyOf(item) !== key);
  }
}
