import { describe, expect, it } from 'vitest';
import { PagedList } from './pagedList.svelte';
import { Refusal } from './refusal';
import type { Page } from './types';

const page = (items: number[], cursor: string | null): Page<number> => ({ items, cursor });

describe('a paged list', () => {
  it('joins its pages and shows nothing twice when the order shifted between them', async () => {
    const list = new PagedList<number>(
      async (cursor) => (cursor ? page([3, 4, 5], null) : page([1, 2, 3], 'next')),
      String,
    );
    await list.reload();
    await list.more();
    expect(list.items).toEqual([1, 2, 3, 4, 5]);
    expect(list.hasMore).toBe(false);
  });

  it('answers the later of two questions only, whichever answer comes first', async () => {
    const answers: ((page: Page<number>) => void)[] = [];
    const ask = () => new Promise<Page<number>>((resolve) => answers.push(resolve));
    const list = new PagedList<number>(ask, String);
    const [first, second] = [list.reload(), list.reload()];
    answers[1]!(page([2], null));
    answers[0]!(page([1], null));
    await Promise.all([first, second]);
    expect(list.items).toEqual([2]);
    expect(list.loading).toBe(false);
  });

  it('keeps what it shows when the next page is refused, and can ask for it again', async () => {
    let online = false;
    const list = new PagedList<number>(async (cursor) => {
      if (!cursor) return page([1], 'next');
      return online ? page([2], null) : new Refusal('offline', 0, '');
    }, String);
    await list.reload();
    await list.more();
    expect(list.items).toEqual([1]);
    expect(list.refusal?.code).toBe('offline');
    online = true;
    await list.more();
    expect(list.items).toEqual([1, 2]);
    expect(list.refusal).toBeNull();
  });
});
