// Who is writing right now. It is never stored and easily lost, so each word of it is good for a few seconds.
export interface Typist {
  id: string;
  nickname: string;
}

const typingMilliseconds = 6_000;

export class Typists {
  list = $state.raw<readonly Typist[]>([]);
  #typing = new Map<string, { person: Typist; timer: ReturnType<typeof setTimeout> }>();

  types(person: Typist): void {
    clearTimeout(this.#typing.get(person.id)?.timer);
    const timer = setTimeout(() => this.stops(person.id), typingMilliseconds);
    this.#typing.set(person.id, { person, timer });
    this.#show();
  }

  /** Also who has just said it. */
  stops(id: string): void {
    const typing = this.#typing.get(id);
    if (!typing) return;
    clearTimeout(typing.timer);
    this.#typing.delete(id);
    this.#show();
  }

  dispose(): void {
    this.#typing.forEach(({ timer }) => clearTimeout(timer));
  }

  #show() {
    this.list = [...this.#typing.values()].map(({ person }) => person);
  }
}
