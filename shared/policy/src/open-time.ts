import { PolicyError } from './errors';
import {
  DAY_MS,
  dateKey,
  dateOf,
  dayNumberOf,
  dayNumberOfKey,
  instantOf,
  localAt,
  nextTransition,
  offsetAt,
  steadyOffset,
  weekdayOf,
  yearlyKey,
} from './local-time';
import type { Calendar } from './types';

/** Half-open span of UTC ms. */
export type Span = [from: number, to: number];

const ROUND_THE_CLOCK: ReadonlyArray<readonly [number, number]> = [[0, 86_400]];
const NEVER: ReadonlyArray<readonly [number, number]> = [];

/** Weekdays, dates and 29 February meet again within 40 years: what is closed so long never opens. */
const MAX_CLOSED_DAYS = 40 * 366;

/** Whether the calendar has exceptions to its week at all. */
function isPlain(calendar: Calendar): boolean {
  return calendar.yearly.length === 0 && specialDaysOf(calendar).length === 0;
}

/** Whether nothing ever closes: then business time is plain time. */
export function isRoundTheClock(calendar: Calendar): boolean {
  return calendar.always && isPlain(calendar);
}

function specialDaysOf(calendar: Calendar): number[] {
  return (
    calendar.specialDays ??
    Object.keys(calendar.days)
      .map(dayNumberOfKey)
      .sort((a, b) => a - b)
  );
}

