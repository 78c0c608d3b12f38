import type { CalendarDefinition, ClockRule, Recipient, Rung, Target } from '../types';

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

const officeDay: Array<[string, string]> = [
  ['09:00', '12:00'],
  ['13:30', '18:00'],
];

/** Round the clock, and one centre's working hours with public holidays and make-up days (G6). */
export const calendars: Record<string, CalendarDefinition> = {
  always: { timezone: 'Asia/Shanghai', week: 'always', holidays: [] },
  office: {
    timezone: 'Asia/Shanghai',
    week: { mon: officeDay, tue: officeDay, wed: officeDay, thu: officeDay, fri: officeDay },
    holidays: [],
    publicDays: 'CN',
  },
};

/** A target of business time. */
export function within(ms: number): Target {
  return { unit: 'businessTime', ms };
}

/** A target at the end of the n-th working day. */
export function workingDays(days: number): Target {
  return { unit: 'workingDays', days, at: 'endOfDay' };
}

/** Who hears of a clock: whoever is late, whoever hears of the breach, and whom it goes up to afterwards. */
export interface Telling {
  late: Recipient[];
  breach: Recipient[];
  escalate: Recipient[];
  /** Reminders before the warning, in percent. */
  remindAt?: number[];
  /** Business time from the due instant to the escalation; an hour unless told. */
  escalateAfterMs?: number;
}

/** A warning at 80 %, the flag at the due instant, and one rung after it (G13; ours: 80 %, half, one hour). */
export function ladder({ late, breach, escalate, remindAt = [], escalateAfterMs = HOUR }: Telling): Rung[] {
  return [
    ...remindAt.map((percent): Rung => ({ at: { percent }, act: 'remind', tell: late })),
    { at: { percent: 80 }, act: 'warn', tell: late },
    { at: { percent: 100 }, act: 'breach', tell: breach },
    { at: { afterDueMs: escalateAfterMs }, act: 'escalate', tell: escalate },
  ];
}

/** One clock; working days are counted by the office calendar, all else round the clock. */
export function clock(target: Target, telling: Telling, pausable: 'pausable' | 'runs on' = 'runs on'): ClockRule {
  const calendar = target.unit === 'workingDays' ? 'office' : 'always';
  return { target, calendar, pausable: pausable === 'pausable', ladder: ladder(telling) };
}

/** The same clock with other targets, by priority. */
export function byPriority(
  targets: Record<string, Target>,
  telling: Telling,
  pausable: 'pausable' | 'runs on' = 'runs on',
): Record<string, ClockRule> {
  return Object.fromEntries(
    Object.entries(targets).map(([priority, target]) => [priority, clock(target, telling, pausable)]),
  );
}
