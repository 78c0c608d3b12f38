import { PolicyError } from './errors';
import {
  addCalendarDays,
  addWorkingDays,
  advance,
  assertInstant,
  assertOpens,
  nextOpen,
  openMs,
  retreat,
} from './open-time';
import type { Calendar, ClockRule, Pause, Rung, Target } from './types';

/** Longer promises than a thousand years are mistakes. */
const MAX_MS = 1000 * 366 * 86_400_000;
const MAX_DAYS = 1000 * 366;

/** What `dueAt` does with a due instant at a closing time: keep it (default), or move it to the next opening. */
export interface DueOptions {
  boundary?: 'close' | 'next_open';
}

/** A signed distance from an instant: business time in ms, or working days (same local time, clipped). */
export type Shift = { ms: number } | { workingDays: number };

interface ClosedPause {
  from: number;
  to: number;
}

/** Pauses in order, joined where they touch, without empty ones; an open-ended one ends at Infinity. */
function joined(pauses: readonly Pause[]): ClosedPause[] {
  const result: ClosedPause[] = [];
  const spans = pauses.map(({ from, to }) => ({ from, to: to ?? Infinity })).filter(({ from, to }) => to > from);
  for (const span of spans.sort((a, b) => a.from - b.from)) {
    const last = result.at(-1);
    if (last !== undefined && span.from <= last.to) last.to = Math.max(last.to, span.to);
    else result.push(span);
  }
  return result;
}

/** The instant `at`, reached from `startMs` without pauses, put off by the time that stood still on the way. */
function putOff(calendar: Calendar, startMs: number, at: number, pauses: readonly Pause[], wallTime: boolean): number {
  if (pauses.length === 0) return at;
  let due = at;
  for (const { from, to } of joined(pauses)) {
    if (from >= due) break;
    if (to === Infinity) return Infinity;
    const stood = Math.max(from, startMs);
    if (to <= stood) continue;
    due = wallTime ? due + to - stood : advance(calendar, due, openMs(calendar, stood, to));
  }
  return due;
}

function assertTarget(target: Target): void {
  const amount = target.unit === 'businessTime' ? target.ms : target.days;
  const most = target.unit === 'businessTime' ? MAX_MS : MAX_DAYS;
  if (!(amount >= 0 && amount <= most)) {
    throw new PolicyError('invalid_duration', `a target must be between 0 and ${most}, not ${amount}`);
  }
  if (target.unit !== 'businessTime' && !Number.isInteger(amount)) {
    throw new PolicyError('invalid_duration', `a target of ${amount} days is not a whole number of days`);
  }
}

/** Due instant as if nothing stood still. */
function dueWithoutPauses(calendar: Calendar, startMs: number, target: Target): number {
  assertInstant(startMs);
  assertTarget(target);
  if (target.unit === 'calendarDays') return addCalendarDays(calendar, startMs, target.days);
  assertOpens(calendar);
  if (target.unit === 'workingDays') return addWorkingDays(calendar, startMs, target.days, target.at);
  return advance(calendar, startMs, target.ms);
}

/** First instant from `at` on that is open and not paused. */
function nextRunning(calendar: Calendar, at: number, pauses: readonly Pause[]): number {
  let running = nextOpen(calendar, at);
  for (const { from, to } of joined(pauses)) {
    if (from <= running && running < to) running = nextOpen(calendar, to);
  }
  return running;
}

/**
 * When a promise falls due (G5, G6). All instants are UTC ms.
 *
 * `businessTime`: the earliest instant by which `target.ms` of open, unpaused time have passed since `startMs`; so a
 * deadline exactly at closing time stays there, and a target of 0 is due at once. `workingDays`: see
 * `addWorkingDays`. `calendarDays`: the same local time that many days on, round the clock. Pauses before the start
 * or after the due instant do not count; paused business time (wall time for `calendarDays`) puts the deadline off.
 * An open-ended pause that began before the deadline gives `Infinity`.
 *
 * Errors (`PolicyError`): `invalid_duration`, `invalid_instant`, `calendar_never_open`.
 */
