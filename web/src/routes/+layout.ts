import { redirect } from '@sveltejs/kit';
import { needsSession, signInFor } from '#lib/accounts/guard';
import { session } from '#lib/accounts/session.svelte';
import { startLocale } from '#lib/i18n';
import type { LayoutLoad } from './$types';

// One static page that draws everything in the browser; the node serves it for every address.
export const ssr = false;
export const prerender = false;

export const load: LayoutLoad = async ({ route, url }) => {
  await startLocale();
  await session.start();
  if (!session.me && needsSession(route.id)) redirect(307, signInFor(url));
  if (session.me && route.id === '/') redirect(307, '/chats');
};
