export { chooseLocale, locale, locales, startForms, startLocale, t, type Key, type Locale } from './messages.svelte';
export { dayKey, formatClock, formatCount, formatDay, formatDateTime, formatListTime, formatRelative } from './times';
