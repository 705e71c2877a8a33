// A room's stream on the live connection, as its listener sees it.
import type { Message, Refusal, Role } from '#lib/api';

/** What comes on /topic/rooms/{roomId}. */
export type RoomEvent =
  | Message
  | { type: 'reset'; roomId: string; epoch: string; version: number }
  | { type: 'typing'; roomId: string; user: { id: string; nickname: string } }
  | { type: 'read'; roomId: string; userId: string; seq: number }
  | { type: 'here'; roomId: string; here: number }
  | {
      type: 'member';
      roomId: string;
      change: 'joined' | 'left' | 'kicked' | 'role';
      user: { id: string; nickname: string };
      role?: Role;
      memberCount: number;
    }
  | { type: 'room'; roomId: string };

export interface RoomStream {
  /** Where to go on from; null is live only. Asked again at each connection. */
  place(): { version: number; epoch: string } | null;
  event(event: RoomEvent): void;
  /** The subscription stands; the room was at this version. */
  subscribed(version: number, epoch: string): void;
  /** The server refused or ended it. It is not asked for again. */
  ended(refusal: Refusal): void;
}
