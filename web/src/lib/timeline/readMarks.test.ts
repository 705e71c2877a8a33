import { expect, it } from 'vitest';
import { ReadMarks } from './readMarks.svelte';

it('counts who has not read a message, without its sender', () => {
  const marks = new ReadMarks();
  marks.set([
    { userId: 'a', seq: 5 },
    { userId: 'b', seq: 3 },
    { userId: 'c', seq: 0 },
  ]);
  expect(marks.unreadBy(5, 'a')).toBe(2);
  expect(marks.unreadBy(3, 'a')).toBe(1);
  expect(marks.unreadBy(9, 'a')).toBe(2);
  expect(marks.unreadBy(9, 'somebody who left')).toBe(3);
  marks.read('b', 5);
  marks.read('b', 2);
  marks.read('a stranger', 2);
  expect(marks.unreadBy(5, 'a')).toBe(1);
  marks.remove('c');
  expect(marks.unreadBy(5, 'a')).toBe(0);
});
