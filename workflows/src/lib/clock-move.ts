import { type Calendar, type ClockRule, elapsed, subtract } from '@duban/policy';
import type { Clock, Stop } from './clocks';

/** A running clock's new rule, and the calendars it was and will be counted by. */
export interface Move {
  rule: ClockRule;
  before: Calendar;
  after: Calendar;
  at: number;
}

/**
 * Puts a running or paused clock under another rule (G5). The business time it has used stays used: it is counted on
 * from the instant at which the new calendar would have used as much. Working and calendar days count from the day on
 * which the clock began. The caller computes the instants anew, then calls `settleRungs`.
 */
export function moveClock(clock: Clock, { rule, before, after, at }: Move): void {
  const stops = stopsOf(clock);
  if (clock.rule.target.unit === 'businessTime' && rule.target.unit === 'businessTime') {
    const used = elapsed(before, clock.countedFrom, at, stops);
    // Who was in time is not late before the move: more than the whole target cannot have been used.
    const counted = clock.breachedAt === undefined ? Math.min(used, rule.target.ms) : used;
    clock.countedFrom = subtract(after, at, counted);
    clock.pauses = [];
  } else clock.pauses = stops.map((pause) => ({ ...pause, to: pause.to ?? at }));
  clock.state = 'running';
  clock.rule = rule;
}

/**
 * After a move: rungs that the old ladder climbed are not climbed again, one that lies in the past now falls due at
 * the move, and a flag is withdrawn where the new target gives time again.
 * @returns whether the overdue flag was withdrawn
 */
export function settleRungs(clock: Clock, climbed: Clock['rungs'], at: number): boolean {
  for (const entry of clock.rungs) {
    if (entry.at > at) continue;
    const { act } = entry.rung;
    const done = climbed.filter((old) => old.fired && old.rung.act === act).length;
    entry.fired = clock.rungs.filter((other) => other.rung.act === act).indexOf(entry) < done;
    if (!entry.fired) entry.at = at;
  }
  clock.warned = clock.rungs.some(({ fired, rung }) => fired && rung.act === 'warn');
  const stillLate = clock.rungs.some(({ fired, rung }) => fired && rung.act === 'breach');
  if (clock.breachedAt === undefined || stillLate) return false;
  delete clock.breachedAt;
  return true;
}

/** The pauses that count for this clock. */
export function stopsOf({ rule, pauses }: Pick<Clock, 'rule' | 'pauses'>): Stop[] {
  return rule.pausable ? pauses : pauses.filter(({ held }) => held);
}
