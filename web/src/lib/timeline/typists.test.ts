import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Typists } from './typists.svelte';

const minji = { id: '1', nickname: '민지' };
const jun = { id: '2', nickname: '준' };
const names = (typists: Typists) => typists.list.map((typist) => typist.nickname);

describe('who types', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('is forgotten within seconds when nothing more is heard, as of a client that was killed', () => {
    const typists = new Typists();

    typists.types(minji);
    vi.advanceTimersByTime(4_000);
    typists.types(jun);
    vi.advanceTimersByTime(1_900);
    expect(names(typists)).toEqual(['민지', '준']);

    vi.advanceTimersByTime(200);
    expect(names(typists)).toEqual(['준']);
    vi.advanceTimersByTime(4_000);
    expect(names(typists)).toEqual([]);
  });

  it('stays as long as they go on', () => {
    const typists = new Typists();

    for (let i = 0; i < 5; i++) {
      typists.types(minji);
      vi.advanceTimersByTime(5_000);
    }

    expect(names(typists)).toEqual(['민지']);
  });

  it('stops at once with what they said', () => {
    const typists = new Typists();
    typists.types(minji);

    typists.stops(minji.id);

    expect(names(typists)).toEqual([]);
  });
});
