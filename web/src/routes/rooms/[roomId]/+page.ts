import { session } from '#lib/accounts/session.svelte';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ parent }) => {
  await parent(); // who I am
  return { talk: session.me ? await import('./talk') : null };
};
