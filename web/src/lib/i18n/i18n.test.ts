import { describe, expect, it } from 'vitest';
import { fill } from './messages.svelte';
import { messages as enFirst } from './en';
import { forms as enForms } from './forms.en';
import { forms as koForms } from './forms.ko';
import { messages as koFirst } from './ko';
import { particle } from './particle';

const en = { ...enFirst, ...enForms };
const ko = { ...koFirst, ...koForms };

describe('a Korean particle', () => {
  it.each([
    ['민수', '이/가', '가'],
    ['지은', '이/가', '이'],
    ['축구모임', '을/를', '을'],
    ['서울', '으로/로', '로'],
    ['부산', '으로/로', '으로'],
    ['제주', '으로/로', '로'],
    ['room 7', '은/는', '은'],
    ['room 2', '은/는', '는'],
    ['Daniel', '과/와', '과'],
    ['Mia', '과/와', '와'],
    ['지은!!', '이/가', '이'],
    ['박준'.normalize('NFD'), '이/가', '이'],
    ['さくら', '을/를', '을(를)'],
    ['🌊', '을/를', '을(를)'],
  ])('after %s: of %s it is %s', (word, pair, right) => {
    expect(particle(word, pair)).toBe(right);
  });
});

describe('a message', () => {
  it('takes values and the particle that fits them', () => {
    expect(fill('{name}{name|이/가} 들어왔어요', { name: '하늘' }, 'ko')).toBe('하늘이 들어왔어요');
  });
  it('takes the singular and the plural', () => {
    const message = '{count} {count|person/people}';
    expect(fill(message, { count: 1 }, 'en')).toBe('1 person');
    expect(fill(message, { count: 1500 }, 'en')).toBe('1,500 people');
  });
  it('does not read a value as a message', () => {
    expect(fill('{name}', { name: '{count}' }, 'ko')).toBe('{count}');
  });
  it('names the same values in both languages', () => {
    const names = (message: string) => [...new Set([...message.matchAll(/\{(\w+)/g)].map((m) => m[1]))].sort();
    for (const key of Object.keys(ko) as (keyof typeof ko)[])
      expect([key, names(en[key])]).toEqual([key, names(ko[key])]);
  });
});
