import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { typesOf } from '../../../scripts/apiTypes.js';

it('the types are those of docs/openapi.json: else run `npm run api`', async () => {
  const document = await readFile('../docs/openapi.json', 'utf8');
  const types = await readFile('src/lib/api/schema.d.ts', 'utf8');
  expect(types).toBe(await typesOf(document));
});
