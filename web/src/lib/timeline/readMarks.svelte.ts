// How far each member of a small room has read, for the number beside a message: how many have not read it yet.
import type { ReadMark } from '#lib/api';

export class ReadMarks {
  #marks = $state.raw<ReadonlyMap<string, number>>(new Map());
  readonly #sorted = $derived([...this.#marks.values()].sort((a, b) => a - b));

  set(reads: readonly ReadMark[]): void {
    this.#marks = new Map(reads.map(({ userId, seq }) => [userId, seq]));
  }

  clear(): void {
    this.#marks = new Map();
  }

  /** Never backwards: two devices of one person report out of order. */
  read(userId: string, seq: number): void {
    if (!this.#marks.has(userId) || this.#marks.get(userId)! >= seq) return;
    this.#marks = new Map(this.#marks).set(userId, seq);
  }

  remove(userId: string): void {
    const marks = new Map(this.#marks);
    if (marks.delete(userId)) this.#marks = marks;
  }

  /** Whoever wrote it has read it. */
  unreadBy(seq: number, senderId: string): number {
    const sorted = this.#sorted;
    let low = 0;
    let high = sorted.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (sorted[middle]! < seq) low = middle + 1;
      else high = middle;
    }
    const sender = this.#marks.get(senderId);
    return low - (sender !== undefined && sender < seq ? 1 : 0);
  }
}
