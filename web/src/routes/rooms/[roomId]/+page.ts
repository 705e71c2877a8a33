import { session } from '#lib/accounts/session.svelte';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ parent }) => {
  if (!session.me) await parent(); // who I am; one whom the device remembers need not wait for that
  return { talk: session.me ? await import('./talk') : null };
};
