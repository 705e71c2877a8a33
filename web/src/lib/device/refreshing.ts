// What this device keeps of rooms that nobody opens must not outlive what was done to it: a text that its author deleted is
// to go from here too, without waiting for somebody to look. The list of my rooms tells how far each has moved. A new message
// moves both counters of a room by one, anything else only its version: so a difference of the two says that something that
// may be kept here was edited or deleted, and one request replaces what is kept. Rooms that only grew cost nothing.
import { api, Refusal, type Room } from '#lib/api';
import { forgetSnapshot, listSnapshots, loadSnapshot, saveSnapshot } from './snapshots';

export async function refreshSnapshots(userId: string, rooms: ReadonlyMap<string, Room>): Promise<void> {
  for (const { roomId, ...kept } of await listSnapshots(userId)) {
    const room = rooms.get(roomId);
    if (!room?.canRead) {
      await forgetSnapshot(userId, roomId); // left, deleted, or closed to me
      continue;
    }
    if (room.epoch === kept.epoch && room.version - kept.version === room.lastSeq - kept.lastSeq) continue;
    const page = await api.messages.list(roomId, { limit: Math.max(1, kept.messages.length) });
    if (page instanceof Refusal) {
      if (page.status === 403 || page.status === 404) await forgetSnapshot(userId, roomId);
      else if (page.status === 0) return; // the next connection compares again
      continue;
    }
    const now = await loadSnapshot(userId, roomId);
    if (!now || (now.epoch === page.epoch && now.version >= page.version)) continue; // the open room was faster
    await saveSnapshot({
      ...now,
      room: { ...room, me: now.room.me },
      epoch: page.epoch,
      version: page.version,
      lastSeq: page.lastSeq,
      messages: [...page.items].reverse(),
    });
  }
}
