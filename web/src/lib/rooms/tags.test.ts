import { expect, it } from 'vitest';
import { parseTags } from './tags';

it.each([
  ['#축구, ＃주말 축구', ['축구', '주말 축구']],
  ['축구 주말  한강', ['축구', '주말', '한강']],
  ['кофе, Кофе,coffee', ['Кофе', 'coffee']],
  ['#등산#여행', ['등산', '여행']],
  ['한글'.normalize('NFD'), ['한글']],
  [' , # ', []],
])('"%s" is read as tags', (typed, tags) => {
  expect(parseTags(typed)).toEqual(tags);
});

it('reads back what the form shows of a room', () => {
  const tags = ['language exchange', '한국어', 'korean'];
  expect(parseTags(tags.map((tag) => `#${tag}`).join(' '))).toEqual(tags);
});
