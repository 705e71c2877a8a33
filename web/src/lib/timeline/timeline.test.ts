import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Refusal, type Message, type MessagePage } from '#lib/api';
import { Timeline } from './timeline.svelte';

const roomId = '0198a000-0000-7000-8000-000000000000';
const sender = { id: 'u1', nickname: '민지' };

/** A room as the server keeps it: state by seq, versions that grow with every change, and a stream of the changes. */
class Server {
  version = 0;
  rows: Message[] = [];
  asked: string[] = [];
  /** Answers wait until the test lets them go. */
  held: (() => void)[] | null = null;
  broken = false;

  post(count = 1): Message[] {
    return Array.from({ length: count }, () => {
      const seq = this.rows.length + 1;
      const message: Message = {
        type: 'message',
        roomId,
        seq,
        version: ++this.version,
        clientId: `c${seq}`,
        sender,
        text: `글 ${seq}`,
        createdAt: new Date(Date.UTC(2100, 0, 1) + seq * 1000).toISOString(),
      };
      this.rows.push(message);
      return message;
    });
  }
  edit(seq: number, text: string): Message {
    return (this.rows[seq - 1] = { ...this.rows[seq - 1]!, text, version: ++this.version, editedAt: 'now' });
  }
  delete(seq: number): Message {
    return (this.rows[seq - 1] = { ...this.rows[seq - 1]!, text: '', version: ++this.version, deletedAt: 'now' });
  }
  since(version: number): Message[] {
    return this.rows.filter((row) => row.version > version).sort((a, b) => a.version - b.version);
  }
  async list(place: {
    before?: number;
    after?: number;
    around?: number;
    limit?: number;
  }): Promise<MessagePage | Refusal> {
    this.asked.push(JSON.stringify(place));
    const limit = place.limit ?? 50;
    const { version } = this;
    const lastSeq = this.rows.length;
    const items =
      place.after !== undefined
        ? this.rows.slice(place.after, place.after + limit)
        : place.around !== undefined
          ? this.rows.slice(Math.max(0, place.around - 1 - limit / 2), place.around - 1 + limit / 2)
          : this.rows
              .slice(0, place.before === undefined ? undefined : place.before - 1)
              .slice(-limit)
              .reverse();
    if (this.held) await new Promise<void>((resolve) => this.held!.push(resolve));
    if (this.broken) return new Refusal('offline', 0, '');
    return { items, lastSeq, version, epoch: 'e1' };
  }
  let(): void {
    const held = this.held ?? [];
    this.held = null;
    held.forEach((go) => go());
  }
}

const seqs = (timeline: Timeline) => timeline.messages.map(({ seq }) => seq);
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);

