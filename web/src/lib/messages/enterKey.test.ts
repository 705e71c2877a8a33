import { describe, expect, it } from 'vitest';
import { EnterKey, type EnterPress } from './enterKey';

const enter: EnterPress = { key: 'Enter', keyCode: 13, isComposing: false, shiftKey: false, repeat: false };
const composing: EnterPress = { ...enter, keyCode: 229, isComposing: true };

/** Plays events and counts how often the text goes. */
function play(...events: ((key: EnterKey) => unknown)[]): number {
  const key = new EnterKey();
  return events.map((event) => event(key)).filter((answer) => answer === true || answer === 'send').length;
}
const down =
  (press: EnterPress, now = 0) =>
  (key: EnterKey) =>
    key.keydown(press, now);
const end =
  (data: string, now = 0) =>
  (key: EnterKey) =>
    key.compositionend(data, now);
const up = () => (key: EnterKey) => key.keyup('Enter');

describe('one Enter while a Korean syllable composes sends once', () => {
  it('keydown, compositionend, keyup', () => {
    expect(play(down(composing), end('요'), up())).toBe(1);
  });
  it('keydown, compositionend, a second keydown of the same press', () => {
    expect(play(down(composing), end('요'), down(enter), up())).toBe(1);
  });
  it('keydown, keyup, and the syllable only afterwards', () => {
    expect(play(down(composing), up(), end('요'))).toBe(1);
  });
  it('compositionend before the keydown, as Safari has it', () => {
    expect(play(end('요', 1000), down({ ...composing, isComposing: false }, 1002), up())).toBe(1);
  });
  it('compositionend before an ordinary keydown', () => {
    expect(play(end('요', 1000), down(enter, 1001), up())).toBe(1);
  });
  it('a lone jamo counts as Hangul', () => {
    expect(play(down(composing), end('ㅋ'), up())).toBe(1);
    expect(play(down(composing), end('한'.normalize('NFD')), up())).toBe(1);
  });
  it('a key that the input method left alone', () => {
    const left = { ...composing, keyCode: 13 };
    const typed = (key: EnterKey) => key.compositionupdate('요');
    expect(play(typed, down(left), end('요'), up())).toBe(1);
    expect(play(typed, down(left), down({ ...left, repeat: true }), up())).toBe(1);
    expect(play((key) => key.compositionupdate('日本'), down(left), up())).toBe(0);
  });
  it('also for the next message', () => {
    expect(play(down(composing), end('요'), up(), down(composing), end('네'), up())).toBe(2);
  });
  it('and leaves no line break behind', () => {
    const key = new EnterKey();
    key.keydown(composing, 0);
    key.compositionend('요', 0);
    expect(key.swallowsLineBreak()).toBe(true);
    key.keyup('Enter');
    expect(key.swallowsLineBreak()).toBe(false);
  });
});

describe('the Enter that confirms a candidate does not send', () => {
  it.each(['日本', 'にほん', '你好', 'nihao', '漢字', ''])('%s', (data) => {
    expect(play(down(composing), end(data), up())).toBe(0);
    expect(play(down(composing), end(data), down(enter), up())).toBe(0);
    expect(play(end(data, 1000), down({ ...composing, isComposing: false }, 1001), up())).toBe(0);
  });
  it('the next one does', () => {
    expect(play(down(composing), end('日本'), up(), down(enter), up())).toBe(1);
  });
});

describe('otherwise', () => {
  it('a held Enter sends once', () => {
    const held = { ...enter, repeat: true };
    expect(play(down(enter), down(held), down(held), up())).toBe(1);
    expect(play(down(held))).toBe(0);
  });
  it('Shift+Enter breaks the line, also in mid-composition', () => {
    const key = new EnterKey();
    expect(key.keydown({ ...enter, shiftKey: true }, 0)).toBe('leave');
    expect(key.swallowsLineBreak()).toBe(false);
    expect(key.keydown({ ...composing, shiftKey: true }, 0)).toBe('leave');
    expect(key.compositionend('요', 0)).toBe(false);
  });
  it('a syllable that ends without Enter (a click elsewhere) does not send', () => {
    expect(play(end('요'))).toBe(0);
  });
  it('an Enter that was swallowed is forgotten when another key goes down', () => {
    expect(play(down(composing), end('日本'), down({ ...enter, key: 'a', keyCode: 65 }), down(enter))).toBe(1);
  });
});
