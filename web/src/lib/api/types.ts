// What crosses the wire, as docs/protocol.md has it.

export interface Page<Item> {
  items: Item[];
  cursor: string | null;
}

export interface Person {
  id: string;
  /** Null when the account was deleted: see lib/accounts/nameOf.ts. */
  nickname: string | null;
  statusLine?: string | null;
  isOnline?: boolean;
}

export interface Me {
  id: string;
  nickname: string;
  email: string | null;
  statusLine: string | null;
  language: 'ko' | 'en';
  isAdministrator: boolean;
  createdAt: string;
}

export interface Tokens {
  accessToken: string;
  refreshToken: string;
  expiresAt: string;
  user: Me;
}

export interface SessionView {
  id: string;
  device: string;
  createdAt: string;
  lastSeenAt: string;
  isCurrent: boolean;
}

export interface Category {
  slug: string;
  name: string;
  nameKo: string;
  nameEn: string;
  icon: string;
  roomCount: number;
}

export type JoinRule = 'open' | 'password' | 'invitation';
export type Role = 'owner' | 'moderator' | 'member';

export interface LastMessage {
  seq: number;
  sender: Person;
  text: string;
  createdAt: string;
  deletedAt?: string | null;
}

export interface MyMembership {
  role: Role;
  joinedAt: string;
  leftAt?: string | null;
  lastVisitedAt: string | null;
  readSeq: number;
  unread: number;
}

export interface Room {
  id: string;
  kind: 'group' | 'direct';
  name: string;
  description: string;
  /** Null in a direct room. */
  category: string | null;
  tags: string[];
  owner: Person | null;
  joinRule: JoinRule;
  listed: boolean;
  memberCount: number;
  memberLimit: number;
  here: number;
  createdAt: string;
  lastMessageAt: string | null;
  lastMessage: LastMessage | null;
  canRead: boolean;
  lastSeq: number;
  version: number;
  epoch: string;
  me: MyMembership | null;
  with: Person | null;
}

export interface Member {
  user: Person;
  role: Role;
  joinedAt: string;
}

export interface RoomDraft {
  name: string;
  category: string;
  description?: string;
  tags?: string[];
  joinRule?: JoinRule;
  listed?: boolean;
  password?: string;
  memberLimit?: number;
}

export type RoomSort = 'active' | 'new' | 'popular';
export interface RoomQuery {
  query?: string;
  category?: string;
  tag?: string;
  sort?: RoomSort;
  cursor?: string | null;
  limit?: number;
}

export interface Message {
  type: 'message';
  roomId: string;
  seq: number;
  version: number;
  clientId: string;
  sender: Person;
  text: string;
  replyTo?: number | null;
  createdAt: string;
  editedAt?: string | null;
  deletedAt?: string | null;
  hidden?: boolean;
}

export interface MessagePage {
  items: Message[];
  lastSeq: number;
  version: number;
  epoch: string;
}

export interface MessageDraft {
  clientId: string;
  text: string;
  replyTo?: number | null;
}

export interface ReadMark {
  userId: string;
  seq: number;
}

export type FriendState = 'friends' | 'incoming' | 'outgoing';
export interface Friend {
  user: Person;
  state: FriendState;
  since: string;
  directRoomId?: string | null;
}

export interface Block {
  user: Person;
  since: string;
}

export type Relation = 'created' | 'joined' | 'left' | 'direct';

/** What comes on /user/queue/events. */
export type LiveEvent =
  | { type: 'room'; roomId: string; lastSeq: number; lastMessage: LastMessage | null; unread: number }
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
