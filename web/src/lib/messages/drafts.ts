// What was typed and not sent, room by room. In localStorage, because it must be there with the first paint of the
// composer and be written before the page is gone.
const prefix = 'smalltalk.draft.';

export function draftOf(roomId: string): string {
  try {
    return localStorage.getItem(prefix + roomId) ?? '';
  } catch {
    return '';
  }
}

export function keepDraft(roomId: string, text: string): void {
  try {
    if (text.trim()) localStorage.setItem(prefix + roomId, text);
    else localStorage.removeItem(prefix + roomId);
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
