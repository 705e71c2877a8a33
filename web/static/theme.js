// The chosen theme and language, before the first paint; lib/ui/theme.svelte.ts and lib/i18n keep them from then on.
try {
  var theme = localStorage.getItem('smalltalk.theme');
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
  var locale = localStorage.getItem('smalltalk.locale') || (navigator.languages || [navigator.language]).join(',');
  if (!/^ko\b/i.test(locale)) document.documentElement.lang = /\bko\b/i.test(locale) ? 'ko' : 'en';
} catch (blocked) {
  // Without storage the system's choice holds.
}
