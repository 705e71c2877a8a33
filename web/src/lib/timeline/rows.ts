// How a run of messages is laid out: which ones belong together, where a day begins, where I had read to. A row is what
// one element of the conversation shows. Rows depend on their neighbours, so the oldest message held is not shown while
// there are older ones to load: it only tells how its follower begins. So no row that is shown ever changes its height
// because older messages came in above it.
import type { Message } from '#lib/api';
import { dayKey } from '#lib/i18n/times';
import type { Outgoing } from '#lib/messages/outbox.svelte';

export interface Row {
  key: string;
  message: Message | null;
  /** Mine and on its way, when it is not a message yet. */
  outgoing: Outgoing | null;
  seq: number | null;
  mine: boolean;
  createdAt: string;
  senderId: string;
  /** A new day begins above this row. */
  beginsDay: boolean;
  /** What is below, I have not read. */
  unreadAbove: boolean;
  /** First and last of what one person said in one go. */
  startsGroup: boolean;
  endsGroup: boolean;
}

export interface RowOptions {
  me: string | null;
  outgoing?: readonly Outgoing[];
  /** The newest seq that I had read when I came in; null shows no line. */
  readSeq?: number | null;
  hasOlder: boolean;
}

const groupMilliseconds = 5 * 60_000;

export function rowsOf(messages: readonly Message[], options: RowOptions): Row[] {
  const { me, outgoing = [], readSeq = null, hasOlder } = options;
  const rows: Row[] = [];
  let lined = readSeq === null;
  let before: Row | null = null;
  const add = (row: Row) => {
    if (before) {
      row.beginsDay = dayKey(before.createdAt) !== dayKey(row.createdAt);
      row.startsGroup =
        row.beginsDay ||
        row.unreadAbove ||
        before.senderId !== row.senderId ||
        Date.parse(row.createdAt) - Date.parse(before.createdAt) >= groupMilliseconds;
      before.endsGroup = row.startsGroup;
    }
    rows.push(row);
    before = row;
  };

  for (const message of messages) {
    const mine = message.sender.id === me;
    // Below what I read comes something that is not my own: here the line goes.
    const unreadAbove = !lined && !mine && message.seq > readSeq! && readSeq! > 0;
    if (unreadAbove) lined = true;
    add({
      key: mine ? message.clientId : String(message.seq),
      message,
      outgoing: null,
      seq: message.seq,
      mine,
      createdAt: message.createdAt,
      senderId: message.sender.id,
      beginsDay: true,
      unreadAbove,
      startsGroup: true,
      endsGroup: true,
    });
  }
  if (hasOlder) rows.shift();

  if (outgoing.length > 0) {
    const arrived = new Set(messages.slice(-200).map((message) => message.clientId));
    for (const item of outgoing)
      if (!arrived.has(item.clientId))
        add({
          key: item.clientId,
          message: null,
          outgoing: item,
          seq: null,
          mine: true,
          createdAt: item.createdAt,
          senderId: item.userId,
          beginsDay: true,
          unreadAbove: false,
          startsGroup: true,
          endsGroup: true,
        });
  }
  return rows;
}
