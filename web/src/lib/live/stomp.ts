// Of the STOMP client only what is used: whoever loads it by import() gets all that this file names.
export { Client, Versions } from '@stomp/stompjs';
