// The one live connection of the page, for everything: STOMP over /ws with the session's cookie. It connects while
// somebody is signed in and comes back by itself; what listens (events, lobby, rooms) is subscribed anew each time. A
// room goes on from the version that it has seen, so a cut loses nothing.
//
// - A frame that wants an answer gets one: RECEIPT, refusal, or that none came. Nothing hangs.
// - What the server refuses or ends (a kick, a deleted room) is told to the one who listened and not asked for again.
// - Close code 1008, or connections that fail before they are up, may mean that the session is over: /api/me knows, renews
//   an old cookie by the way, and if it is over the session says so and the page goes to sign in.
// - HTTP answers but no WebSocket comes up: something between us doesn't pass WebSockets on. Then `problem` names it, and
//   polling.svelte.ts asks for what would have come.
import type { Client } from '@stomp/stompjs';
import { session } from '#lib/accounts/session.svelte';
import { api, Refusal, type LiveEvent, type LobbyEvent } from '#lib/api';
import { locale, t } from '#lib/i18n';
import { firstScreen } from '#lib/shell/firstScreen';
import { Backoff } from './backoff';
import type { RoomEvent, RoomStream } from './roomStream';

export type LiveState = 'offline' | 'connecting' | 'online';

interface Notice {
  type: 'refusal' | 'subscriptionEnded';
  code: string;
  title: string;
  destination?: string;
  receipt?: string;
  subscription?: string;
  status?: number;
  retryAfter?: number;
}

/** The headers of a RECEIPT. */
export type Receipt = Readonly<Record<string, string | undefined>>;

const receiptMilliseconds = 10_000;
/** The server beats every 20 s; ten more, and it is gone. */
const silenceMilliseconds = 30_000;
/** With HTTP working, this many attempts without a WebSocket are no accident. */
const attemptsBeforeProblem = 3;

class Live {
  state = $state<LiveState>('offline');
  /** HTTP works and WebSockets don't. */
  problem = $state<'websocket' | null>(null);

  #client: Client | null = null;
  #backoff = new Backoff();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #wanted = false;
  #connectedAt = 0;
  #heardAt = 0;
  #failures = 0;
  #hurriedAt = 0;
  #counter = 0;

  #listeners = new Map<string, Set<(event: never) => void>>();
  #lobby = new Set<(event: LobbyEvent) => void>();
  #rooms = new Map<string, { roomId: string; stream: RoomStream }>();
  #receipts = new Map<string, (answer: Receipt | Refusal) => void>();