async function open(server: Server, limits = {}) {
  const timeline = new Timeline(roomId, server, { page: 10, gapMilliseconds: 100, ...limits });
  await timeline.begin();
  return timeline;
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('a timeline', () => {
  it('begins with the newest page and appends what is said', async () => {
    const server = new Server();
    server.post(25);
    const timeline = await open(server);
    expect(seqs(timeline)).toEqual(range(16, 25));
    timeline.applyStream(server.post());
    expect(seqs(timeline)).toEqual(range(16, 26));
    expect(timeline.version).toBe(26);
  });

  it('begins empty in a new room', async () => {
    const server = new Server();
    const timeline = await open(server);
    expect([timeline.loaded, timeline.hasOlder, timeline.atEnd]).toEqual([true, false, true]);
    timeline.applyStream(server.post());
    expect(seqs(timeline)).toEqual([1]);
  });

  it('is at its end before it is loaded, however far the room is said to go', () => {
    const timeline = new Timeline(roomId, new Server());
    timeline.reachesTo(25);
    expect([timeline.loaded, timeline.atEnd]).toEqual([false, true]);
  });

  it('finds out without a stream what changed: one page where that holds all of it', async () => {
    const server = new Server();
    server.post(40);
    const timeline = await open(server);
    server.post(2);
    server.edit(38, '고침');
    server.asked = [];
    const { changed, version } = (await timeline.missed())!;
    expect(changed.map(({ seq }) => seq)).toEqual([41, 42, 38]);
    expect([version, server.asked.length]).toEqual([43, 1]);
  });

  it('reads the rest of the stretch too when an older message changed', async () => {
    const server = new Server();
    server.post(40);
    const timeline = await open(server);
    await timeline.loadOlder();
    await timeline.loadOlder();
    server.delete(15);
    server.post(1);
    const { changed, version } = (await timeline.missed())!;
    timeline.applyStream(changed);
    expect(changed.map(({ seq }) => seq)).toEqual([15, 41]);
    expect(version).toBe(42);
    expect(timeline.at(15)!.text).toBe('');
    expect(seqs(timeline)).toEqual(range(11, 41));
  });

  it('fills what lies between when more than a page was missed', async () => {
    const server = new Server();
    server.post(40);
    const timeline = await open(server);
    server.post(30);
    timeline.applyStream((await timeline.missed())!.changed);
    await vi.advanceTimersByTimeAsync(1000);
    expect(seqs(timeline)).toEqual(range(31, 70));
  });

  it('keeps the higher version of a seq, whatever comes first', async () => {
    const server = new Server();
    const [first] = server.post(3);
    const timeline = await open(server);
    const edited = server.edit(1, '고침');
    const again = server.edit(1, '또 고침');
    timeline.applyStream([again]);
    timeline.applyStream([edited]);
    timeline.applyStream([first!]);
    expect(timeline.at(1)!.text).toBe('또 고침');
    expect(timeline.version).toBe(again.version);
  });

  it('knows how people are called as of what came last', async () => {
    const server = new Server();
    server.post(2);
    const timeline = await open(server);
    expect(timeline.names.get('u1')).toBe('민지');
    const [renamed] = server.post();
    timeline.applyStream([{ ...renamed!, sender: { id: 'u1', nickname: '민지님' } }]);
    expect(timeline.names.get('u1')).toBe('민지님');
  });

  it('takes a repeat as nothing', async () => {
    const server = new Server();
    const all = server.post(3);
    const timeline = await open(server);
    const before = timeline.messages;
    timeline.applyStream(all);
    expect(timeline.messages).toBe(before);
  });

  it('waits for a message that was edited since and comes after its followers', async () => {
    const server = new Server();
    server.post(5);
    const timeline = await open(server);
    server.post(3);
    server.edit(6, '고침');
    for (const message of server.since(timeline.version)) timeline.applyStream([message]);
    expect(seqs(timeline)).toEqual(range(1, 8));
    expect(timeline.at(6)!.text).toBe('고침');
  });

  it('fetches what is missing when it does not come', async () => {
    const server = new Server();
    server.post(5);
    const timeline = await open(server);
    server.post(3);
    timeline.applyStream([server.rows[7]!]);
    expect(seqs(timeline)).toEqual(range(1, 5));
    await vi.advanceTimersByTimeAsync(150);
    expect(seqs(timeline)).toEqual(range(1, 8));
  });

  it('does not lose an edit that overtakes the page with its message', async () => {
    const server = new Server();
    server.post(25);
    const timeline = await open(server);
    server.held = [];
    const older = timeline.loadOlder(); // the answer is read now …
    timeline.applyStream([server.delete(10)]); // … and overtaken
    server.let();
    await older;
    expect(seqs(timeline)).toEqual(range(6, 25));
    expect(timeline.at(10)!.text).toBe('');
  });

  it('does not lose what is said while the first page is loading', async () => {
    const server = new Server();
    server.post(12);
    server.held = [];
    const timeline = new Timeline(roomId, server, { page: 10 });
    const begun = timeline.begin();
    const said = server.post(2);
    said.push(server.edit(5, '고침'));
    timeline.applyStream(said);
    server.let();
    await begun;
    expect(seqs(timeline)).toEqual(range(3, 14));
    expect(timeline.at(5)!.text).toBe('고침');
  });

  it('does not take a page for a place in the stream', async () => {
    const server = new Server();
    server.post(30);
    const timeline = await open(server);
    server.post(1);
    server.edit(15, '고침'); // neither reached us
    await timeline.loadOlder();
    expect(timeline.version).toBe(30);
    timeline.applyStream(server.since(timeline.version));
    expect(seqs(timeline)).toEqual(range(11, 31));
  });

  it('asks once for older messages, to the beginning', async () => {
    const server = new Server();
    server.post(25);
    const timeline = await open(server);
    await Promise.all([timeline.loadOlder(), timeline.loadOlder()]);
    expect(server.asked).toHaveLength(2);
    await timeline.loadOlder();
    expect(seqs(timeline)).toEqual(range(1, 25));
    await timeline.loadOlder();
    expect(server.asked).toHaveLength(3);
  });

  it('shows the stretch around one message and finds its way back to the end', async () => {
    const server = new Server();
    server.post(100);
    const timeline = await open(server);
    expect(await timeline.loadAround(40)).toBe(true);
    expect(seqs(timeline)).toEqual(range(35, 44));
    timeline.applyStream(server.post(2)); // far away: only counted
    expect(seqs(timeline)).toEqual(range(35, 44));
    expect([timeline.lastSeq, timeline.atEnd]).toEqual([102, false]);
    timeline.applyStream([server.edit(40, '고침')]);
    expect(timeline.at(40)!.text).toBe('고침');
    while (!timeline.atEnd) await timeline.loadNewer();
    expect(seqs(timeline)).toEqual(range(35, 102));
    timeline.applyStream(server.post());
    expect(timeline.endSeq).toBe(103);
  });

  it('says when there is no such message', async () => {
    const server = new Server();
    server.post(20);
    const timeline = await open(server);
    expect(await timeline.loadAround(999)).toBe(false);
    expect(seqs(timeline)).toEqual(range(11, 20));
  });

  it('forgets everything at a reset', async () => {
    const server = new Server();
    server.post(20);
    const timeline = await open(server);
    const restored = new Server();
    restored.post(5);
    Object.assign(server, { rows: restored.rows, version: restored.version });
    await timeline.reset('e2', 5);
    expect(seqs(timeline)).toEqual(range(1, 5));
    expect([timeline.epoch, timeline.version, timeline.lastSeq]).toEqual(['e2', 5, 5]);
  });

  it('goes on from what was kept', async () => {
    const server = new Server();
    server.post(20);
    const timeline = new Timeline(roomId, server);
    timeline.restore({ messages: server.rows.slice(-5), lastSeq: 20, version: 20, epoch: 'e1' });
    server.post(2);
    server.delete(18);
    timeline.applyStream(server.since(timeline.version));
    expect(seqs(timeline)).toEqual(range(16, 22));
    expect(timeline.at(18)!.text).toBe('');
    expect(server.asked).toEqual([]);
  });

  it('is bounded at the end that nobody reads, without a hole', async () => {
    const server = new Server();
    server.post(5);
    const timeline = await open(server, { most: 40, kept: 20 });
    for (let i = 0; i < 200; i++) {
      timeline.applyStream(server.post());
      timeline.trim('end');
      expect(timeline.messages.length).toBeLessThanOrEqual(40);
    }
    expect(timeline.endSeq).toBe(205);
    while (timeline.hasOlder) {
      await timeline.loadOlder();
      timeline.trim('start');
      expect(timeline.messages.length).toBeLessThanOrEqual(40);
    }
    timeline.applyStream(server.post());
    expect(timeline.endSeq).toBeLessThan(100);
    while (!timeline.atEnd) await timeline.loadNewer();
    const held = seqs(timeline);
    expect(held).toEqual(range(held[0]!, 206));
  });

  it('says why a page did not come, and tries again', async () => {
    const server = new Server();
    server.post(25);
    const timeline = await open(server);
    server.broken = true;
    await timeline.loadOlder();
    expect([timeline.refusal?.code, timeline.loadingOlder]).toEqual(['offline', false]);
    server.broken = false;
    await timeline.loadOlder();
    expect([timeline.refusal, timeline.firstSeq]).toEqual([null, 6]);
  });

  it('after any run of posts, edits, deletions, cuts and repeats holds what a fresh page holds', async () => {
    let seed = 7;
    const random = (below: number) => (seed = (seed * 1103515245 + 12345) % 2147483648) % below;
    for (let run = 0; run < 200; run++) {
      const server = new Server();
      server.post(random(30));
      const timeline = await open(server, { page: 100 });
      for (let step = 0; step < 30; step++) {
        const change = random(5);
        if (change <= 1 || server.rows.length === 0) server.post(1 + random(4));
        else if (change === 2) server.edit(1 + random(server.rows.length), `고침 ${step}`);
        else if (change === 3) server.delete(1 + random(server.rows.length));
        if (random(3) > 0) {
          // Connected for a while: some of what is missing arrives, perhaps in a batch that repeats itself, then a cut.
          const missing = server.since(timeline.version).slice(0, 1 + random(6));
          timeline.applyStream(missing);
          if (random(2)) timeline.applyStream(missing);
        }
      }
      timeline.applyStream(server.since(timeline.version));
      expect(timeline.messages).toEqual(server.rows.slice(-timeline.messages.length));
      expect(timeline.endSeq).toBe(server.rows.length);
      timeline.dispose();
    }
  });
});
