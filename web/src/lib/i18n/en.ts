import type { Messages } from './ko';
import { talk } from './talk.en';

export const messages: Messages = {
  'app.name': 'SmallTalk',
  'app.motto': 'Pull up a cushion and talk about what you love',
  'app.skip': 'Skip to content',

  'nav.label': 'Main',
  'nav.discover': 'Discover',
  'nav.chats': 'Chats',
  'nav.friends': 'Friends',
  'nav.settings': 'Settings',
  'nav.back': 'Back',

  'person.deleted': '(deleted)',

  'time.now': 'just now',
  'time.today': 'Today',
  'time.yesterday': 'Yesterday',

  'refusal.offline': 'The server could not be reached. Please check your connection.',
  'refusal.failed': 'Something went wrong. Please try again in a moment.',

  'action.retry': 'Try again',
  'action.cancel': 'Cancel',
  'action.close': 'Close',
  'action.save': 'Save',
  'action.more': 'More',

  'field.show': 'Show password',
  'field.hide': 'Hide password',
  'field.optional': 'optional',

  'state.loading': 'Loading',
  'state.offline': 'You are offline. This goes on as soon as you are back.',

  'missing.title': 'There is nothing here',
  'missing.text': 'The address has changed, or the place is gone.',
  'missing.home': 'Back to the start',
  'failure.title': 'This page could not be shown',
  'failure.text': 'It may be a passing problem. Please load it again.',
  'failure.reload': 'Reload',

  ...talk,
};
