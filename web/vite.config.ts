import { readFileSync } from 'node:fs';
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

const shared = /[\\/]src[\\/]lib[\\/](accounts|api|friends|i18n|live|rooms|shell|ui)[\\/]|lucide/;
const ofForms =
  /(Field|Choice|FormRefusal|PasswordForm|Tabs|SearchBox|PagedRows|Page|RoomGrid|RoomCard|RoomForm|MemberPicker)\.svelte|PersonRow/;

// SvelteKit's client brings along how a server writes data into a page as source text; this client has no such server.
const withoutUneval: Plugin = {
  name: 'without-uneval',
  applyToEnvironment: ({ name }) => name === 'client',
  transform: {
    filter: { id: /[\\/]devalue[\\/]index\.js$/ },
    handler: (code) => code.replace(/^export .*uneval.*$/m, 'export const uneval = undefined;'),
  },
};

export default defineConfig({
  plugins: [
    sveltekit({
      adapter: adapter({ fallback: 'index.html', precompress: true }),
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
    withoutUneval,
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
              test: /[\\/]node_modules[\\/](svelte|devalue|clsx|esm-env)[\\/]|vite[\\/]preload-helper/,
              priority: 4,
            },
            {
              name: 'kit',
              test: /@sveltejs[\\/]kit[\\/](?!src[\\/]runtime[\\/]client[\\/](client-)?entry)/,
              priority: 4,
            },
            {
              name: 'common',
              test: (id) => shared.test(id) && !ofForms.test(id) && !ofInterests.test(id),
              minShareCount: 3,
              priority: 3,
            },
            { name: 'interests', test: ofInterests, priority: 2 },
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
