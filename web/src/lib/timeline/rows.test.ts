import { describe, expect, it } from 'vitest';
import type { Message } from '#lib/api';
import type { Outgoing } from '#lib/messages/outbox.svelte';
import { rowsOf } from './rows';

const message = (seq: number, sender: string, at: string, more: Partial<Message> = {}): Message => ({
  type: 'message',
  roomId: 'r',
  seq,
  version: seq,
  clientId: `c${seq}`,
  sender: { id: sender, nickname: sender },
  text: `글 ${seq}`,
  createdAt: new Date(`2026-03-0${at}`).toISOString(),
  ...more,
});
const sketch = (rows: ReturnType<typeof rowsOf>) =>
  rows
    .map(
      (row) =>
        `${row.beginsDay ? '=' : ''}${row.unreadAbove ? '~' : ''}${row.startsGroup ? '[' : ''}${row.seq ?? row.key}${row.endsGroup ? ']' : ''}`,
    )
    .join(' ');

describe('rows', () => {
  it('join what one person says in one go', () => {
    const messages = [
      message(1, 'a', '9T10:00'),
      message(2, 'a', '9T10:01'),
      message(3, 'b', '9T10:02'),
      message(4, 'a', '9T10:03'),
      message(5, 'a', '9T10:20'),
    ];
    expect(sketch(rowsOf(messages, { me: null, hasOlder: false }))).toBe('=[1 2] [3] [4] [5]');
  });
  it('begin a day with a line', () => {
    const messages = [message(1, 'a', '8T23:59'), message(2, 'a', '9T00:01'), message(3, 'a', '9T00:02')];
    expect(sketch(rowsOf(messages, { me: null, hasOlder: false }))).toBe('=[1] =[2 3]');
  });
  it('say where I had read to, above the first that is not mine', () => {
    const messages = [
      message(1, 'a', '9T10:00'),
      message(2, 'me', '9T10:00'),
      message(3, 'a', '9T10:01'),
      message(4, 'a', '9T10:01'),
    ];
    const options = { me: 'me', hasOlder: false };
    expect(sketch(rowsOf(messages, { ...options, readSeq: 1 }))).toBe('=[1] [2] ~[3 4]');
    expect(sketch(rowsOf(messages, { ...options, readSeq: 3 }))).toBe('=[1] [2] [3] ~[4]');
    expect(sketch(rowsOf(messages, { ...options, readSeq: 4 }))).toBe('=[1] [2] [3 4]');
    expect(sketch(rowsOf(messages, { ...options, readSeq: 0 }))).toBe('=[1] [2] [3 4]');
  });
  it('do not change when older ones come in above', () => {
    const all = Array.from({ length: 40 }, (_, i) =>
      message(i + 1, 'ab'[Math.floor(i / 3) % 2]!, `${1 + Math.floor(i / 7)}T10:${10 + (i % 7) * 2}`),
    );
    for (let first = 1; first < 39; first++) {
      const part = rowsOf(all.slice(first), { me: 'a', hasOlder: true });
      expect(part).toEqual(rowsOf(all, { me: 'a', hasOlder: false }).slice(-part.length));
    }
  });
  it('end with what is on its way, until it has arrived', () => {
    const outgoing = (clientId: string): Outgoing => ({
      clientId,
      userId: 'me',
      roomId: 'r',
      text: '가요',
      createdAt: new Date('2026-03-09T10:02').toISOString(),
      state: 'waiting',
    });
    const messages = [message(1, 'a', '9T10:00'), message(2, 'me', '9T10:01')];
    const options = { me: 'me', hasOlder: false };
    const rows = rowsOf(messages, { ...options, outgoing: [outgoing('c2'), outgoing('x')] });
    expect(sketch(rows)).toBe('=[1] [c2x]'.replace('c2x', '2 x'));
    const after = rowsOf([...messages, message(3, 'me', '9T10:02', { clientId: 'x' })], {
      ...options,
      outgoing: [outgoing('x')],
    });
    expect(after.map((row) => row.key)).toEqual(rows.map((row) => row.key));
  });
});
