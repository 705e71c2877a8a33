// Where WebSockets are not let through, nothing comes by itself. What the live connection would have told is then asked
// for over HTTP, politely: only while somebody looks at the page, seldom when the server doesn't answer, and spread by
// chance. The live connection goes on trying; once it stands, the asking ends.
import type { Refusal } from '#lib/api';

const longest = 60_000;

export function poll(ask: () => Promise<Refusal | null>, milliseconds: number): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let failures = 0;
  let asking = false;
  let ended = false;

  async function round() {
    clearTimeout(timer);
    if (asking || ended || document.visibilityState !== 'visible') return; // looking again begins it anew
    asking = true;
    const refusal = await ask();
    asking = false;
    if (ended) return;
    failures = refusal ? failures + 1 : 0;
    const wait = Math.max((refusal?.retryAfterSeconds ?? 0) * 1000, Math.min(longest, milliseconds * 2 ** failures));
    timer = setTimeout(() => void round(), wait * (0.75 + Math.random() / 2));
  }

  const look = () => void round();
  document.addEventListener('visibilitychange', look);
  look();
  return () => {
    ended = true;
    clearTimeout(timer);
    document.removeEventListener('visibilitychange', look);
  };
}
