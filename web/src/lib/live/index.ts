export { live, type LiveState, type RoomEvent, type RoomStream } from './live.svelte';
