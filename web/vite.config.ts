import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import adapter from '@sveltejs/adapter-static';
import { sveltekit } from '@sveltejs/kit/vite';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';

// `npm run dev` talks to a node that `dotnet run --project src/SmallTalk.Server` has started.
const node = process.env.SMALLTALK_NODE ?? 'http://localhost:5080';

const announcerStyle = 'sha256-S8qMpvofolR8Mpjy4kQvEm7m1q8clzU4dfDH0AmvZjo=';

// The pictures of the interests are many, and only where rooms are looked for.
const interests = readFileSync('src/lib/rooms/CategoryIcon.svelte', 'utf8')
  .matchAll(/lucide\/svelte\/icons\/([\w-]+)/g)
  .map(([, icon]) => icon)
  .filter((icon) => icon !== 'languages') // also the sign of the switch between languages
  .toArray();
const ofInterests = new RegExp(`CategoryIcon\\.svelte|lucide.*[\\\\/](${interests.join('|')})\\.(js|svelte)`);

// What every page's frame rests on, beside the framework.
const ofAll = new RegExp(
  [
    'accounts/(guard|nameOf|session)',
    'api/(index|refusal|request)',
    'i18n/(index|messages|particle|times)',
    'live/(backoff|index|live|polling)',
    'rooms/(myRooms|roomName)',
    'shell/(Mark|Shell|firstScreen|titleCount)',
    'ui/(Avatar|Button|Icon|Skeleton|Toast|avatar|theme|toast)',
    'lucide.*/(chevron-left|compass|ellipsis-vertical|lock|messages-square|settings-2|users-round|x)',
  ]
    .map((part) => `${part}\\.`)
    .join('|'),
);
const ofForms = /(Field|FormRefusal|PasswordForm|RoomForm|MemberPicker)\.svelte|tags\.ts|eye\.svelte/;
const ofLists =
  /(Choice|Tabs|SearchBox|PagedRows|Page|EmptyState)\.svelte|pagedList|(cloud-off|search|user-plus|message-circle)\.(svelte|js)$/;
const ofRooms = /(RoomGrid|RoomCard)\.svelte|categories\.svelte|light\.ts|rotate-cw/;
const ofMenus = /(Menu|Dialog)\.svelte$/;

/** What SvelteKit and Svelte bring along for apps of another kind, which a bundler can't know to be unused. */
const unused: [file: RegExp, instead: string][] = [
  // No server of its own sends this client data, and its pages put nothing into the browser's history but {}.
  [
    /[\\/]devalue[\\/]index\.js$/,
    'export const { parse, stringify } = JSON; export const uneval = undefined, unflatten = undefined;',
  ],
  // Nor does a page come with the answers to what it will ask.
  [
    /[\\/]runtime[\\/]client[\\/]fetcher\.js$/,
    `export const initial_fetch = (what, how) => fetch(what, how), subsequent_fetch = (_, what, how) => fetch(what, how);
     export const dev_fetch = initial_fetch, lock_fetch = () => {}, unlock_fetch = lock_fetch;`,
  ],
  [/[\\/]svelte[\\/]src[\\/].*[\\/]custom-element\.js$/, 'export const create_custom_element = undefined;'],
];
const withoutUnused: Plugin = {
  name: 'without-unused',
  applyToEnvironment: ({ name }) => name === 'client',
  transform: {
    filter: { id: unused.map(([file]) => file) },
    handler: (_, id) => unused.find(([file]) => file.test(id))?.[1],
  },
};

const ownIcon: Plugin = {
  name: 'own-icon',
  enforce: 'pre',
  resolveId: {
    filter: { id: /^\.\.\/Icon\.svelte$/ },
    handler: (_, importer) => (importer?.includes('lucide') ? resolve('src/lib/ui/Icon.svelte') : null),
  },
};

export default defineConfig({
  plugins: [
    sveltekit({
      adapter: adapter({ fallback: 'index.html', precompress: true }),
      compilerOptions: { runes: true }, // also of what has no state: else the old way of components comes along
      // Becomes a <meta> in index.html: the only inline script is the one that starts the app, allowed by its hash.
      csp: {
        mode: 'hash',
        directives: {
          'default-src': ['self'],
          'script-src': ['self'],
          'style-src': ['self'],
          // The style attribute of SvelteKit's own announcer of page changes, and no other.
          'style-src-attr': ['unsafe-hashes', announcerStyle],
          'img-src': ['self', 'data:', 'blob:'],
          'connect-src': ['self'],
          'object-src': ['none'],
          'base-uri': ['self'],
          'form-action': ['self'],
        },
      },
      serviceWorker: { register: false },
    }),
    withoutUnused,
    ownIcon,
  ],
  build: {
    rolldownOptions: {
      output: {
        codeSplitting: {
          // What several pages need comes in a few files instead of thirty: they compress better together. What only
          // some of them need stays out of the way of the others. A group takes along what it imports, so the first is
          // what everything rests on.
          groups: [
            {
              name: 'core',
              test: /[\\/]node_modules[\\/](svelte|devalue|clsx|esm-env)[\\/]|vite[\\/]preload-helper|rolldown[\\/]runtime|@sveltejs[\\/]kit[\\/](?!src[\\/]runtime[\\/]client[\\/](client-)?entry)/,
              priority: 4,
            },
            { name: 'common', test: ofAll, priority: 3 },
            { name: 'interests', test: ofInterests, priority: 2 },
            { name: 'lists', test: ofLists, minShareCount: 2, priority: 2 },
            { name: 'rooms', test: ofRooms, minShareCount: 2, priority: 1 },
            { name: 'menus', test: ofMenus, minShareCount: 2, priority: 1 },
            { name: 'outbox', test: /[\\/]lib[\\/](device|messages)[\\/]/, minShareCount: 2, priority: 1 },
            { name: 'forms', test: ofForms, minShareCount: 2, priority: 1 },
          ],
        },
      },
    },
  },
  server: {
    proxy: {
      '/api': node,
      '/ws': { target: node, ws: true },
    },
  },
  test: { include: ['src/**/*.test.ts'] },
});
