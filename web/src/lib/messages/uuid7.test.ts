import { expect, it } from 'vitest';
import { uuid7 } from './uuid7';

it('is a UUID of version 7 that carries its time', () => {
  const id = uuid7(Date.UTC(2100, 0, 1));
  expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(parseInt(id.slice(0, 8) + id.slice(9, 13), 16)).toBe(Date.UTC(2100, 0, 1));
});

it('keeps its order, also within a millisecond and when the clock is set back', () => {
  const now = Date.UTC(2101, 0, 1);
  const ids = Array.from({ length: 10_000 }, (_, i) => uuid7(i < 9_000 ? now : now - 5_000));
  expect([...ids].sort()).toEqual(ids);
  expect(new Set(ids).size).toBe(ids.length);
});
