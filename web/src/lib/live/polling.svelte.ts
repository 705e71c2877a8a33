// What lists and rooms do where WebSockets are not let through, which is seldom: so how it is done is loaded when it is.
import type { Refusal } from '#lib/api';
import { live } from './live.svelte';

/** Asks again and again while HTTP is all there is. @returns the end of it. */
export function pollWithoutSocket(ask: () => Promise<Refusal | null>, milliseconds = 5_000): () => void {
  return $effect.root(() => {
    $effect(() => {
      if (live.problem !== 'websocket') return;
      let end: (() => void) | null = () => {};
      void import('./poll').then(
        ({ poll }) => {
          if (end) end = poll(ask, milliseconds);
        },
        () => {}, // no network: the live connection goes on trying
      );
      return () => {
        end?.();
        end = null;
      };
    });
  });
}
