import { describe, expect, it } from 'vitest';
import { Backoff } from './backoff';

describe('the back-off', () => {
  it('doubles up to half a minute', () => {
    const backoff = new Backoff(() => 1);
    expect([1, 2, 3, 4, 5, 6, 7, 8].map(() => backoff.next())).toEqual([
      500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000,
    ]);
  });
  it('spreads clients over half of its length', () => {
    expect(new Backoff(() => 0).next()).toBe(250);
    expect(new Backoff(() => 0.5).next()).toBe(375);
  });
  it('starts afresh after a session that lasted, and only then', () => {
    const backoff = new Backoff(() => 1);
    backoff.next();
    backoff.next();
    backoff.ended(3_000);
    expect(backoff.next()).toBe(2000);
    backoff.ended(60_000);
    expect(backoff.next()).toBe(500);
  });
  it('stays near where there was a connection', () => {
    const backoff = new Backoff(() => 1);
    expect([1, 2, 3, 4, 5, 6].map(() => backoff.next(1, 4000))).toEqual([500, 1000, 2000, 4000, 4000, 4000]);
  });
  it('waits longer for a server that is overloaded', () => {
    expect(new Backoff(() => 1).next(8)).toBe(4000);
  });
});
