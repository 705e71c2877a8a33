import { expect, it } from 'vitest';
import { afterSignIn, signInFor } from './guard';

const at = (next: string) => new URL(`https://talk.example/signin?next=${encodeURIComponent(next)}`);

it.each(['//evil.example', '/\\evil.example', 'https://evil.example', 'javascript:alert(1)', '/\t/evil.example', ''])(
  'signing in never leads to %j',
  (next) => {
    expect(new URL(afterSignIn(at(next)), 'https://talk.example').origin).toBe('https://talk.example');
    expect(afterSignIn(at(next))).toBe('/chats');
  },
);

it('signing in leads back to where one came from', () => {
  const room = new URL('https://talk.example/rooms/1?a=b#12');
  expect(afterSignIn(new URL(signInFor(room), room))).toBe('/rooms/1?a=b#12');
});
