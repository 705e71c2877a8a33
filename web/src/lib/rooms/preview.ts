import { nameOf } from '#lib/accounts/nameOf';
import { session } from '#lib/accounts/session.svelte';
import type { Room } from '#lib/api';
import { t } from '#lib/i18n';

/** The last message of a room in one line: who (in a group) and what, its line breaks gone. */
export function preview(room: Room): { text: string; own: boolean } {
  const last = room.lastMessage;
  if (!last) return { text: t(room.lastMessageAt ? 'room.noPreview' : 'room.noMessages'), own: true };
  if (last.deletedAt) return { text: t('room.deletedMessage'), own: true };
  const text = last.text.replace(/\s+/g, ' ');
  if (room.kind === 'direct') return { text, own: false };
  const sender = last.sender.id === session.me?.id ? t('person.me') : nameOf(last.sender);
  return { text: `${sender}: ${text}`, own: false };
}
