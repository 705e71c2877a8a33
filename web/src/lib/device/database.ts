// What this device keeps about the person who is signed in, so that the app opens offline and loses nothing that was
// typed: messages on their way out (outbox) and the newest stretch of each room that was opened (rooms). All of it goes
// when the person signs out. Where IndexedDB is closed to us (some private windows), the app works without.
import { openDB, type DBSchema, type IDBPDatabase } from 'idb';
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

interface Schema extends DBSchema {
  outbox: { key: string; value: OutboxEntry; indexes: { userId: string } };
  rooms: { key: [string, string]; value: RoomSnapshot; indexes: { savedAt: number } };
}

let opening: Promise<IDBPDatabase<Schema> | null> | undefined;

/** The database, or null where there is none. */
export function database(): Promise<IDBPDatabase<Schema> | null> {
  return (opening ??= open());
}

async function open(): Promise<IDBPDatabase<Schema> | null> {
  if (typeof indexedDB === 'undefined') return null;
  try {
    return await openDB<Schema>('smalltalk', 1, {
      upgrade(db) {
        db.createObjectStore('outbox', { keyPath: 'clientId' }).createIndex('userId', 'userId');
        db.createObjectStore('rooms', { keyPath: ['userId', 'roomId'] }).createIndex('savedAt', 'savedAt');
      },
      blocking(_, __, event) {
        (event.target as IDBDatabase).close(); // a newer version of the app, in another tab, waits for us
        opening = undefined;
      },
      terminated() {
        opening = undefined;
      },
    });
  } catch {
    return null;
  }
}

/** Forgets what others said; with `own`, also what the person has not sent yet. */
export async function forgetDevice(own: boolean): Promise<void> {
  const db = await database();
  await Promise.all([db?.clear('rooms'), own && db?.clear('outbox')]).catch(() => {});
}
