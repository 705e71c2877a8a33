import { firstScreen } from './firstScreen';

/** Fetches what may be wanted next, when the first screen stands and nobody waits for anything. */
export function whenCalm(fetching: () => Promise<unknown>): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let ended = false;
  void firstScreen.then(() => {
    // Without a network it is not fetched, and asked for when it is wanted.
    if (!ended) timer = setTimeout(() => void fetching().catch(() => {}), 2_000);
  });
  return () => {
    ended = true;
    clearTimeout(timer);
  };
}
