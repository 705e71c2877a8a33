// How far I have read a room, and telling the server so: never backwards, some hundred milliseconds after I stop moving, and
// over HTTP where there is no live connection.
import { api } from '#lib/api';
import { live } from '#lib/live';

const restMilliseconds = 300;

export class ReadingOn {
  #read = 0;
  #told = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly roomId: string) {}

  get seq(): number {
    return this.#read;
  }

  /** As the server has it: also what I read on another device, and without what I told and a cut swallowed. */
  known(seq: number): void {
    this.#read = Math.max(this.#read, seq);
    this.#told = seq;
  }

  /** @returns whether that is news. */
  to(seq: number): boolean {
    if (seq <= this.#read) return false;
    this.#read = seq;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.tell(), restMilliseconds);
    return true;
  }

  /** At once, if there is something to tell and a way to do it. */
  tell(): void {
    clearTimeout(this.#timer);
    const seq = this.#read;
    if (seq <= this.#told) return;
    if (live.tell(`/app/rooms/${this.roomId}/read`, { seq })) this.#told = seq;
    else if (live.problem)
      void api.rooms.markRead(this.roomId, seq).then((refusal) => {
        if (!refusal) this.#told = Math.max(this.#told, seq);
      });
  }
}
