// The words of the interface. One dictionary is in memory, the one in use; `t()` in markup follows a change of language.
// What only forms say is a part of its own, which their pages load before they are shown.
// In a message `{name}` stands for a value and `{name|one/other}` for a choice that the value makes: in Korean the
// particle that fits it ({name}{name|이/가}), in English the singular or the plural ({count} {count|person/people}).
import { particle } from './particle';
import type { FormMessages } from './forms.ko';
import type { Messages } from './ko';

export type Key = keyof Messages | keyof FormMessages;
export type Locale = 'ko' | 'en';
export const locales: Record<Locale, string> = { ko: '한국어', en: 'English' };

const storageKey = 'smalltalk.locale';
const dictionaries: Record<Locale, () => Promise<Messages>> = {
  ko: () => import('./ko').then((m) => m.messages),
  en: () => import('./en').then((m) => m.messages),
};
const formDictionaries: Record<Locale, () => Promise<FormMessages>> = {
  ko: () => import('./forms.ko').then((m) => m.forms),
  en: () => import('./forms.en').then((m) => m.forms),
};

let current = $state.raw<{ locale: Locale; messages: Messages & Partial<FormMessages> }>({
  locale: 'ko',
  messages: {} as Messages,
});
let starting: Promise<void> | undefined;
let withForms = false;

export const locale = () => current.locale;

/** Loads the remembered language, else the first that the browser asks for and we have. */
export function startLocale(): Promise<void> {
  return (starting ??= show(remembered() ?? fromBrowser()).catch((error: unknown) => {
    starting = undefined; // the next page asks again
    throw error;
  }));
}

/** The words of forms too, from now on. */
export async function startForms(): Promise<void> {
  withForms = true;
  await startLocale();
  if (!current.messages['account.nickname']) await show(current.locale);
}

export async function chooseLocale(chosen: Locale): Promise<void> {
  try {
    localStorage.setItem(storageKey, chosen);
  } catch {
    // Storage is blocked: the choice holds until the page is left.
  }
  await show(chosen);
}

async function show(chosen: Locale) {
  const [messages, forms] = await Promise.all([
    dictionaries[chosen](),
    withForms ? formDictionaries[chosen]() : undefined,
  ]);
  current = { locale: chosen, messages: { ...messages, ...forms } };
  document.documentElement.lang = chosen;
}

function remembered(): Locale | null {
  try {
    const stored = localStorage.getItem(storageKey);
    return stored === 'ko' || stored === 'en' ? stored : null;
  } catch {
    return null;
  }
}

function fromBrowser(): Locale {
  return navigator.languages.some((tag) => /^ko\b/i.test(tag)) ? 'ko' : 'en';
}

export function t(key: Key, values: Record<string, string | number> = {}): string {
  return fill(current.messages[key] ?? key, values, current.locale);
}

const plurals = new Intl.PluralRules('en');

export function fill(message: string, values: Record<string, string | number>, language: Locale): string {
  return message.replace(/\{(\w+)(?:\|([^}]*))?\}/g, (_, name: string, choice?: string) => {
    const value = values[name] ?? '';
    if (choice === undefined) return typeof value === 'number' ? value.toLocaleString(language) : value;
    if (language === 'ko') return particle(String(value), choice);
    const [one = '', other = ''] = choice.split('/');
    return plurals.select(Number(value)) === 'one' ? one : other;
  });
}
