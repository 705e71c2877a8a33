// When older messages have come in above, the virtual list keeps for a moment the distance to the end instead of what is
// on the screen. Rows below the screen that are measured for the first time in that moment (after a far jump upwards)
// would move everything by the difference. This watches for that: the scroll position followed the height of the whole,
// but the rows that one sees did not move within it.
export class Still {
  #key = '';
  #offset = 0;
  #top = 0;
  #height = 0;
  #until = 0;

  constructor(private readonly viewport: HTMLElement) {}

  /** Older messages are about to come in. */
  begin(milliseconds: number): void {
    const edge = this.viewport.getBoundingClientRect().top;
    for (const row of this.viewport.querySelectorAll<HTMLElement>('[data-key]'))
      if (row.getBoundingClientRect().bottom > edge) {
        this.#key = row.dataset.key!;
        this.#until = performance.now() + milliseconds;
        this.#offset = NaN; // where it will be is known after the change
        return;
      }
  }

  /** The reader scrolled: what follows is compared with where that led. */
  scrolled(): void {
    this.#look(() => {});
  }

  /** After each change of sizes. */
  check(): void {
    this.#look((offset) => {
      const moved = this.viewport.scrollTop - this.#top;
      const due = offset - this.#offset;
      const keptToEnd = Math.abs(moved - (this.viewport.scrollHeight - this.#height)) < 1;
      if (keptToEnd && Math.abs(moved - due) >= 1) this.viewport.scrollTop = this.#top + due;
    });
  }

  #look(compare: (offset: number) => void): void {
    if (performance.now() > this.#until) return;
    const row = this.viewport.querySelector<HTMLElement>(`[data-key="${CSS.escape(this.#key)}"]`);
    if (!row) return;
    const edge = this.viewport.getBoundingClientRect().top;
    const offset = row.getBoundingClientRect().top - edge + this.viewport.scrollTop;
    compare(offset);
    this.#offset = offset;
    this.#top = this.viewport.scrollTop;
    this.#height = this.viewport.scrollHeight;
  }
}
