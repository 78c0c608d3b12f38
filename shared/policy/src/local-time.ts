import type { Calendar } from './types';

/** A plain day of 24 h in ms. */
export const DAY_MS = 86_400_000;

/** Day number (1970-01-01 is 0) of a date, by the proleptic Gregorian calendar. */
export function dayNumberOf(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  return (
    era * 146_097 + yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear - 719_468
  );
}

/** Year, month (1–12) and day of month of a day number. */
export function dateOf(dayNumber: number): { year: number; month: number; day: number } {
  const z = dayNumber + 719_468;
  const era = Math.floor(z / 146_097);
  const dayOfEra = z - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const m = Math.floor((5 * dayOfYear + 2) / 153);
  const month = m < 10 ? m + 3 : m - 9;
  const day = dayOfYear - Math.floor((153 * m + 2) / 5) + 1;
  return { year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day };
}

/** Day number of a `YYYY-MM-DD` key. */
export function dayNumberOfKey(key: string): number {
  return dayNumberOf(Number(key.slice(0, 4)), Number(key.slice(5, 7)), Number(key.slice(8, 10)));
}

/** Weekday of a day number, Monday 0 … Sunday 6. */
export function weekdayOf(dayNumber: number): number {
  return (((dayNumber + 3) % 7) + 7) % 7;
}

/** `MM-DD`. */
export function yearlyKey(month: number, day: number): string {
  return `${month < 10 ? '0' : ''}${month}-${day < 10 ? '0' : ''}${day}`;
}

/** `YYYY-MM-DD` of a day number. */
export function dateKey(dayNumber: number): string {
  const { year, month, day } = dateOf(dayNumber);
  return `${String(year).padStart(4, '0')}-${yearlyKey(month, day)}`;
}

/** Index of the offset in force at a UTC instant; before the first one, the first. */
function offsetIndex(offsets: Calendar['offsets'], utcMs: number): number {
  let low = 0;
  let high = offsets.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (offsets[middle]![0] <= utcMs) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Zone offset in ms at a UTC instant. */
export function offsetAt(calendar: Calendar, utcMs: number): number {
  return (calendar.offsets[offsetIndex(calendar.offsets, utcMs)]?.[1] ?? 0) * 1000;
}

/** First UTC instant after `utcMs` at which the zone's offset changes; Infinity if none is known. */
export function nextTransition(calendar: Calendar, utcMs: number): number {
  return calendar.offsets[offsetIndex(calendar.offsets, utcMs) + 1]?.[0] ?? Infinity;
}

/** Local day number and ms since local midnight (by the wall clock) of a UTC instant. */
export function localAt(calendar: Calendar, utcMs: number): { day: number; timeMs: number } {
  const local = utcMs + offsetAt(calendar, utcMs);
  const day = Math.floor(local / DAY_MS);
  return { day, timeMs: local - day * DAY_MS };
}

/** UTC instant of a wall-clock time. A repeated time is its first occurrence; a skipped one moves on by the hole. */
export function instantOf(calendar: Calendar, day: number, timeMs: number): number {
  const local = day * DAY_MS + timeMs;
  const before = offsetAt(calendar, local - DAY_MS);
  const after = offsetAt(calendar, local + DAY_MS);
  const early = local - before;
  if (before === after || offsetAt(calendar, early) === before) return early;
  const late = local - after;
  return offsetAt(calendar, late) === after ? late : early;
}

/** The one offset in ms in force on a local day and around it, or undefined when clocks change near it. */
export function steadyOffset(calendar: Calendar, day: number): number | undefined {
  const from = (day - 1) * DAY_MS;
  const index = offsetIndex(calendar.offsets, from);
  const next = calendar.offsets[index + 1];
  if (next !== undefined && next[0] < from + 3 * DAY_MS) return undefined;
  return (calendar.offsets[index]?.[1] ?? 0) * 1000;
}
