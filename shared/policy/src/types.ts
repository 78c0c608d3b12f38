/**
 * The words of business time and of a policy. Everything here is plain JSON: a frozen policy travels in a
 * workflow's start input and stays in its history (G5, G6; design "Truth and durability" 11).
 */

export type Weekday = 'mon' | 'tue' | 'wed' | 'thu' | 'fri' | 'sat' | 'sun';

/** Opening and closing wall-clock time of one window of a day, `HH:MM` or `HH:MM:SS`; `24:00` ends the day. */
export type Window = [opens: string, closes: string];

/** What an administrator edits. Compiled by `compileCalendar` before anything is computed with it. */
export interface CalendarDefinition {
  /** IANA zone, e.g. `Asia/Shanghai`. */
  timezone: string;
  /** `always` is round the clock (holidays do not close it unless listed). */
  week: 'always' | Partial<Record<Weekday, Window[]>>;
  /** Closed days: `2026-10-01`, or each year `--10-01`. */
  holidays: string[];
  /** Whose public holidays and make-up days it follows, kept by year in the database: `CN`. */
  publicDays?: string;
  /** Days that differ: other windows, or the windows of a weekday (调休: a Sunday worked like a Monday), or closed. */
  overrides?: Record<string, Window[] | Weekday | 'closed'>;
}

/** Half-open span of UTC milliseconds during which a clock stands still. `to: null` while it still does. */
export interface Pause {
  from: number;
  to: number | null;
}

/** How long a promise lasts. */
export type Target =
  | { unit: 'businessTime'; ms: number }
  | { unit: 'workingDays'; days: number; at: 'endOfDay' | 'sameTime' }
  | { unit: 'calendarDays'; days: number };

/** Who hears of a clock. Resolved to people by the notification service, never inside a workflow. */
export type Recipient =
  | 'handler'
  | 'team-leader'
  | 'supervisor'
  | 'duty-manager'
  | 'revisit-group'
  | 'department'
  | 'department-head'
  | 'committee'
  | 'owner' // who keeps this very clock: a task's owner; else the handler
  | 'customer';

/** One rung of a clock's ladder: at a share of the target, or business time after the due instant. */
export interface Rung {
  at: { percent: number } | { afterDueMs: number };
  /** `breach` is the rung at the due instant: it sets the overdue flag. */
  act: 'remind' | 'warn' | 'breach' | 'escalate';
  tell: Recipient[];
}

/** One clock's promise: target, calendar, pauses and ladder. */
export interface ClockRule {
  target: Target;
  /** Key into the policy's calendars. */
  calendar: string;
  /** Stands still while the ticket waits for the customer. */
  pausable: boolean;
  ladder: Rung[];
}

/** What an administrator publishes as one version. `clocks[process][clock][priority | 'default']`. */
export interface PolicyDefinition {
  name: { zh: string; en: string };
  /** How this policy calls and colours the priorities its clocks are keyed by (G5). */
  priorities?: Record<string, { zh: string; en: string; colour: string }>;
  calendars: Record<string, CalendarDefinition>;
  clocks: Record<string, Record<string, Record<string, ClockRule>>>;
  /** Other durations that are policy data, in ms, e.g. `surveyWindow`, `reopenWindow`, `redispatchAfter`. */
  periods: Record<string, number>;
  /** Other numbers that are policy data, e.g. `urgesBeforeSupervisor`, `retentionYears`. */
  limits: Record<string, number>;
}

/** A compiled calendar: what a workflow computes with. Instants are UTC ms, times of day are seconds. */
export interface Calendar {
  always: boolean;
  /** Zone offsets: from this UTC instant on, local = UTC + offset seconds. Ascending; the first is -Infinity-like. */
  offsets: Array<[fromMs: number, offsetSeconds: number]>;
  /** Windows by weekday, Monday first, as [openSecond, closeSecond). */
  week: Array<Array<[number, number]>>;
  /** Days that differ from the week, by local date `YYYY-MM-DD`. */
  days: Record<string, Array<[number, number]>>;
  /** Days closed each year, `MM-DD`; a day listed in `days` wins over it. */
  yearly: string[];
  /** The keys of `days` as day numbers (1970-01-01 is 0), ascending: whole weeks between them are skipped at once. */
  specialDays?: number[];
}

/** The part of a policy version that one ticket lives by. */
export interface FrozenPolicy {
  id: string;
  version: number;
  calendars: Record<string, Calendar>;
  clocks: Record<string, ClockRule>;
  periods: Record<string, number>;
  limits: Record<string, number>;
}
