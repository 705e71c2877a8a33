/**
 * What somebody typed into one line, as tags. A # or a comma begins the next one, so that a tag may hold a space; without
 * either, the spaces do: "#축구 #주말 축구" is 축구 and 주말 축구, "축구 주말" is 축구 and 주말.
 */
export function parseTags(typed: string): string[] {
  const line = typed.normalize('NFKC');
  const parts = /[#,、]/u.test(line) ? line.split(/[#,、]+/u) : line.split(/\s+/u);
  const tags = parts.map((tag) => tag.trim().replace(/\s+/gu, ' ')).filter(Boolean);
  return [...new Map(tags.map((tag) => [tag.toLowerCase(), tag])).values()];
}
