export { live, type LiveState } from './live.svelte';
export { pollWithoutSocket } from './polling.svelte';
export type { RoomEvent, RoomStream } from './roomStream';
