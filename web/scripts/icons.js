// Draws the app's PNG icons from static/icon.svg with the Chromium that the browser tests use:
//   node scripts/icons.js        (CHROMIUM=/path/to/chromium, if it isn't /usr/bin/chromium)
// The results are committed; run it again when the picture changes.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const chromium = process.env.CHROMIUM ?? '/usr/bin/chromium';
const folder = resolve(fileURLToPath(import.meta.url), '../../static');
const svg = readFileSync(join(folder, 'icon.svg'), 'utf8');
const paper = '#fcf8f1';

// A maskable icon may be cut to a circle of 80 %; Apple rounds the corners and shows no transparency.
const icons = [
  { file: 'icon-192.png', size: 192, part: 1 },
  { file: 'icon-512.png', size: 512, part: 1 },
  { file: 'icon-maskable-512.png', size: 512, part: 0.62, background: paper },
  { file: 'apple-touch-icon.png', size: 180, part: 0.74, background: paper },
];

const work = mkdtempSync(join(tmpdir(), 'smalltalk-icons-'));
for (const { file, size, part, background = 'transparent' } of icons) {
  const page = join(work, 'icon.html');
  writeFileSync(
    page,
    `<style>html,body{margin:0;height:100%;background:${background}}body{display:grid;place-items:center}` +
      `svg{display:block;width:${size * part}px;height:${size * part}px}</style>${svg}`,
  );
  execFileSync(
    chromium,
    [
      '--headless',
      '--no-sandbox',
      '--hide-scrollbars',
      '--force-device-scale-factor=1',
      '--default-background-color=00000000',
      `--user-data-dir=${join(work, 'profile')}`,
      `--window-size=${size},${size}`,
      `--screenshot=${join(folder, file)}`,
      `file://${page}`,
    ],
    { stdio: 'ignore' },
  );
  console.log(file);
}
rmSync(work, { recursive: true, force: true });
