// Every call of docs/protocol.md, by noun. A call answers with what it names or with a Refusal; what answers with
// nothing of interest gives null when it is done.
import { act, request } from './request';
import type {
  Block,
  Categories,
  Friend,
  FriendState,
  Me,
  Member,
  Message,
  MessageDraft,
  MessagePage,
  MessageQuery,
  Page,
  ProfileChanges,
  Reads,
  Relation,
  Room,
  RoomChanges,
  RoomDraft,
  RoomQuery,
  SessionView,
  SignUp,
  Tokens,
  UnreadTotal,
  WhoIsHere,
} from './types';

export { onSessionLost } from './request';
export { Refusal } from './refusal';
export type * from './events';
export type * from './types';

interface Paging {
  query?: string;
  cursor?: string | null;
  limit?: number;
}

export const api = {
  session: {
    who: () => request<WhoIsHere>('GET', '/api/session'),
    start: (nickname: string, password: string) =>
      request<Tokens>('POST', '/api/session', { body: { nickname, password }, renew: false }),
    end: () => act('DELETE', '/api/session', { renew: false }),
  },
  accounts: {
    create: (body: SignUp) => request<Tokens>('POST', '/api/accounts', { body, renew: false }),
  },
  me: {
    get: () => request<Me>('GET', '/api/me'),
    change: (body: ProfileChanges) => request<Me>('PATCH', '/api/me', { body }),
    changePassword: (currentPassword: string, newPassword: string) =>
      act('PUT', '/api/me/password', { body: { currentPassword, newPassword } }),
    delete: (password: string) => act('DELETE', '/api/me', { body: { password } }),
    sessions: (cursor?: string | null) => request<Page<SessionView>>('GET', '/api/me/sessions', { query: { cursor } }),
    endSession: (id: string) => act('DELETE', `/api/me/sessions/${id}`),
    rooms: (relation: Relation, paging: Paging = {}, signal?: AbortSignal) =>
      request<Page<Room>>('GET', '/api/me/rooms', { query: { relation, ...paging }, signal }),
    unread: () => request<UnreadTotal>('GET', '/api/me/unread'),
  },
  categories: {
    list: () => request<Categories>('GET', '/api/categories'),
  },
  rooms: {
    find: (query: RoomQuery, signal?: AbortSignal) =>
      request<Page<Room>>('GET', '/api/rooms', { query: { ...query }, signal }),
    create: (body: RoomDraft) => request<Room>('POST', '/api/rooms', { body }),
    get: (roomId: string, signal?: AbortSignal) => request<Room>('GET', `/api/rooms/${roomId}`, { signal }),
    change: (roomId: string, body: RoomChanges) => request<Room>('PATCH', `/api/rooms/${roomId}`, { body }),
    delete: (roomId: string) => act('DELETE', `/api/rooms/${roomId}`),
    handOver: (roomId: string, userId: string) =>
      request<Room>('PUT', `/api/rooms/${roomId}/owner`, { body: { userId } }),
    join: (roomId: string, body: { password?: string } = {}) =>
      request<Room>('PUT', `/api/rooms/${roomId}/members/me`, { body }),
    leave: (roomId: string) => act('DELETE', `/api/rooms/${roomId}/members/me`),
    members: (roomId: string, paging: Paging = {}, signal?: AbortSignal) =>
      request<Page<Member>>('GET', `/api/rooms/${roomId}/members`, { query: { ...paging }, signal }),
    kick: (roomId: string, userId: string) => act('DELETE', `/api/rooms/${roomId}/members/${userId}`),
    reads: (roomId: string) => request<Reads>('GET', `/api/rooms/${roomId}/reads`),
    markRead: (roomId: string, seq: number) => act('PUT', `/api/rooms/${roomId}/read`, { body: { seq } }),
  },
  messages: {
    list: (roomId: string, query: MessageQuery = {}, signal?: AbortSignal) =>
      request<MessagePage>('GET', `/api/rooms/${roomId}/messages`, { query, signal }),
    post: (roomId: string, body: MessageDraft) => request<Message>('POST', `/api/rooms/${roomId}/messages`, { body }),
    edit: (roomId: string, seq: number, text: string) =>
      request<Message>('PATCH', `/api/rooms/${roomId}/messages/${seq}`, { body: { text } }),
    delete: (roomId: string, seq: number) => request<Message>('DELETE', `/api/rooms/${roomId}/messages/${seq}`),
  },
  friends: {
    list: (state: FriendState, paging: Paging = {}, signal?: AbortSignal) =>
      request<Page<Friend>>('GET', '/api/friends', { query: { state, ...paging }, signal }),
    ask: (nickname: string) => request<Friend>('POST', '/api/friends', { body: { nickname } }),
    accept: (userId: string) => request<Friend>('PUT', `/api/friends/${userId}`),
    remove: (userId: string) => act('DELETE', `/api/friends/${userId}`),
  },
  blocks: {
    list: (cursor?: string | null) => request<Page<Block>>('GET', '/api/blocks', { query: { cursor } }),
    add: (userId: string) => act('PUT', `/api/blocks/${userId}`),
    remove: (userId: string) => act('DELETE', `/api/blocks/${userId}`),
  },
  directRooms: {
    open: (userId: string) => request<Room>('PUT', `/api/direct-rooms/${userId}`),
  },
};
