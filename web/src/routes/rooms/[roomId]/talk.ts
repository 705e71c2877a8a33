// What only who may read and write in a room needs: loaded beside the room's first answer, and not by who stands at its door.
export { default as Composer } from '#lib/messages/Composer.svelte';
export { default as Conversation } from '#lib/timeline/Conversation.svelte';
