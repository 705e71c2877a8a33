import { describe, expect, it } from 'vitest';
import { Refusal } from '#lib/api';
import type { OutboxEntry } from '#lib/device/database';
import { Outbox, type OutboxPost, type OutboxStore } from './outbox.svelte';

const offline = new Refusal('offline', 0, '');

/** A device: what is stored there survives the page, and its tabs share locks. */
class Device implements OutboxStore {
  entries = new Map<string, OutboxEntry>();
  locks = new Map<string, Promise<void>>();
  tabs: Outbox[] = [];
  async list(userId: string) {
    return [...this.entries.values()].filter((entry) => entry.userId === userId);
  }
  async put(entry: OutboxEntry) {
    this.entries.set(entry.clientId, structuredClone(entry));
  }
  async delete(clientId: string) {
    this.entries.delete(clientId);
  }
}

/** A server behind a line that can be cut, also between storing and answering. */
class Line {
  stored: OutboxEntry[] = [];
  calls = 0;
  open = true;
  loseAnswers = 0;
  answers: (Refusal | null)[] = [];
  waits: number[] = [];

  via(device: Device): OutboxPost {
    return {
      isOpen: () => this.open,
      send: async (entry) => {
        this.calls++;
        await Promise.resolve();
        if (!this.open) return offline;
        const answer = this.answers.shift();
        if (answer) return answer;
        if (!this.stored.some(({ clientId }) => clientId === entry.clientId)) this.stored.push(entry);
        if (this.loseAnswers > 0) {
          this.loseAnswers--;
          return offline;
        }
        return null;
      },
      exclusively: (name, task) => {
        const run = (device.locks.get(name) ?? Promise.resolve()).then(task);
        device.locks.set(name, run);
        return run;
      },
      wait: async (milliseconds) => void this.waits.push(milliseconds),
      changed: () => {},
    };
  }
}

async function start() {
  const device = new Device();
  const line = new Line();
  const open = async () => {
    const outbox = new Outbox(device, line.via(device));
    outbox.watch('r');
    await outbox.open('me');
    return outbox;
  };
  return { device, line, open, outbox: await open() };
}
const texts = (line: Line) => line.stored.map(({ text }) => text);
async function until(condition: () => boolean) {
  for (let i = 0; i < 500; i++) {
    if (condition()) return;
    await new Promise((resolve) => setTimeout(resolve));
  }
  throw new Error('did not come true');
}