/** First index whose value is at least `value`. */
function lowerBound(sorted: number[], value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

function weekdayWindows(calendar: Calendar, weekday: number): ReadonlyArray<readonly [number, number]> {
  return calendar.always ? ROUND_THE_CLOCK : (calendar.week[weekday] ?? NEVER);
}

/** Windows of a local day as seconds of the wall clock. */
function windowsOf(calendar: Calendar, day: number): ReadonlyArray<readonly [number, number]> {
  const special = specialDaysOf(calendar);
  if (special.length > 0 && special[lowerBound(special, day)] === day) return calendar.days[dateKey(day)] ?? NEVER;
  if (calendar.yearly.length > 0) {
    const date = dateOf(day);
    if (calendar.yearly.includes(yearlyKey(date.month, date.day))) return NEVER;
  }
  return weekdayWindows(calendar, weekdayOf(day));
}

/** Open spans of a local day in order, never overlapping, none of them empty. */
export function spansOf(calendar: Calendar, day: number): Span[] {
  const windows = windowsOf(calendar, day);
  if (windows.length === 0) return [];
  const offset = steadyOffset(calendar, day);
  if (offset !== undefined) {
    const midnight = day * DAY_MS - offset;
    return windows.map(([opens, closes]) => [midnight + opens * 1000, midnight + closes * 1000]);
  }
  // Clocks change near: a hole can swallow a window or push it into the next one, hence the clipping.
  const dayEnd = instantOf(calendar, day + 1, 0);
  let open = instantOf(calendar, day, 0);
  const spans: Span[] = [];
  for (const [opens, closes] of windows) {
    const from = Math.max(open, instantOf(calendar, day, opens * 1000));
    const to = Math.min(dayEnd, instantOf(calendar, day, closes * 1000));
    if (to <= from) continue;
    spans.push([from, to]);
    open = to;
  }
  return spans;
}

/** Open ms of a week without exceptions and clock changes. */
function weekMsOf(calendar: Calendar): number {
  let seconds = 0;
  for (let weekday = 0; weekday < 7; weekday++) {
    for (const [opens, closes] of weekdayWindows(calendar, weekday)) seconds += closes - opens;
  }
  return seconds * 1000;
}

/** How many whole weeks from `day` on have neither an exception nor a clock change. */
function regularWeeksFrom(calendar: Calendar, day: number): number {
  const special = specialDaysOf(calendar);
  const dayStart = (day - 1) * DAY_MS;
  let until = special[lowerBound(special, day)] ?? Infinity;
  const change = nextTransition(calendar, dayStart);
  until = Math.min(until, Math.floor((change + offsetAt(calendar, dayStart)) / DAY_MS) - 1);
  if (calendar.yearly.length > 0) {
    const { year } = dateOf(day);
    for (const key of calendar.yearly) {
      const month = Number(key.slice(0, 2));
      const date = Number(key.slice(3, 5));
      const thisYear = dayNumberOf(year, month, date);
      until = Math.min(until, thisYear >= day ? thisYear : dayNumberOf(year + 1, month, date));
    }
  }
  return Math.max(0, Math.floor((until - day) / 7));
}

function neverOpen(): PolicyError {
  return new PolicyError('calendar_never_open', 'the calendar has no opening time from here on');
}

/** Refuses a calendar without any window (`calendar_never_open`). */
export function assertOpens(calendar: Calendar): void {
  if (calendar.always || calendar.week.some((windows) => windows.length > 0)) return;
  if (!Object.values(calendar.days).some((windows) => windows.length > 0)) throw neverOpen();
}

/** Refuses what is not an instant (`invalid_instant`); it would never be reached. */
export function assertInstant(ms: number): void {
  if (Number.isNaN(ms)) throw new PolicyError('invalid_instant', 'not an instant in UTC ms');
}

/** Earliest instant by which `ms` of open time have passed since `at`. Errors: `calendar_never_open`. */
export function advance(calendar: Calendar, at: number, ms: number): number {
  if (ms === 0 || !Number.isFinite(at)) return at;
  if (isRoundTheClock(calendar)) return at + ms;
  let left = ms;
  let closedDays = 0;
  const today = localAt(calendar, at).day;
  const weekMs = weekMsOf(calendar);
  // A wall clock set back over midnight can leave `at` within the spans of the day before.
  for (let day = today - 1; closedDays < MAX_CLOSED_DAYS; day++) {
    closedDays++;
    for (const [from, to] of spansOf(calendar, day)) {
      if (to <= at) continue;
      closedDays = 0;
      const open = Math.max(from, at);
      if (left <= to - open) return open + left;
      left -= to - open;
    }
    if (weekMs > 0 && left > weekMs && day > today) {
      const weeks = Math.min(Math.ceil(left / weekMs) - 1, regularWeeksFrom(calendar, day + 1));
      left -= weeks * weekMs;
      day += weeks * 7;
    }
  }
  throw neverOpen();
}

/** Latest instant since which `ms` of open time have passed until `at`. Errors: `calendar_never_open`. */
export function retreat(calendar: Calendar, at: number, ms: number): number {
  if (ms === 0 || !Number.isFinite(at)) return at;
  if (isRoundTheClock(calendar)) return at - ms;
  let left = ms;
  let closedDays = 0;
  for (let day = localAt(calendar, at).day + 1; closedDays < MAX_CLOSED_DAYS; day--) {
    closedDays++;
    for (const [from, to] of spansOf(calendar, day).reverse()) {
      if (from >= at) continue;
      closedDays = 0;
      const close = Math.min(to, at);
      if (left <= close - from) return close - left;
      left -= close - from;
    }
  }
  throw neverOpen();
}

/** Open ms between two instants; 0 when they are not in order, Infinity when `to` is. */
export function openMs(calendar: Calendar, from: number, to: number): number {
  if (to <= from) return 0;
  if (to === Infinity || isRoundTheClock(calendar)) return to - from;
  let total = 0;
  const lastDay = localAt(calendar, to).day + 1;
  const firstDay = localAt(calendar, from).day - 1;
  const weekMs = weekMsOf(calendar);
  for (let day = firstDay; day <= lastDay; day++) {
    for (const [opens, closes] of spansOf(calendar, day)) {
      if (closes > from && opens < to) total += Math.min(closes, to) - Math.max(opens, from);
    }
    if (day >= firstDay + 2 && lastDay - day > 9) {
      const weeks = Math.min(Math.floor((lastDay - day - 2) / 7), regularWeeksFrom(calendar, day + 1));
      total += weeks * weekMs;
      day += weeks * 7;
    }
  }
  return total;
}

/** The instant itself when open, else the next opening. Errors: `calendar_never_open`. */
export function nextOpen(calendar: Calendar, at: number): number {
  if (!Number.isFinite(at) || isRoundTheClock(calendar)) return at;
  const { day: today } = localAt(calendar, at);
  for (let day = today - 1; day < today + MAX_CLOSED_DAYS; day++) {
    for (const [from, to] of spansOf(calendar, day)) {
      if (to > at) return Math.max(from, at);
    }
  }
  throw neverOpen();
}

/** Spans of the n-th working day after `day` (before it when negative). Errors: `calendar_never_open`. */
function nthWorkingDay(calendar: Calendar, day: number, n: number): { day: number; spans: Span[] } {
  const step = Math.sign(n);
  let left = Math.abs(n);
  let closedDays = 0;
  for (let candidate = day + step; closedDays < MAX_CLOSED_DAYS; candidate += step) {
    const spans = spansOf(calendar, candidate);
    closedDays = spans.length > 0 ? 0 : closedDays + 1;
    if (spans.length > 0 && --left === 0) return { day: candidate, spans };
  }
  throw neverOpen();
}

/**
 * `n` working days from `at`; a day with any window is one. `endOfDay` is the close of the n-th day after the day
 * of `at`. `sameTime` keeps the local time, clipped to that day's first opening and last close; from a closed day
 * it is a whole working day: its close (its opening when `n` is negative). Errors: `calendar_never_open`.
 */
export function addWorkingDays(calendar: Calendar, at: number, n: number, mode: 'endOfDay' | 'sameTime'): number {
  if (!Number.isFinite(at) || (n === 0 && mode === 'sameTime')) return at;
  const { day, timeMs } = localAt(calendar, at);
  const today = spansOf(calendar, day);
  const todaysClose = today.at(-1)?.[1] ?? -Infinity;
  if (n === 0 && todaysClose >= at) return todaysClose;
  const target = nthWorkingDay(calendar, day, n === 0 ? 1 : n);
  const opens = target.spans[0]![0];
  const closes = target.spans.at(-1)![1];
  if (mode === 'endOfDay') return closes;
  if (today.length === 0) return n > 0 ? closes : opens;
  return Math.min(closes, Math.max(opens, instantOf(calendar, target.day, timeMs)));
}

/** The same local time `n` calendar days on. */
export function addCalendarDays(calendar: Calendar, at: number, n: number): number {
  if (!Number.isFinite(at)) return at;
  const { day, timeMs } = localAt(calendar, at);
  return n === 0 ? at : instantOf(calendar, day + n, timeMs);
}
