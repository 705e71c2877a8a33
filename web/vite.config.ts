import adapter from '@sveltejs/adapter-static';
import { sveltekit } from '@sveltejs/kit/vite';
import { defineConfig } from 'vitest/config';

// `npm run dev` talks to a node that `dotnet run --project src/SmallTalk.Server` has started.
const node = process.env.SMALLTALK_NODE ?? 'http://localhost:5080';

const announcerStyle = 'sha256-S8qMpvofolR8Mpjy4kQvEm7m1q8clzU4dfDH0AmvZjo=';

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
  ],
  build: {
    rolldownOptions: {
      output: {
        codeSplitting: {
          // What several pages need comes in one file instead of thirty: they compress better together.
          groups: [
            {
              name: 'common',
              test: /[\\/]src[\\/]lib[\\/](accounts|api|friends|i18n|live|rooms|shell|ui)[\\/]|lucide/,
              minShareCount: 3,
            },
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
