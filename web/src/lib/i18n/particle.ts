// The Korean particle that fits a name: 민수가, 지은이; 서울로, 부산으로. Pure, so that it can be tested by itself.

/** How a word ends when it is read aloud in Korean: in a vowel, in ㄹ, or in another consonant. */
function ending(word: string): 'vowel' | 'rieul' | 'consonant' | null {
  const last = [...word.normalize('NFC').replace(/[^\p{L}\p{N}]+$/u, '')].at(-1)?.toLowerCase();
  if (!last) return null;
  const syllable = last.codePointAt(0)! - 0xac00;
  if (syllable >= 0 && syllable < 11172) {
    const final = syllable % 28;
    return final === 0 ? 'vowel' : final === 8 ? 'rieul' : 'consonant';
  }
  if (/[0-9]/.test(last)) return '178'.includes(last) ? 'rieul' : '036'.includes(last) ? 'consonant' : 'vowel';
  if (/[a-z]/.test(last)) return 'lr'.includes(last) ? 'rieul' : 'mn'.includes(last) ? 'consonant' : 'vowel';
  return null;
}

/** Chooses from "은/는", "이/가", "을/를", "과/와", "으로/로", "이에요/예요": after a consonant, then after a vowel. */
export function particle(word: string, pair: string): string {
  const [afterConsonant = '', afterVowel = ''] = pair.split('/');
  const end = ending(word);
  if (end === null) return `${afterConsonant}(${afterVowel})`; // a script that we can't read aloud
  if (end === 'vowel' || (end === 'rieul' && afterConsonant === '으로')) return afterVowel;
  return afterConsonant;
}
