import { beforeAll, expect, it } from 'vitest';
import { fill } from './messages.svelte';
import { dayKey, formatClock, formatCount, formatListTime, formatRelative } from './times';

// Without a browser the language is the one we start with: Korean. Times are local ones, as a reader's are.
const at = (month: number, day: number, hour = 12, minute = 0, year = 2026) =>
  new Date(year, month - 1, day, hour, minute);
const now = at(3, 10, 0, 30);

beforeAll(() => expect(fill('{n}', { n: 1234 }, 'ko')).toBe('1,234'));

it('tells the clock as 오전 and 오후', () => {
  expect(formatClock(at(3, 9, 0, 5))).toBe('오전 12:05');
  expect(formatClock(at(3, 9, 15, 5))).toBe('오후 3:05');
});

it('a day ends at the reader’s midnight, not after 24 hours', () => {
  expect(formatListTime(at(3, 10, 0, 1), now)).toBe('오전 12:01');
  expect(formatListTime(at(3, 9, 23, 59), now)).toBe('time.yesterday');
  expect(formatListTime(at(3, 8, 23, 59), now)).toBe('3월 8일');
  expect(formatListTime(at(12, 31, 23, 59, 2025), now)).toBe('2025. 12. 31.');
});

it('tells how long ago, in the largest unit that is still true', () => {
  expect(formatRelative(at(3, 10, 0, 30), now)).toBe('time.now');
  expect(formatRelative(at(3, 10, 0, 10), now)).toBe('20분 전');
  expect(formatRelative(at(3, 9, 22, 30), now)).toBe('2시간 전');
  expect(formatRelative(at(3, 9, 9, 0), now)).toBe('어제');
  expect(formatRelative(at(3, 6), now)).toBe('4일 전');
  expect(formatRelative(at(2, 1), now)).toBe('2월 1일');
});

it('a clock that runs ahead of ours is now, not the future', () => {
  expect(formatRelative(at(3, 10, 0, 33), now)).toBe('time.now');
});

it('counts exactly up to 999', () => {
  expect([formatCount(999), formatCount(1000)]).toEqual(['999', '999+']);
});

it('keys a day by the reader’s calendar', () => {
  expect(dayKey(at(3, 9, 23, 59))).toBe('2026-3-9');
});
