const forMembers = ['/chats', '/friends', '/settings', '/rooms/new', '/rooms/[roomId]/settings'];

/** Pages that mean nothing without a person. A room decides for itself what a visitor sees of it. */
export const needsSession = (routeId: string | null): boolean => forMembers.includes(routeId ?? '');

type Address = Pick<URL, 'pathname' | 'search' | 'hash' | 'origin' | 'href'>;

/** Where to go after signing in: back to where one came from, but never to another site. */
export function afterSignIn(url: Address, otherwise = '/chats'): string {
  const next = new URLSearchParams(url.search).get('next');
  return next?.startsWith('/') && new URL(next, url.href).origin === url.origin ? next : otherwise;
}

export const signInFor = (url: Address): string =>
  `/signin?next=${encodeURIComponent(url.pathname + url.search + url.hash)}`;
