import { nameOf } from '#lib/accounts/nameOf';
import type { Room } from '#lib/api';

/** A direct room is called like the other person. */
export const roomName = (room: Pick<Room, 'kind' | 'name' | 'with'>): string =>
  room.kind === 'direct' ? nameOf(room.with) : room.name;
