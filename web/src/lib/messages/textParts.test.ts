import { describe, expect, it } from 'vitest';
import { fold, isEmojiOnly, textParts } from './textParts';

const links = (text: string) =>
  textParts(text)
    .filter((part) => part.href)
    .map((part) => part.text);
const whole = (text: string) =>
  textParts(text)
    .map((part) => part.text)
    .join('');

describe('links', () => {
  it.each([
    ['https://example.com/a?b=c#d 봐요', ['https://example.com/a?b=c#d']],
    ['보세요 https://example.com/w/축구_모임 거기', ['https://example.com/w/축구_모임']],
    ['https://example.com에서 만나요', ['https://example.com']],
    ['여기https://example.com.', ['https://example.com']],
    ['(https://ko.wikipedia.org/wiki/A_(b))', ['https://ko.wikipedia.org/wiki/A_(b)']],
    ['see http://example.com, or www.example.org!', ['http://example.com', 'www.example.org']],
    ['http://192.168.0.1:8080/x', ['http://192.168.0.1:8080/x']],
    ['javascript:alert(1) data:text/html,x file:///etc/passwd ftp://example.com', []],
    ['xhttp://example.com mail@www.example.com', []],
    ['http://', []],
    ['http://nodots', []],
    ['"https://example.com"', ['https://example.com']],
  ])('%s', (text, expected) => {
    expect(links(text)).toEqual(expected);
    expect(whole(text)).toBe(text);
  });
  it('gives a link without a scheme one that is safe', () => {
    expect(textParts('www.example.org')[0]!.href).toBe('https://www.example.org/');
  });
});

describe('hostile texts take linear time', () => {
  const hostile: [string, string][] = [
    ['brackets', '_[]'.repeat(1300)],
    ['schemes', 'http://'.repeat(600)],
    ['www', 'www.'.repeat(1000)],
    ['one endless address', `https://example.com/${'a'.repeat(3900)}`],
    ['closing brackets', `https://example.com/${')'.repeat(3900)}`],
    ['opening brackets', `https://example.com/${'('.repeat(3900)}`],
    ['dots', `https://example.com${'.'.repeat(3900)}`],
    ['combining marks', `a${'\u0301'.repeat(3999)}`],
    ['emoji', '👨‍👩‍👧‍👦'.repeat(150)],
    ['quotes', '> '.repeat(2000)],
  ];
  it.each(hostile)('%s', (_, text) => {
    const start = performance.now();
    for (let i = 0; i < 10; i++) {
      expect(whole(text)).toBe(text);
      isEmojiOnly(text);
      fold(text);
    }
    expect((performance.now() - start) / 10).toBeLessThan(25);
  });
  it('sixteen times the text takes no more than sixteen times as long, roughly', () => {
    const time = (text: string) => {
      const start = performance.now();
      for (let i = 0; i < 5; i++) textParts(text);
      return performance.now() - start;
    };
    const piece = 'http://a.b/)))...[[[ www.x ';
    time(piece.repeat(500));
    expect(time(piece.repeat(8000))).toBeLessThan(Math.max(50, time(piece.repeat(500)) * 16 * 4));
  });
});

describe('emoji alone', () => {
  it.each(['😀', '👍🏽👍', '👨‍👩‍👧‍👦', '🇰🇷', '❤️', '1️⃣', ' 🌊 🌊 '])('%s', (text) => expect(isEmojiOnly(text)).toBe(true));
  it.each(['', 'a😀', '123', '#', '   ', '😀😀😀😀😀😀😀😀😀', '©2024'])('not %s', (text) =>
    expect(isEmojiOnly(text)).toBe(false),
  );
});

describe('folding', () => {
  it('leaves what is short', () => {
    expect(fold('안녕')).toBeNull();
    expect(fold('ㅋ'.repeat(700))).toBeNull();
    expect(fold('a\n'.repeat(12))).toBeNull();
  });
  it('folds what is long or has many lines', () => {
    expect(fold('ㅋ'.repeat(4000))).toHaveLength(600);
    expect(fold('줄\n'.repeat(100))!.split('\n')).toHaveLength(12);
  });
  it('cuts no character in two', () => {
    expect(fold(`a${'😀'.repeat(500)}`)!.isWellFormed()).toBe(true);
  });
});
