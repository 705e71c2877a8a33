// Times as people say them: 오후 3:05, 어제, 11월 3일; 3:05 PM, Yesterday, Nov 3. Days are the reader's own days.
import { locale, t } from './messages.svelte';

const formats = new Map<string, Intl.DateTimeFormat>();

function format(options: Intl.DateTimeFormatOptions, date: Date): string {
  const key = locale() + JSON.stringify(options);
  let format = formats.get(key);
  if (!format) formats.set(key, (format = new Intl.DateTimeFormat(locale(), options)));
  return format.format(date);
}

/** The reader's calendar day of a time, as something to compare and to key by: "2026-3-9". */
export function dayKey(time: string | Date): string {
  const date = new Date(time);
  return `${date.getFullYear()}-${date.getMonth() + 1}-${date.getDate()}`;
}

function daysAgo(date: Date, now: Date): number {
  const noon = (d: Date) => new Date(d.getFullYear(), d.getMonth(), d.getDate(), 12).getTime();
  return Math.round((noon(now) - noon(date)) / 86_400_000);
}

/** 오후 3:05 · 3:05 PM */
export function formatClock(time: string | Date): string {
  return format({ hour: 'numeric', minute: '2-digit' }, new Date(time));
}

/** The line between days: 오늘, 어제, 11월 3일 화요일, 2025년 11월 3일 월요일 */
export function formatDay(time: string | Date, now = new Date()): string {
  const date = new Date(time);
  const ago = daysAgo(date, now);
  if (ago === 0) return t('time.today');
  if (ago === 1) return t('time.yesterday');
  const year = date.getFullYear() === now.getFullYear() ? {} : ({ year: 'numeric' } as const);
  return format({ ...year, month: 'long', day: 'numeric', weekday: 'long' }, date);
}

/** In a list row, as short as it can be: 오후 3:05, 어제, 11월 3일, 2025. 11. 3. */
export function formatListTime(time: string | Date, now = new Date()): string {
  const date = new Date(time);
  const ago = daysAgo(date, now);
  if (ago === 0) return formatClock(date);
  if (ago === 1) return t('time.yesterday');
  if (date.getFullYear() === now.getFullYear()) return format({ month: 'short', day: 'numeric' }, date);
  return format({ year: 'numeric', month: 'numeric', day: 'numeric' }, date);
}

/** In full, for tooltips and screen readers: 2026년 11월 3일 화요일 오후 3:05 */
export function formatDateTime(time: string | Date): string {
  return format(
    { year: 'numeric', month: 'long', day: 'numeric', weekday: 'long', hour: 'numeric', minute: '2-digit' },
    new Date(time),
  );
}

/** 방금, 5분 전, 3시간 전, 어제, 11월 3일 */
export function formatRelative(time: string | Date, now = new Date()): string {
  const date = new Date(time);
  const minutes = Math.floor((now.getTime() - date.getTime()) / 60_000);
  if (minutes < 1) return t('time.now');
  const relative = new Intl.RelativeTimeFormat(locale(), { numeric: 'auto', style: 'short' });
  if (minutes < 60) return relative.format(-minutes, 'minute');
  const ago = daysAgo(date, now);
  if (ago === 0 || minutes < 360) return relative.format(-Math.floor(minutes / 60), 'hour');
  if (ago < 7) return relative.format(-ago, 'day');
  return formatListTime(date, now);
}

/** Unread counts are exact up to 999. */
export function formatCount(count: number): string {
  return count > 999 ? '999+' : count.toLocaleString(locale());
}
