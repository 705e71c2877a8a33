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

  /** After each change of sizes; when the reader scrolled only to know where that led. */
  check(correct = true): void {
    if (performance.now() > this.#until) return;
    const row = this.viewport.querySelector<HTMLElement>(`[data-key="${CSS.escape(this.#key)}"]`);
    if (!row) return;
    const { scrollTop, scrollHeight } = this.viewport;
    const offset = row.getBoundingClientRect().top - this.viewport.getBoundingClientRect().top + scrollTop;
    const moved = scrollTop - this.#top;
    const due = offset - this.#offset;
    const keptToEnd = Math.abs(moved - (scrollHeight - this.#height)) < 1;
    if (correct && keptToEnd && Math.abs(moved - due) >= 1) this.viewport.scrollTop = this.#top + due;
    this.#offset = offset;
    this.#top = this.viewport.scrollTop;
    this.#height = scrollHeight;
  }
}
