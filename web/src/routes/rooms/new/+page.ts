import { startForms } from '#lib/i18n';

export const load = () => startForms();
