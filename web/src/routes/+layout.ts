import { startLocale } from '#lib/i18n';
import { session } from '#lib/accounts/session.svelte';

// One static page that draws everything in the browser; the node serves it for every address.
export const ssr = false;
export const prerender = false;

export async function load() {
  await startLocale();
  await session.start();
}
