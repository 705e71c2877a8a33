export { live, type LiveState, type RoomEvent, type RoomStream } from './live.svelte';
export { pollWithoutSocket } from './polling.svelte';
