// What this device keeps about the person who is signed in, so that the app opens offline and loses nothing that was
// typed: messages on their way out (outbox) and the newest stretch of each room that was opened (rooms). All of it goes
// when the person signs out. Where IndexedDB is closed to us (some private windows), the app works without.
import type { Message, Room } from '#lib/api';

export interface OutboxEntry {
  clientId: string;
  userId: string;
  roomId: string;
  text: string;
  replyTo?: number;
  createdAt: string;
  /** Why the server would not have it; one without is still to be sent. */
  refusal?: { code: string; title: string };
}

export interface RoomSnapshot {
  userId: string;
  roomId: string;
  room: Room;
  epoch: string;
  /** The place in the room's stream that the messages below are true for. */
  version: number;
  lastSeq: number;
  messages: Message[];
  savedAt: number;
}

interface Stores {
  outbox: OutboxEntry;
  rooms: RoomSnapshot;
}

let opening: Promise<IDBDatabase | null> | undefined;

/** The database, or null where there is none. */
function database(): Promise<IDBDatabase | null> {
  return (opening ??= open());
}

async function open(): Promise<IDBDatabase | null> {
  if (typeof indexedDB === 'undefined') return null;
  try {
    const request = indexedDB.open('smalltalk', 1);
    request.onupgradeneeded = () => {
      const db = request.result;
      db.createObjectStore('outbox', { keyPath: 'clientId' }).createIndex('userId', 'userId');
      db.createObjectStore('rooms', { keyPath: ['userId', 'roomId'] }).createIndex('savedAt', 'savedAt');
    };
    const db = await answered(request);
    db.onclose = () => (opening = undefined);
    db.onversionchange = () => {
      db.close(); // a newer version of the app, in another tab, waits for us
      opening = undefined;
    };
    return db;
  } catch {
    return null;
  }
}

/** What a request of IndexedDB gives. Inside of a transaction nothing else may be waited for, or it ends. */
export function answered<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error('refused'));
  });
}

/** Reads one thing. @returns nothing also where there is no database. */
export async function stored<Name extends keyof Stores, T = Stores[Name] | undefined>(
  name: Name,
  read: (store: IDBObjectStore) => IDBRequest<T>,
): Promise<T | undefined> {
  const db = await database();
  return db ? answered(read(db.transaction(name).objectStore(name))) : undefined;
}

/** Writes, all of it or nothing. @returns false where there is no database. */
export async function store(
  name: keyof Stores,
  write: (store: IDBObjectStore) => Promise<unknown> | IDBRequest,
): Promise<boolean> {
  const db = await database();
  if (!db) return false;
  const transaction = db.transaction(name, 'readwrite');
  const done = new Promise<void>((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error ?? new Error('aborted'));
  });
  await Promise.all([write(transaction.objectStore(name)), done]);
  return true;
}

/** Forgets what others said; with `own`, also what the person has not sent yet. */
export async function forgetDevice(own: boolean): Promise<void> {
  const names = own ? (['rooms', 'outbox'] as const) : (['rooms'] as const);
  await Promise.all(names.map((name) => store(name, (all) => all.clear()))).catch(() => {});
}
