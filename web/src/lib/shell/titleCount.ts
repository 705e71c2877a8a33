import { formatCount } from '#lib/i18n';
import { myRooms } from '#lib/rooms/myRooms.svelte';

/** "(3) " before the title of the tab while something is unread. */
export function titleCount(): string {
  return myRooms.unread > 0 ? `(${formatCount(myRooms.unread)}) ` : '';
}
