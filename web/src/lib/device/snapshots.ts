// The newest stretch of each room that was opened, kept for the next time. What is stored is a state of the messages and
// the place in the stream where it was true, so opening a room goes on from there.
import type { Message } from '#lib/api';
import { database, type RoomSnapshot } from './database';

const keptRooms = 60;

export async function loadSnapshot(userId: string, roomId: string): Promise<RoomSnapshot | null> {
  try {
    return (await (await database())?.get('rooms', [userId, roomId])) ?? null;
  } catch {
    return null;
  }
}

export async function saveSnapshot(snapshot: RoomSnapshot): Promise<void> {
  try {
    const db = await database();
    if (!db) return;
    const rooms = db.transaction('rooms', 'readwrite').store;
    await rooms.put(snapshot);
    for (
      let kept = await rooms.count(), oldest = await rooms.index('savedAt').openCursor();
      oldest && kept > keptRooms;
      kept--, oldest = await oldest.continue()
    )
      await oldest.delete();
  } catch {
    // The disk is full or storage is blocked: the room will load from the server.
  }
}

/** Newer states of messages that may be among the stored ones: above all, a deleted text must not stay on the device. */
export async function amendSnapshot(userId: string, roomId: string, messages: Message[]): Promise<void> {
  try {
    const db = await database();
    const rooms = db?.transaction('rooms', 'readwrite').store;
    const stored = await rooms?.get([userId, roomId]);
    if (!rooms || !stored) return;
    const newer = new Map(messages.map((message) => [message.seq, message]));
    stored.messages = stored.messages.map((message) => {
      const other = newer.get(message.seq);
      return other && other.version > message.version ? other : message;
    });
    await rooms.put(stored);
  } catch {
    // Nothing stored that could be amended.
  }
}

export async function listSnapshots(userId: string): Promise<RoomSnapshot[]> {
  try {
    const kept = await (await database())?.getAll('rooms');
    return (kept ?? []).filter((snapshot) => snapshot.userId === userId);
  } catch {
    return [];
  }
}

export async function forgetSnapshot(userId: string, roomId: string): Promise<void> {
  try {
    await (await database())?.delete('rooms', [userId, roomId]);
  } catch {
    // Nothing stored.
  }
}
