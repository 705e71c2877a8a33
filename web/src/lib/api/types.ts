// What crosses the wire. The HTTP interface describes itself (schema.d.ts, made by `npm run api`), here its parts get the
// names by which this client speaks of them; what comes over STOMP stands in events.ts.
import type { components, paths } from './schema';

type Schemas = components['schemas'];
type QueryOf<Path extends keyof paths> = paths[Path] extends { get: { parameters: { query?: infer Query } } }
  ? NonNullable<Query>
  : never;

export interface Page<Item> {
  items: Item[];
  cursor: string | null;
}

/** The nickname is null when the account was deleted: see lib/accounts/nameOf.ts. */
export type Person = Schemas['Person'];

export type Me = Schemas['Me'];
export type ProfileChanges = Schemas['ProfileRequest'];
export type SignUp = Schemas['SignUpRequest'];
export type Tokens = Schemas['Tokens'];
export type WhoIsHere = Schemas['WhoIsHere'];
export type SessionView = Schemas['SessionView'];

export type Category = Schemas['CategoryView'];
export type Categories = Schemas['CategoriesView'];

export type JoinRule = Schemas['JoinRule'];
export type Role = Schemas['Role'];
export type LastMessage = Schemas['LastMessageView'];
export type MyMembership = Schemas['MyMembershipView'];
export type Room = Schemas['RoomView'];
export type RoomDraft = Schemas['NewRoomRequest'];
export type RoomChanges = Schemas['RoomChanges'];
export type RoomQuery = Omit<QueryOf<'/api/rooms'>, 'cursor'> & { cursor?: string | null };
export type RoomSort = NonNullable<RoomQuery['sort']>;

export type Member = Schemas['MemberView'];
export type ReadMark = Schemas['ReadView'];
export type Reads = Schemas['ReadsView'];

export type Message = Schemas['MessageView'];
export type MessagePage = Schemas['HistoryView'];
export type MessageDraft = Schemas['PostRequest'];
export type MessageQuery = QueryOf<'/api/rooms/{roomId}/messages'>;

export type FriendState = Schemas['FriendState'];
export type Friend = Schemas['FriendView'];
export type Block = Schemas['BlockView'];

export type Relation = NonNullable<QueryOf<'/api/me/rooms'>['relation']>;
export type UnreadTotal = Schemas['UnreadTotal'];

export type Problem = Schemas['ProblemDetails'];
