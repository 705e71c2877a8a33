// What comes over STOMP beside messages, as docs/protocol.md has it.
import type { FriendState, LastMessage, Person, Role } from './types';

/** What comes on /user/queue/events. */
export type LiveEvent =
  | { type: 'room'; roomId: string; lastSeq: number; version: number; lastMessage: LastMessage | null; unread: number }
  | { type: 'read'; roomId: string; readSeq: number; unread: number }
  | {
      type: 'membership';
      roomId: string;
      change: 'joined' | 'left' | 'kicked' | 'deleted' | 'role';
      role?: Role;
    }
  | { type: 'friend'; change: FriendState | 'removed'; user: Person }
  | { type: 'presence'; userId: string; isOnline: boolean }
  | { type: 'profile' };

/** What comes on /topic/lobby. */
export interface LobbyEvent {
  type: 'lobby';
  rooms: { roomId: string; memberCount: number; here: number; lastMessageAt: string | null }[];
}
