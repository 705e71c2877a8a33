/** What the room's screen says: conversation, composer, people. */
export const talk = {
  'talk.message': '메시지',
  'talk.send': '보내기',
};
