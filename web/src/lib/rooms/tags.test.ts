import { expect, it } from 'vitest';
import { parseTags } from './tags';

it.each([
  ['#축구, ＃주말 축구', ['축구', '주말']],
  ['кофе\tКофе,coffee', ['Кофе', 'coffee']],
  ['#등산#여행', ['등산', '여행']],
  ['한글'.normalize('NFD'), ['한글']],
  [' , # ', []],
])('"%s" is read as tags', (typed, tags) => {
  expect(parseTags(typed)).toEqual(tags);
});
