/** Does it when the first screen stands and nobody waits for anything: time to fetch what may be wanted next. */
export function whenCalm(work: () => void): () => void {
  const timer = setTimeout(work, 3_000);
  return () => clearTimeout(timer);
}
