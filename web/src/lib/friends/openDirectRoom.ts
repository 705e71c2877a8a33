import { goto } from '$app/navigation';
import { api, Refusal } from '#lib/api';
import { myRooms } from '#lib/rooms/myRooms.svelte';
import { toast } from '#lib/ui/toast.svelte';

/** Opens the one room of two friends; it comes to be when first asked for. */
export async function openDirectRoom(userId: string): Promise<void> {
  const room = await api.directRooms.open(userId);
  if (room instanceof Refusal) return toast(room.title);
  myRooms.put(room);
  await goto(`/rooms/${room.id}`);
}
