import type { Person } from '#lib/api';
import { t } from '#lib/i18n';

/** What a person is called here; one whose account was deleted has no name any more. */
export const nameOf = (person: Pick<Person, 'nickname'> | null | undefined): string =>
  person?.nickname ?? t('person.deleted');
