// What a message's text is made of when it is shown: plain runs and links. Only http and https become links; everything
// stays text for Svelte to escape. One pass with a pattern that can't backtrack, for texts that were written to make a
// reader's tab hang.
export interface TextPart {
  text: string;
  href?: string;
}

// Ends at spaces, quotes and CJK brackets. Hangul goes on after a slash or the like (/w/축구), but not after a letter: a
// Korean particle is written right behind an address (…com에서).
const address =
  /(?:https?:\/\/|www\.)(?:[^\s<>"'`{}|\\^「」『』【】《》〈〉“”‘’、。\p{Script=Hangul}]|(?<=[/=_\-\p{Script=Hangul}])\p{Script=Hangul})+/giu;
const closing: Record<string, string> = { ')': '(', ']': '[' };

export function textParts(text: string): TextPart[] {
  const parts: TextPart[] = [];
  let done = 0;
  for (const match of text.matchAll(address)) {
    if (match.index > 0 && /[\p{L}\p{N}_@]$/u.test(text.slice(Math.max(0, match.index - 2), match.index))) {
      // In the middle of a word (xhttp://…), but a Korean word may end right before an address.
      if (!/\p{Script=Hangul}$/u.test(text.slice(0, match.index).slice(-1))) continue;
    }
    const found = withoutTail(match[0]);
    const href = hrefOf(found);
    if (!href) continue;
    if (match.index > done) parts.push({ text: text.slice(done, match.index) });
    parts.push({ text: found, href });
    done = match.index + found.length;
  }
  if (done < text.length) parts.push({ text: text.slice(done) });
  return parts;
}

/** Punctuation after an address belongs to the sentence, a bracket too unless the address opened it. */
function withoutTail(found: string): string {
  const open: Record<string, number> = { '(': 0, '[': 0 };
  for (const char of found)
    if (char in open) open[char]!++;
    else if (char in closing) open[closing[char]!]!--;
  let end = found.length;
  for (; end > 0; end--) {
    const char = found[end - 1]!;
    if (char in closing) {
      if (open[closing[char]!]! >= 0) break;
      open[closing[char]!]!++;
    } else if (!'.,:;!?…~*_'.includes(char)) break;
  }
  return found.slice(0, end);
}

function hrefOf(found: string): string | null {
  const href = /^www\./i.test(found) ? `https://${found}` : found;
  try {
    const url = new URL(href);
    return (url.protocol === 'http:' || url.protocol === 'https:') && url.hostname.includes('.') ? url.href : null;
  } catch {
    return null;
  }
}

/** One to eight emoji and nothing else: shown larger. */
export function isEmojiOnly(text: string): boolean {
  if (text.length > 120) return false;
  let count = 0;
  for (const { segment } of new Intl.Segmenter(undefined, { granularity: 'grapheme' }).segment(text.trim())) {
    if (/^\s+$/.test(segment)) continue;
    if (!/\p{Emoji_Presentation}|\p{Extended_Pictographic}|\p{Regional_Indicator}{2}|\u20e3/u.test(segment))
      return false;
    if (++count > 8) return false;
  }
  return count > 0;
}

const foldedLines = 12;
const foldedLength = 600;

/** The beginning of a text that is long enough to be folded, else null. */
export function fold(text: string): string | null {
  let end = text.length > foldedLength * 1.25 ? foldedLength : text.length;
  let line = -1;
  for (let lines = 0; lines < foldedLines; lines++) {
    line = text.indexOf('\n', line + 1);
    if (line < 0) break;
  }
  if (line >= 0 && text.length - line > 40) end = Math.min(end, line);
  if (end === text.length) return null;
  const last = text.charCodeAt(end - 1);
  return text.slice(0, last >= 0xd800 && last < 0xdc00 ? end - 1 : end);
}
