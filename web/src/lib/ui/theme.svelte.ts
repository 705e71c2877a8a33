// Light, dark, or as the system has it. static/theme.js applies the remembered choice before the first paint.
export type Theme = 'system' | 'light' | 'dark';

const storageKey = 'smalltalk.theme';

function remembered(): Theme {
  try {
    const stored = localStorage.getItem(storageKey);
    return stored === 'light' || stored === 'dark' ? stored : 'system';
  } catch {
    return 'system';
  }
}

let chosen = $state<Theme>(remembered());

export const theme = () => chosen;

export function chooseTheme(theme: Theme): void {
  chosen = theme;
  if (theme === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  try {
    if (theme === 'system') localStorage.removeItem(storageKey);
    else localStorage.setItem(storageKey, theme);
  } catch {
    // Storage is blocked: the choice holds until the page is left.
  }
  showBarColor();
}

/** The phone's own bars take the colour of the paper below them. */
export function showBarColor(): void {
  const color = getComputedStyle(document.documentElement).getPropertyValue('--color-surface').trim();
  for (const meta of document.querySelectorAll('meta[name="theme-color"]')) meta.setAttribute('content', color);
}
