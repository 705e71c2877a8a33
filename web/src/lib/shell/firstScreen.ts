// The first screen comes before everything that it can be used without: the live connection's script, the list beside a
// conversation, the service worker that fetches all of the app.
let stand = () => {};

/** Settles when what somebody came for is on the screen and can be used. */
export const firstScreen = new Promise<void>((resolve) => (stand = resolve));

/** The page has what it is about; once painted, the rest may come. */
export function firstScreenStands(): void {
  if (document.visibilityState === 'visible') requestAnimationFrame(() => setTimeout(stand));
  else stand();
}

// Where it never gets so far (no answer, an error), the rest is not to wait for ever.
if (typeof window !== 'undefined') setTimeout(() => stand(), 5_000);
