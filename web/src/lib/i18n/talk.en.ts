import type { talk as ko } from './talk.ko';

export const talk: Record<keyof typeof ko, string> = {
  'talk.message': 'Message',
  'talk.send': 'Send',
};
