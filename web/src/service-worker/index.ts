// Lets the app open without a network: its own files, nothing else. What the server says about rooms and people is never
// kept here (lib/device keeps what may be shown offline); /api and /ws don't even pass through.
//
// All files of one build go into one cache, and the page comes from there too, so that a page and its parts are always of
// the same build. A new build waits until the person agrees or all tabs are closed.
import { assets, immutable, routes } from '$app/manifest';
import { self } from '$app/service-worker';
import { version } from '$app/env';

const cacheName = `smalltalk-${version}`;
const page = '/';
const files = new Set([...immutable, ...assets].map(({ path }) => (path.startsWith('/') ? path : `/${path}`)));

/** The addresses that the page draws; everything else at this host (the API's reference, say) is the server's. */
const pages = routes
  .filter((route) => route.page)
  .map(({ id }) => new RegExp(`^${id.replace(/\/\([^)]+\)/g, '').replace(/\[[^\]]+\]/g, '[^/]+')}/?$`));

self.addEventListener('install', (event) => {
  event.waitUntil(
    caches
      .open(cacheName)
      .then((cache) => cache.addAll([page, ...files].map((path) => new Request(path, { cache: 'no-cache' })))),
  );
});

self.addEventListener('activate', (event) => {
  event.waitUntil(
    caches
      .keys()
      .then((names) =>
        Promise.all(
          names
            .filter((name) => name.startsWith('smalltalk-') && name !== cacheName)
            .map((name) => caches.delete(name)),
        ),
      )
      .then(() => self.clients.claim()),
  );
});

self.addEventListener('message', (event) => {
  if (event.data === 'take over') void self.skipWaiting();
});

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== 'GET' || url.origin !== self.location.origin) return;
  if (files.has(url.pathname)) event.respondWith(kept(url.pathname, request));
  else if (request.mode === 'navigate' && pages.some((pattern) => pattern.test(url.pathname)))
    event.respondWith(kept(page, request));
});

async function kept(path: string, request: Request): Promise<Response> {
  const cache = await caches.open(cacheName);
  return (await cache.match(path)) ?? fetch(request);
}