export function dueAt(
  calendar: Calendar,
  startMs: number,
  target: Target,
  pauses: readonly Pause[] = [],
  options: DueOptions = {},
): number {
  const wallTime = target.unit === 'calendarDays';
  const due = putOff(calendar, startMs, dueWithoutPauses(calendar, startMs, target), pauses, wallTime);
  return options.boundary === 'next_open' && !wallTime ? nextRunning(calendar, due, pauses) : due;
}

/**
 * Business time in ms between two UTC ms, without pauses (G6); 0 when they are not in order.
 * Errors: `invalid_instant`.
 */
export function elapsed(calendar: Calendar, fromMs: number, toMs: number, pauses: readonly Pause[] = []): number {
  assertInstant(fromMs);
  assertInstant(toMs);
  let total = openMs(calendar, fromMs, toMs);
  if (pauses.length === 0) return total;
  for (const { from, to } of joined(pauses)) total -= openMs(calendar, Math.max(from, fromMs), Math.min(to, toMs));
  return total;
}

/**
 * The latest instant since which `ms` of business time have passed until `atMs` (G6).
 * Errors: `invalid_duration`, `invalid_instant`, `calendar_never_open`.
 */
export function subtract(calendar: Calendar, atMs: number, ms: number): number {
  assertInstant(atMs);
  assertTarget({ unit: 'businessTime', ms });
  assertOpens(calendar);
  return retreat(calendar, atMs, ms);
}

/** `atMs` itself when the calendar is open then, else its next opening (G6). Errors: `calendar_never_open`. */
export function firstOpen(calendar: Calendar, atMs: number): number {
  assertInstant(atMs);
  assertOpens(calendar);
  return nextOpen(calendar, atMs);
}

/**
 * An instant moved on, or back when negative, by business time or by working days at the same local time (G9, G13).
 * Errors: `invalid_duration`, `invalid_instant`, `calendar_never_open`.
 */
export function shift(calendar: Calendar, atMs: number, by: Shift): number {
  assertInstant(atMs);
  assertOpens(calendar);
  if ('workingDays' in by) {
    assertTarget({ unit: 'workingDays', days: Math.abs(by.workingDays), at: 'sameTime' });
    return addWorkingDays(calendar, atMs, by.workingDays, 'sameTime');
  }
  assertTarget({ unit: 'businessTime', ms: Math.abs(by.ms) });
  return by.ms < 0 ? retreat(calendar, atMs, -by.ms) : advance(calendar, atMs, by.ms);
}

/**
 * When a share of a promise has passed (G13): `percent` of its business time, counted from `startMs`; of the wall
 * time for `calendarDays`; 100 is the due instant. Pauses put it off like the deadline itself.
 * Errors: those of `dueAt`.
 */
export function percentAt(
  calendar: Calendar,
  target: Target,
  startMs: number,
  pauses: readonly Pause[],
  percent: number,
): number {
  if (percent === 100) return dueAt(calendar, startMs, target, pauses);
  if (!(percent >= 0)) throw new PolicyError('invalid_duration', `a share of ${percent} % is not possible`);
  const due = dueWithoutPauses(calendar, startMs, target);
  const wallTime = target.unit === 'calendarDays';
  const whole = target.unit === 'businessTime' ? target.ms : wallTime ? due - startMs : openMs(calendar, startMs, due);
  const share = Math.round((whole * percent) / 100);
  const at = wallTime ? startMs + share : advance(calendar, startMs, share);
  return putOff(calendar, startMs, at, pauses, wallTime);
}

/**
 * When a rung of a clock's ladder falls due (G8, G9, G13), in UTC ms: a share of the target, or business time after
 * the due instant (before it when negative). Pauses count only for a pausable clock, after the due instant, too.
 * `Infinity` while the clock stands still before the rung. Errors: those of `dueAt`.
 */
export function rungAt(
  calendar: Calendar,
  rule: ClockRule,
  startMs: number,
  pauses: readonly Pause[],
  rung: Rung,
): number {
  const stops = rule.pausable ? pauses : [];
  if ('percent' in rung.at) return percentAt(calendar, rule.target, startMs, stops, rung.at.percent);
  const due = dueAt(calendar, startMs, rule.target, stops);
  const at = shift(calendar, due, { ms: rung.at.afterDueMs });
  return putOff(calendar, due, at, stops, false);
}
