/** What somebody typed into one line, as tags: "#축구, ＃주말 축구" is 축구 and 주말. */
export function parseTags(typed: string): string[] {
  const tags = typed
    .normalize('NFKC')
    .split(/[\s,#、，]+/u)
    .filter(Boolean);
  return [...new Map(tags.map((tag) => [tag.toLowerCase(), tag])).values()];
}
