import type { Room } from '#lib/api';

const embersMilliseconds = 60 * 60_000;

/** How a room's window looks from the street: lit while somebody is in, warm for an hour after the last word, or dark. */
export function lightOf(room: Pick<Room, 'here' | 'lastMessageAt'>, now = Date.now()): 'lit' | 'warm' | 'dark' {
  if (room.here > 0) return 'lit';
  return room.lastMessageAt && now - Date.parse(room.lastMessageAt) < embersMilliseconds ? 'warm' : 'dark';
}
