// The newest stretch of each room that was opened, kept for the next time. What is stored is a state of the messages and
// the place in the stream where it was true, so opening a room goes on from there.
import type { Message } from '#lib/api';
import { answered, store, stored, type RoomSnapshot } from './database';

const keptRooms = 60;

export async function loadSnapshot(userId: string, roomId: string): Promise<RoomSnapshot | null> {
  try {
    return (await stored('rooms', (rooms) => rooms.get([userId, roomId]))) ?? null;
  } catch {
    return null;
  }
}

export async function saveSnapshot(snapshot: RoomSnapshot): Promise<void> {
  try {
    await store('rooms', async (rooms) => {
      await answered(rooms.put(snapshot));
      const tooMany = (await answered(rooms.count())) - keptRooms;
      if (tooMany <= 0) return;
      const oldest = await answered(rooms.index('savedAt').getAll(null, tooMany));
      for (const { userId, roomId } of oldest as RoomSnapshot[]) rooms.delete([userId, roomId]);
    });
  } catch {
    // The disk is full or storage is blocked: the room will load from the server.
  }
}

/** Newer states of messages that may be among the stored ones: above all, a deleted text must not stay on the device. */
export async function amendSnapshot(userId: string, roomId: string, messages: Message[]): Promise<void> {
  const newer = new Map(messages.map((message) => [message.seq, message]));
  try {
    await store('rooms', async (rooms) => {
      const kept = (await answered(rooms.get([userId, roomId]))) as RoomSnapshot | undefined;
      if (!kept) return;
      kept.messages = kept.messages.map((message) => {
        const other = newer.get(message.seq);
        return other && other.version > message.version ? other : message;
      });
      rooms.put(kept);
    });
  } catch {
    // Nothing stored that could be amended.
  }
}

export async function listSnapshots(userId: string): Promise<RoomSnapshot[]> {
  try {
    const kept = await stored('rooms', (rooms): IDBRequest<RoomSnapshot[]> => rooms.getAll());
    return (kept ?? []).filter((snapshot) => snapshot.userId === userId);
  } catch {
    return [];
  }
}

export async function forgetSnapshot(userId: string, roomId: string): Promise<void> {
  try {
    await store('rooms', (rooms) => rooms.delete([userId, roomId]));
  } catch {
    // Nothing stored.
  }
}
