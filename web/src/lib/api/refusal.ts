/** Why something was not done: the server's ProblemDetails, or that the server could not be asked at all. */
export class Refusal {
  constructor(
    /** Stable, e.g. `nickname-taken`; `offline`, `aborted` and `failed` are this page's own. */
    readonly code: string,
    readonly status: number,
    /** One sentence in the reader's language. */
    readonly title: string,
    /** Field name → its sentences. */
    readonly errors: Readonly<Record<string, readonly string[]>> = {},
    /** How long to wait before it makes sense to ask again, when the server said so. */
    readonly retryAfterSeconds?: number,
  ) {}

  /** The sentence for one field of a form. */
  field(name: string): string | undefined {
    return this.errors[name]?.[0];
  }
}
