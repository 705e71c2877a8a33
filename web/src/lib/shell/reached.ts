import { Backoff } from '#lib/live/backoff';

/** Loads a part of the app; a network that is away delays it and no more. */
export async function reached<Part>(load: () => Promise<Part>): Promise<Part> {
  for (const backoff = new Backoff(); ;) {
    try {
      return await load();
    } catch {
      await networkOr(backoff.next());
      await stylesAgain();
    }
  }
}

function networkOr(milliseconds: number): Promise<unknown> {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
    window.addEventListener('online', resolve, { once: true });
  });
}

/** Vite asks for a part's stylesheet once: one that did not come stays in the document, empty, for ever. */
function stylesAgain(): Promise<unknown> {
  const missing = [...document.querySelectorAll<HTMLLinkElement>('link[rel=stylesheet]')].filter(({ sheet }) => !sheet);
  return Promise.all(
    missing.map((link) => {
      const again = link.cloneNode() as HTMLLinkElement;
      link.replaceWith(again);
      return new Promise((resolve) => (again.onload = again.onerror = resolve));
    }),
  );
}
