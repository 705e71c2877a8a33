/** What a reader would call the first letter: one grapheme, also of an emoji family or a Devanagari cluster. */
export function firstGrapheme(name: string): string {
  const first = new Intl.Segmenter(undefined, { granularity: 'grapheme' })
    .segment(name.replace(/^[\p{P}\s]+/u, '') || name)
    [Symbol.iterator]()
    .next();
  return first.done ? '?' : first.value.segment;
}

/** FNV-1a over the id; ids that differ in one digit get far-apart hues. */
export function hueOf(id: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < id.length; i++) hash = Math.imul(hash ^ id.charCodeAt(i), 0x01000193) >>> 0;
  return (Math.imul(hash, 0x9e3779b1) >>> 0) % 360;
}
