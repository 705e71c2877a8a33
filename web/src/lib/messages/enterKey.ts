// What the Enter key means while somebody types with an input method.
//
// A Korean input method composes the last syllable only and has no candidates to confirm: Enter while 요 of 안녕하세요 is
// still composing means "send", and people press it once. A Japanese or Chinese one shows candidates, and the Enter that
// confirms one must not send. The key event can't tell the two apart, what was composed can: Hangul is never a candidate
// being confirmed, kana, Han (also 한자 that replaced Hangul) and Latin letters (pinyin, romaji) may be.
//
// The orders in which browsers tell it:
//   Chromium, Firefox:  keydown(Enter, isComposing, 229) → compositionend → perhaps keydown(Enter, 13) or a line break → keyup
//   Safari:             compositionend → keydown(Enter, 229, not composing) → keyup
//   no input method at work (some on-screen keyboards, scripts): keydown(Enter, composing, 13), and nothing ends by itself
// So a composing Enter only notes that it was pressed, and compositionend decides. Until the key comes up (or another one
// goes down), whatever else the same press brings is swallowed: a second keydown and the line break that macOS inserts
// after the syllable. That is also what keeps a held key from sending twice.
export interface EnterPress {
  key: string;
  keyCode: number;
  isComposing: boolean;
  shiftKey: boolean;
  ctrlKey?: boolean;
  altKey?: boolean;
  metaKey?: boolean;
  repeat: boolean;
}

export type EnterAnswer =
  | 'send'
  /** Not for us: the browser does what it does. */
  | 'leave'
  /** Do nothing, and keep the browser from doing anything. */
  | 'swallow';

const endsInHangul = /\p{Script=Hangul}$/u;
/** Safari's keydown follows its compositionend within one turn. */
const sameTurnMilliseconds = 60;

export class EnterKey {
  #decideAtEnd = false;
  #spent = false;
  #composed = '';
  #lastEnd = { data: '', at: -Infinity };

  keydown(press: EnterPress, now: number): EnterAnswer {
    if (press.key !== 'Enter' && !(press.keyCode === 13)) {
      // 'Process' is how some systems name the key that the input method took; it may be this very Enter.
      if (press.key !== 'Process') this.#reset();
      return 'leave';
    }
    if (press.shiftKey || press.ctrlKey || press.altKey || press.metaKey) {
      this.#reset();
      return 'leave';
    }
    if (press.isComposing && press.keyCode !== 229) {
      // The input method has left this key to us: it confirms nothing, and won't end the composition either.
      if (this.#spent || press.repeat) return 'swallow';
      this.#spent = true;
      return endsInHangul.test(this.#composed) ? 'send' : 'swallow';
    }
    if (press.isComposing) {
      this.#decideAtEnd = !this.#spent;
      this.#spent = true;
      return 'leave'; // the input method needs this key to finish its syllable
    }
    if (this.#spent || press.repeat) return 'swallow';
    this.#spent = true;
    if (press.keyCode === 229) {
      const confirmed = now - this.#lastEnd.at <= sameTurnMilliseconds ? this.#lastEnd.data : '';
      return endsInHangul.test(confirmed) ? 'send' : 'swallow';
    }
    return 'send';
  }

  compositionupdate(data: string): void {
    this.#composed = data;
  }

  /** @returns whether the text, which now has what was composed, is to be sent. */
  compositionend(data: string, now: number): boolean {
    this.#lastEnd = { data, at: now };
    const send = this.#decideAtEnd && endsInHangul.test(data);
    this.#decideAtEnd = false;
    this.#composed = '';
    return send;
  }

  /** @returns whether a line break that the browser is about to insert belongs to an Enter that was answered already. */
  swallowsLineBreak(): boolean {
    return this.#spent;
  }

  keyup(key: string): void {
    // An input method that works beside the browser may finish its syllable after the key has come up.
    if (key === 'Enter' && !this.#decideAtEnd) this.#spent = false;
  }

  blur(): void {
    this.#reset();
  }

  #reset() {
    this.#decideAtEnd = false;
    this.#spent = false;
  }
}
