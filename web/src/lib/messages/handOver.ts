// Between the click on another room and that room's screen lies a moment in which people go on typing. What they type
// then is meant for the room they chose: the composer that is leaving collects it, the one that comes takes it over.
interface HandOver {
  /** Sent with Enter meanwhile, in order. */
  sent: string[];
  /** Typed, not sent yet. */
  text: string;
  at: number;
}

/** Whoever waits longer for a room's screen has stopped typing. */
const freshMilliseconds = 5_000;

let waiting: HandOver | null = null;

export function handOver(sent: string[], text: string): void {
  if (sent.length > 0 || text !== '') waiting = { sent, text, at: Date.now() };
}

export function takeOver(): { sent: string[]; text: string } {
  const taken = waiting && Date.now() - waiting.at < freshMilliseconds ? waiting : { sent: [], text: '' };
  waiting = null;
  return taken;
}
