// What was typed and not sent, room by room. In localStorage, because it must be there with the first paint of the
// composer and be written before the page is gone.
import { session } from '#lib/accounts/session.svelte';

const prefix = 'smalltalk.draft.';
const keyOf = (roomId: string) => `${prefix}${session.me?.id ?? ''}.${roomId}`;

export function draftOf(roomId: string): string {
  try {
    return localStorage.getItem(keyOf(roomId)) ?? '';
  } catch {
    return '';
  }
}

export function keepDraft(roomId: string, text: string): void {
  try {
    if (text.trim()) localStorage.setItem(keyOf(roomId), text);
    else localStorage.removeItem(keyOf(roomId));
  } catch {
    // Without storage a draft lives as long as its page.
  }
}

export function forgetDrafts(): void {
  try {
    for (const key of Object.keys(localStorage)) if (key.startsWith(prefix)) localStorage.removeItem(key);
  } catch {
    // Nothing was kept.
  }
}