  constructor() {
    if (typeof window === 'undefined') return;
    $effect.root(() => {
      $effect(() => {
        if (session.me?.id) this.#start();
        else this.#stop();
      });
    });
    // Hints only: a device can be "offline" and still reach a node on its own machine, so nothing waits for `online`.
    addEventListener('online', () => this.#reconnect(Math.random() * 500));
    addEventListener('offline', () => this.#reconnect());
    addEventListener('pageshow', () => this.#awake());
    document.addEventListener('visibilitychange', () => this.#awake());
  }

  /** Events that concern me, from all my rooms and friends. */
  on<Type extends LiveEvent['type']>(
    type: Type,
    handler: (event: Extract<LiveEvent, { type: Type }>) => void,
  ): () => void {
    let handlers = this.#listeners.get(type);
    if (!handlers) this.#listeners.set(type, (handlers = new Set()));
    handlers.add(handler);
    return () => handlers.delete(handler);
  }

  /** How the listed rooms move, while somebody listens. */
  lobby(handler: (event: LobbyEvent) => void): () => void {
    this.#lobby.add(handler);
    if (this.#lobby.size === 1) this.#subscribeLobby();
    return () => {
      this.#lobby.delete(handler);
      if (this.#lobby.size === 0 && this.state === 'online') this.#client?.unsubscribe('lobby');
    };
  }

  /** A room's stream, until stopped or ended by the server. */
  room(roomId: string, stream: RoomStream): () => void {
    // Few different ids: the server shares the finished bytes among all connections with the same one. They go round,
    // so that what is still on its way to the room just left doesn't fall into the next one's hands.
    let id = '';
    do id = `room-${this.#counter++ % 8}`;
    while (this.#rooms.has(id) && this.#rooms.size < 8);
    this.#rooms.set(id, { roomId, stream });
    if (this.state === 'online') void this.#subscribeRoom(id);
    return () => {
      if (this.#rooms.get(id)?.stream !== stream) return;
      this.#rooms.delete(id);
      if (this.state === 'online') this.#client?.unsubscribe(id);
    };
  }

  /** @returns the receipt's headers, or why there is none; a status of 0 leaves open whether it was done. */
  send(destination: string, body: unknown): Promise<Receipt | Refusal> {
    const client = this.#client;
    if (this.state !== 'online' || !client?.connected) return Promise.resolve(unreachable());
    return this.#answered((receipt) =>
      client.publish({
        destination,
        body: JSON.stringify(body),
        headers: { 'content-type': 'application/json', receipt },
      }),
    );
  }

  /** What may be lost: that I am typing, how far I have read. @returns whether it went out. */
  tell(destination: string, body?: unknown): boolean {
    if (this.state !== 'online' || !this.#client?.connected) return false;
    this.#client.publish({
      destination,
      body: body === undefined ? '' : JSON.stringify(body),
      headers: body === undefined ? {} : { 'content-type': 'application/json' },
    });
    return true;
  }

  /** Somebody waits for the connection right now: why not try at once. */
  hurry(): void {
    if (!this.#wanted || this.#client || Date.now() - this.#hurriedAt < 3_000) return;
    this.#hurriedAt = Date.now();
    void this.#connect();
  }

  #start() {
    if (this.#wanted) return;
    this.#wanted = true;
    this.#failures = 0;
    this.state = 'connecting';
    void this.#connect();
  }

  #stop() {
    this.#wanted = false;
    clearTimeout(this.#timer);
    this.state = 'offline';
    this.problem = null;
    this.#rooms.clear();
    this.#drop(true);
  }

  async #connect() {
    clearTimeout(this.#timer);
    // Not part of the first page: a visitor who only looks around never loads it, and what a page shows first comes by HTTP.
    await firstScreen;
    const { Client, Versions } = await import('./stomp').catch(() => ({ Client: null, Versions: null }));
    if (!this.#wanted || this.#client) return;
    if (!Client) return this.#later(this.#backoff.next());
    const client = new Client({
      webSocketFactory: () => {
        const socket = new WebSocket(`${location.origin.replace(/^http/, 'ws')}/ws`, ['v12.stomp']);
        socket.addEventListener('message', () => (this.#heardAt = Date.now()));
        return socket;
      },
      stompVersions: new Versions([Versions.V1_2]),
      connectHeaders: { 'accept-language': locale() },
      connectionTimeout: 10_000,
      reconnectDelay: 0, // a Client is one connection here; coming back is ours
      heartbeatIncoming: 10_000,
      heartbeatOutgoing: 20_000,
      heartbeatToleranceMultiplier: silenceMilliseconds / 20_000,
      discardWebsocketOnCommFailure: true,
      onConnect: () => this.#connected(client),
      onWebSocketClose: (event: CloseEvent) => this.#closed(client, event),
      onStompError: (frame) => console.warn('STOMP', frame.headers.message, frame.body),
    });
    this.#client = client;
    client.activate();
  }

  #connected(client: Client) {
    if (client !== this.#client) return;
    this.#connectedAt = this.#heardAt = Date.now();
    this.#failures = 0;
    this.problem = null;
    // Refusals first: before this one stands, a refused frame would cost the connection.
    client.subscribe('/user/queue/errors', ({ body }) => this.#notice(parse<Notice>(body)), { id: 'errors' });
    client.subscribe('/user/queue/events', ({ body }) => this.#dispatch(parse<LiveEvent>(body)), { id: 'events' });
    this.state = 'online';
    this.#subscribeLobby();
    for (const id of this.#rooms.keys()) void this.#subscribeRoom(id);
  }

  #subscribeLobby() {
    if (this.state !== 'online' || this.#lobby.size === 0) return;
    this.#client?.subscribe(
      '/topic/lobby',
      ({ body }) => {
        const event = parse<LobbyEvent>(body);
        if (event?.type === 'lobby') for (const handler of [...this.#lobby]) handler(event);
      },
      { id: 'lobby' },
    );
  }

  async #subscribeRoom(id: string) {
    const client = this.#client;
    const room = this.#rooms.get(id);
    if (!client?.connected || !room) return;
    const place = room.stream.place();
    const answer = await this.#answered((receipt) =>
      client.subscribe(
        `/topic/rooms/${room.roomId}`,
        ({ body }) => {
          const event = parse<RoomEvent>(body);
          if (event?.roomId === room.roomId && this.#rooms.get(id) === room) room.stream.event(event);
        },
        { id, receipt, ...(place && { after: String(place.version), epoch: place.epoch }) },
      ),
    );
    if (this.#rooms.get(id) !== room || client !== this.#client) return;
    if (!(answer instanceof Refusal)) room.stream.subscribed(Number(answer.version ?? 0), answer.epoch ?? '');
    else if (answer.status !== 0) this.#end(id, answer);
    else client.forceDisconnect(); // no answer at all: this connection is not well
  }

  #end(id: string, refusal: Refusal) {
    const room = this.#rooms.get(id);
    this.#rooms.delete(id);
    room?.stream.ended(refusal);
  }

  #answered(send: (receipt: string) => void): Promise<Receipt | Refusal> {
    const receipt = `r${++this.#counter}`;
    return new Promise((resolve) => {
      const timer = setTimeout(() => settle(unreachable()), receiptMilliseconds);
      const settle = (answer: Receipt | Refusal) => {
        clearTimeout(timer);
        this.#receipts.delete(receipt);
        resolve(answer);
      };
      this.#receipts.set(receipt, settle);
      this.#client?.watchForReceipt(receipt, ({ headers }) => settle(headers));
      try {
        send(receipt);
      } catch {
        settle(unreachable()); // the socket has just gone
      }
    });
  }

  #notice(notice: Notice | null) {
    if (!notice) return;
    const refusal = new Refusal(
      notice.code,
      notice.status ?? statusOf(notice.code),
      notice.title,
      {},
      notice.retryAfter,
    );
    if (notice.type === 'subscriptionEnded') {
      const id = notice.subscription ?? '';
      if (this.#rooms.get(id) && notice.destination === `/topic/rooms/${this.#rooms.get(id)!.roomId}`) {
        this.#end(id, refusal);
        this.#client?.unsubscribe(id);
      }
    } else if (notice.receipt) this.#receipts.get(notice.receipt)?.(refusal);
  }

  #dispatch(event: LiveEvent | null) {
    if (event) for (const handler of [...(this.#listeners.get(event.type) ?? [])]) handler(event as never);
  }

  #closed(client: Client, event: CloseEvent) {
    if (client !== this.#client) return;
    this.#drop(false);
    if (!this.#wanted) return;
    const lasted = this.#connectedAt ? Date.now() - this.#connectedAt : 0;
    const wasUp = this.#connectedAt > 0;
    this.#connectedAt = 0;
    this.#backoff.ended(lasted);
    if (!wasUp) this.#failures++;
    // One cut is mended before anybody needs to know; after that the page says so.
    this.state = wasUp && event.code !== 1008 ? 'connecting' : 'offline';
    if (event.code === 1008 || this.#failures > 1) void this.#askWhy();
    if (event.code === 1013) this.#later(this.#backoff.next(8));
    else this.#later(this.#backoff.next(1, wasUp ? 4_000 : undefined));
  }

  /** Is it me (the session), the network, or the way of a WebSocket? */
  async #askWhy() {
    const me = await api.me.get(); // a lost session is told to the session by the call itself
    if (
      !(me instanceof Refusal) &&
      this.#wanted &&
      this.state !== 'online' &&
      this.#failures >= attemptsBeforeProblem
    ) {
      this.problem = 'websocket';
      console.warn('No WebSocket comes up at /ws, while HTTP answers. Does a proxy in between let WebSockets through?');
    }
  }

  #later(milliseconds: number) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#connect(), milliseconds);
  }

  #drop(politely: boolean) {
    const client = this.#client;
    this.#client = null;
    this.#heardAt = 0;
    for (const settle of [...this.#receipts.values()]) settle(unreachable());
    void client?.deactivate({ force: !politely });
  }

  /** The network has changed: what was connected may be dead without knowing. */
  #reconnect(milliseconds = this.#backoff.next()) {
    if (!this.#wanted) return;
    if (this.state === 'online') this.state = 'connecting';
    this.#connectedAt = 0;
    this.#drop(false);
    this.#later(milliseconds);
  }

  /** The page is looked at again. A hidden tab's timers run late, so the connection is judged by what was heard. */
  #awake() {
    if (document.visibilityState !== 'visible' || !this.#wanted) return;
    if (!this.#client) this.hurry();
    else if (this.state === 'online' && Date.now() - this.#heardAt > silenceMilliseconds) this.#reconnect();
  }
}

const unreachable = () => new Refusal('offline', 0, t('refusal.offline'));

/** A refusal on the queue names its code; what matters here is whether trying again makes sense. */
const statusOf = (code: string) => (/fast|rate|many|busy|overload/.test(code) ? 429 : 403);

function parse<Body>(body: string): Body | null {
  try {
    return JSON.parse(body) as Body;
  } catch {
    return null; // not one of ours
  }
}

export const live = new Live();
