// My friends and the requests between us. Requests that wait for me are counted from the start, for the badge; the
// lists are read when somebody looks at them, and follow the live events from then on.
import { api, Refusal, type Block, type Friend, type FriendState, type LiveEvent, type Person } from '#lib/api';
import { PagedList } from '#lib/api/pagedList.svelte';
import { session } from '#lib/accounts/session.svelte';
import { live, pollWithoutSocket } from '#lib/live';

const keyOf = ({ user }: { user: Person }) => user.id;
const listOf = (state: FriendState) =>
  new PagedList<Friend>((cursor, signal) => api.friends.list(state, { cursor, limit: 50 }, signal), keyOf);

class Friends {
  readonly friends = listOf('friends');
  readonly incoming = listOf('incoming');
  readonly outgoing = listOf('outgoing');
  readonly blocks = new PagedList<Block>((cursor) => api.blocks.list(cursor), keyOf);
  #stop: (() => void) | null = null;

  constructor() {
    session.onLeave(() => {
      this.#stop?.();
      this.#stop = null;
      for (const list of [this.friends, this.incoming, this.outgoing, this.blocks]) list.clear();
    });
  }

  start(): void {
    if (this.#stop) return;
    const stops = [
      live.on('friend', (event) => this.#changed(event)),
      live.on('presence', ({ userId, isOnline }) =>
        this.friends.replace(userId, (friend) => ({ ...friend, user: { ...friend.user, isOnline } })),
      ),
      $effect.root(() => {
        $effect(() => {
          if (live.state === 'online') this.refresh();
        });
      }),
      pollWithoutSocket(async () => {
        await this.incoming.reload();
        return this.incoming.refusal;
      }, 30_000),
    ];
    this.#stop = () => stops.forEach((stop) => stop());
    void this.incoming.reload();
  }

  /** Reads again what was read before: after an absence, nobody told us what changed. */
  refresh(): void {
    void this.incoming.reload();
    for (const list of [this.friends, this.outgoing, this.blocks]) if (list.loaded) void list.reload();
  }

  /** Reads all lists, for the page that shows them. */
  look(): void {
    for (const list of [this.friends, this.incoming, this.outgoing, this.blocks]) if (!list.loading) void list.reload();
  }

  async ask(nickname: string): Promise<Friend | Refusal> {
    const friend = await api.friends.ask(nickname);
    if (!(friend instanceof Refusal)) this.#put(friend);
    return friend;
  }

  async accept(userId: string): Promise<Refusal | null> {
    const friend = await api.friends.accept(userId);
    if (friend instanceof Refusal) return friend;
    this.#put(friend);
    return null;
  }

  /** Refuses, withdraws or ends: whatever there is between us. */
  async remove(userId: string): Promise<Refusal | null> {
    const refusal = await api.friends.remove(userId);
    if (!refusal) this.#drop(userId);
    return refusal;
  }

  async block(user: Person): Promise<Refusal | null> {
    const refusal = await api.blocks.add(user.id);
    if (refusal) return refusal;
    this.#drop(user.id);
    if (this.blocks.loaded) this.blocks.add({ user, since: new Date().toISOString() });
    return null;
  }

  async unblock(userId: string): Promise<Refusal | null> {
    const refusal = await api.blocks.remove(userId);
    if (!refusal) this.blocks.remove(userId);
    return refusal;
  }

  #changed({ change, user }: Extract<LiveEvent, { type: 'friend' }>): void {
    if (change === 'removed') this.#drop(user.id);
    else this.#put({ user, state: change, since: new Date().toISOString() });
  }

  #put(friend: Friend): void {
    this.#drop(friend.user.id, friend.state);
    this[friend.state].add(friend);
  }

  #drop(userId: string, except?: FriendState): void {
    for (const state of ['friends', 'incoming', 'outgoing'] as const) if (state !== except) this[state].remove(userId);
  }
}

export const friends = new Friends();
