// Who is signed in here. The cookie that proves it is the server's business and out of the script's reach; this keeps
// what the page shows, and remembers it so that the installed app opens offline as the person who left it.
import { api, onSessionLost, Refusal, type Me } from '#lib/api';

const storageKey = 'smalltalk.me';

class Session {
  /** Me, or null for a visitor. */
  me = $state.raw<Me | null>(null);
  /** True once the session ended by itself (ended elsewhere, expired), so that the sign-in page can say why. */
  ended = $state(false);
  #started: Promise<void> | null = null;
  #leaving: (() => void)[] = [];

  constructor() {
    onSessionLost(() => {
      if (this.me) this.ended = true;
      this.#show(null);
    });
    if (typeof addEventListener === 'function')
      addEventListener('storage', (event) => {
        // Signing in or out in another tab: nothing on this page belongs to the other person, so it starts afresh.
        if (event.key === storageKey && idOf(event.newValue) !== (this.me?.id ?? null)) location.reload();
      });
  }

  /** Asks once who I am. One whom this device remembers need not wait for the answer, nor be online for it. */
  async start(): Promise<void> {
    this.#started ??= this.#ask();
    if (!this.me) await this.#started;
  }

  async #ask(): Promise<void> {
    this.me = recall();
    const answer = await api.session.who();
    if (!(answer instanceof Refusal)) this.#show(answer.user);
  }

  /** My profile has changed, on this device or another. */
  async refresh(): Promise<void> {
    const answer = await api.me.get();
    if (!(answer instanceof Refusal)) this.#show(answer);
  }

  signedIn(me: Me): void {
    this.ended = false;
    this.#show(me);
  }

  changed(me: Me): void {
    this.#show(me);
  }

  async signOut(): Promise<Refusal | null> {
    const refusal = await api.session.end();
    if (refusal && refusal.status !== 401) return refusal;
    this.#show(null);
    return null;
  }

  /** The account is gone. */
  deleted(): void {
    this.#show(null);
  }

  /** What is kept about a person (rooms, drafts, the live connection) lets go when the person does. */
  onLeave(handler: () => void): void {
    this.#leaving.push(handler);
  }

  #show(me: Me | null) {
    const left = this.me && this.me.id !== me?.id;
    this.me = me;
    try {
      if (me) localStorage.setItem(storageKey, JSON.stringify(me));
      else localStorage.removeItem(storageKey);
    } catch {
      // Without storage the app works, but not offline.
    }
    if (left) this.#leaving.forEach((handler) => handler());
  }
}

function recall(): Me | null {
  try {
    return JSON.parse(localStorage.getItem(storageKey) ?? 'null') as Me | null;
  } catch {
    return null;
  }
}

function idOf(stored: string | null): string | null {
  try {
    return (JSON.parse(stored ?? 'null') as Me | null)?.id ?? null;
  } catch {
    return null;
  }
}

export const session = new Session();