describe('the outbox', () => {
  it('shows a message at once and sends it', async () => {
    const { line, outbox, device } = await start();
    outbox.post('r', '안녕');
    expect(outbox.of('r').map(({ text, state }) => [text, state])).toEqual([['안녕', 'waiting']]);
    expect(line.calls).toBe(0); // stored first
    await until(() => outbox.of('r')[0]?.state === 'sent');
    expect(device.entries.size).toBe(0);
    outbox.arrived([outbox.of('r')[0]!.clientId]);
    expect(outbox.of('r')).toEqual([]);
  });

  it('is done also when the message comes before its receipt', async () => {
    const { outbox, device } = await start();
    const { clientId } = outbox.post('r', '안녕')!;
    outbox.arrived([clientId]);
    await until(() => device.entries.size === 0);
    expect(outbox.of('r')).toEqual([]);
  });

  it('keeps no bubble of a room that nobody looks at', async () => {
    const { line, outbox } = await start();
    outbox.post('elsewhere', '안녕');
    await until(() => line.stored.length === 1 && outbox.of('elsewhere').length === 0);
  });

  it('sends in order, whatever the pace', async () => {
    const { line, outbox } = await start();
    const all = Array.from({ length: 60 }, (_, i) => `글 ${i}`);
    for (const text of all) outbox.post('r', text);
    await until(() => line.stored.length === 60);
    expect(texts(line)).toEqual(all);
  });

  it('keeps what is written offline through a reload and sends it once, in order', async () => {
    const { line, open, outbox } = await start();
    line.open = false;
    for (const text of ['하나', '둘', '셋']) outbox.post('r', text);
    await until(() => outbox.of('r').length === 3);
    await new Promise((resolve) => setTimeout(resolve, 5));
    outbox.close();
    const reloaded = await open();
    expect(reloaded.of('r').map(({ text }) => text)).toEqual(['하나', '둘', '셋']);
    line.open = true;
    reloaded.flush();
    await until(() => line.stored.length === 3);
    expect(texts(line)).toEqual(['하나', '둘', '셋']);
  });

  it('sends again what got no answer, under the same name', async () => {
    const { line, outbox, device } = await start();
    line.loseAnswers = 2;
    outbox.post('r', '한 번만');
    await until(() => device.entries.size === 0 && outbox.of('r')[0]?.state === 'sent');
    expect(texts(line)).toEqual(['한 번만']);
    expect(line.calls).toBe(3);
    expect(line.waits).toEqual([1000, 2000]);
  });

  it('waits as long as the server asks', async () => {
    const { line, outbox } = await start();
    line.answers = [new Refusal('too-fast', 429, '', {}, 3)];
    outbox.post('r', '천천히');
    await until(() => line.stored.length === 1);
    expect(line.waits).toEqual([3000]);
  });

  it('keeps a refused one with its reason, and lets the next ones go', async () => {
    const { line, outbox, open } = await start();
    line.answers = [new Refusal('too-long', 422, '너무 길어요.')];
    outbox.post('r', '긴 글');
    outbox.post('r', '짧은 글');
    await until(() => line.stored.length === 1);
    expect(texts(line)).toEqual(['짧은 글']);
    const [refused] = outbox.of('r');
    expect([refused!.state, refused!.refusal?.title]).toEqual(['failed', '너무 길어요.']);
    expect((await open()).of('r')[0]!.state).toBe('failed');

    await outbox.retry(refused!.clientId);
    await until(() => line.stored.length === 2);
    expect(line.stored[1]!.clientId).toBe(refused!.clientId);
  });

  it('lets a refused one go', async () => {
    const { line, outbox, device } = await start();
    line.answers = [new Refusal('not-a-member', 403, '')];
    outbox.post('r', '글');
    await until(() => outbox.of('r')[0]?.state === 'failed');
    await outbox.discard(outbox.of('r')[0]!.clientId);
    expect([outbox.of('r'), device.entries.size]).toEqual([[], 0]);
  });

  it('does not let go of one that may be on its way', async () => {
    const { line, outbox } = await start();
    line.open = false;
    const { clientId } = outbox.post('r', '글')!;
    await outbox.discard(clientId);
    expect(outbox.of('r')).toHaveLength(1);
  });

  it('a room that is refused does not hold up another', async () => {
    const { line, outbox } = await start();
    line.answers = [new Refusal('not-a-member', 403, '')];
    outbox.post('a', '글');
    outbox.post('b', '글');
    await until(() => line.stored.length === 1);
    expect(line.stored[0]!.roomId).toBe('b');
  });

  it('two tabs send each message once', async () => {
    const { line, outbox, open, device } = await start();
    line.open = false;
    for (const text of ['하나', '둘', '셋']) outbox.post('r', text);
    await until(() => device.entries.size === 3);
    const other = await open();
    line.open = true;
    other.flush();
    outbox.flush();
    await until(() => device.entries.size === 0);
    expect([texts(line), line.calls]).toEqual([['하나', '둘', '셋'], 3]);
    await outbox.reload();
    expect(outbox.of('r').every(({ state }) => state === 'sent')).toBe(true);
  });

  it('sends nothing of somebody else', async () => {
    const { line, device, open } = await start();
    await device.put({ clientId: 'x', userId: 'other', roomId: 'r', text: '남의 글', createdAt: '' });
    (await open()).flush();
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(line.calls).toBe(0);
  });
});
