import { PolicyError } from './errors';
import { dateOf, dayNumberOf, dayNumberOfKey } from './local-time';
import { assertOpens } from './open-time';
import type {
  Calendar,
  CalendarDefinition,
  ClockRule,
  FrozenPolicy,
  PolicyDefinition,
  Rung,
  Weekday,
  Window,
} from './types';
import { zoneOffsets } from './zone';

export { PolicyError, type PolicyErrorCode } from './errors';
export { comparePolicies, type PolicyChange } from './compare';
export { missingYears, withPublicDays, type MissingYear, type PublicDay } from './public-days';

const WEEKDAYS: readonly Weekday[] = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
const DAY_SECONDS = 86_400;

/** Years, both included, whose zone offsets are compiled; by default ten years back to twenty years on. */
export interface CompileOptions {
  from?: number;
  to?: number;
}

function secondOf(time: string, field: string): number {
  const match = /^(\d{1,2}):(\d{2})(?::(\d{2}))?$/.exec(time);
  const [hour, minute, second] = [Number(match?.[1]), Number(match?.[2]), Number(match?.[3] ?? 0)];
  const total = hour * 3600 + minute * 60 + second;
  if (match === null || minute > 59 || second > 59 || total > DAY_SECONDS) {
    throw new PolicyError('invalid_time', `'${time}' is not a time of day from 00:00 to 24:00`, field);
  }
  return total;
}

function compileWindows(windows: readonly Window[], field: string): Array<[number, number]> {
  const compiled = windows.map(([opens, closes], index): [number, number] => {
    const at = `${field}[${index}]`;
    const window: [number, number] = [secondOf(opens, at), secondOf(closes, at)];
    if (window[1] <= window[0])
      throw new PolicyError('invalid_window', `${opens}–${closes} does not close after it opens`, at);
    return window;
  });
  compiled.sort((a, b) => a[0] - b[0]);
  compiled.forEach(([opens], index) => {
    if (index > 0 && opens < compiled[index - 1]![1]) throw new PolicyError('invalid_window', 'windows overlap', field);
  });
  return compiled;
}

/** Checks `YYYY-MM-DD`, or `MM-DD` of a leap year. */
function assertDate(key: string, date: string, field: string): void {
  const full = /^\d{4}-\d{2}-\d{2}$/.test(date);
  const [year, month, day] = date.split('-').map(Number) as [number, number, number];
  const real = full ? dateOf(dayNumberOf(year, month, day)) : undefined;
  if (real === undefined || real.month !== month || real.day !== day || real.year !== year) {
    throw new PolicyError('invalid_date', `'${key}' is neither a date YYYY-MM-DD nor a yearly one --MM-DD`, field);
  }
}

/**
 * Turns what an administrator edits into what a workflow computes with (G6). Host only: reads the host's zone data.
 * The result is plain JSON. Listed days win over yearly ones, overrides over holidays.
 *
 * Errors (`PolicyError`, `field` names the place): `invalid_timezone`, `invalid_time`, `invalid_window` (overlap, or
 * closing not after opening), `invalid_date`.
 */
export function compileCalendar(definition: CalendarDefinition, options: CompileOptions = {}): Calendar {
  const thisYear = new Date().getUTCFullYear();
  const { week, holidays, overrides = {} } = definition;
  const weekWindows = (weekday: Weekday): Array<[number, number]> =>
    week === 'always' ? [[0, DAY_SECONDS]] : compileWindows(week[weekday] ?? [], `week.${weekday}`);

  const days: Calendar['days'] = {};
  const yearly: string[] = [];
  for (const holiday of holidays) {
    if (holiday.startsWith('--')) {
      assertDate(holiday, `2000-${holiday.slice(2)}`, 'holidays');
      yearly.push(holiday.slice(2));
    } else {
      assertDate(holiday, holiday, 'holidays');
      days[holiday] = [];
    }
  }
  for (const [date, override] of Object.entries(overrides)) {
    assertDate(date, date, 'overrides');
    if (override === 'closed') days[date] = [];
    else if (typeof override !== 'string') days[date] = compileWindows(override, `overrides.${date}`);
    else if (WEEKDAYS.includes(override)) days[date] = weekWindows(override);
    else throw new PolicyError('invalid_window', `'${String(override)}' is not a weekday`, `overrides.${date}`);
  }
  const unknown = week === 'always' ? undefined : Object.keys(week).find((key) => !WEEKDAYS.includes(key as Weekday));
  if (unknown !== undefined) throw new PolicyError('invalid_window', `'${unknown}' is not a weekday`, 'week');

  return {
    always: week === 'always',
    offsets: zoneOffsets(definition.timezone, options.from ?? thisYear - 10, options.to ?? thisYear + 20),
    week: WEEKDAYS.map(weekWindows),
    days,
    yearly,
    specialDays: Object.keys(days)
      .map(dayNumberOfKey)
      .sort((a, b) => a - b),
  };
}

function inField<T>(field: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error;
    throw new PolicyError(error.code, error.reason, error.field === undefined ? field : `${field}.${error.field}`);
  }
}

/** Compiles a policy's calendar and refuses one that never opens. */
function policyCalendar(definition: PolicyDefinition, key: string, options: CompileOptions): Calendar {
  const calendar = definition.calendars[key];
  if (calendar === undefined) throw new PolicyError('unknown_calendar', `there is no calendar '${key}'`, 'calendars');
  return inField(`calendars.${key}`, () => {
    const compiled = compileCalendar(calendar, options);
    assertOpens(compiled);
    return compiled;
  });
}

function assertRule(definition: PolicyDefinition, rule: ClockRule): void {
  const { target } = rule;
  const amount = target.unit === 'businessTime' ? target.ms : target.days;
  if (!(amount >= 0) || (target.unit !== 'businessTime' && !Number.isInteger(amount))) {
    throw new PolicyError('invalid_duration', `a target of ${amount} is not possible`, 'target');
  }
  if (definition.calendars[rule.calendar] === undefined) {
    throw new PolicyError('unknown_calendar', `there is no calendar '${rule.calendar}'`, 'calendar');
  }
  const breaches = rule.ladder.filter((rung) => rung.act === 'breach');
  const [breach] = breaches;
  if (breach === undefined || breaches.length > 1 || !('percent' in breach.at) || breach.at.percent !== 100) {
    throw new PolicyError('invalid_ladder', 'a ladder has exactly one breach, at 100 %', 'ladder');
  }
  const possible = (at: Rung['at']): boolean => ('percent' in at ? at.percent >= 0 : Number.isFinite(at.afterDueMs));
  if (!rule.ladder.every((rung) => possible(rung.at))) {
    throw new PolicyError('invalid_ladder', 'a rung stands at no possible time', 'ladder');
  }
}

/**
 * Refuses a policy that could fail a running ticket, before it is published (G5, G6, G13): every calendar compiles
 * and opens, every clock has a `default`, a possible target and one breach rung.
 * Errors: those of `compileCalendar`, `calendar_never_open`, `missing_priority`, `unknown_calendar`,
 * `invalid_duration`, `invalid_ladder`; `field` names the place.
 */
export function checkPolicy(definition: PolicyDefinition): void {
  for (const key of Object.keys(definition.calendars)) policyCalendar(definition, key, {});
  for (const [process, clocks] of Object.entries(definition.clocks)) {
    for (const [clock, rules] of Object.entries(clocks)) {
      const field = `clocks.${process}.${clock}`;
      if (rules.default === undefined) throw new PolicyError('missing_priority', "there is no 'default'", field);
      for (const [priority, rule] of Object.entries(rules)) {
        inField(`${field}.${priority}`, () => assertRule(definition, rule));
      }
    }
  }
}

/**
 * The part of a policy version that one ticket lives by (G5; design 11): the clocks of its process, each for the
 * first of `priority` that it knows (a sub-category before a priority, say), else its `default`, and the calendars
 * they use. Plain JSON, a few kilobytes. Host only.
 *
 * Errors: `unknown_process`, `missing_priority`, `unknown_calendar`, `calendar_never_open`, and `compileCalendar`'s.
 */
export function freezePolicy(
  definition: PolicyDefinition,
  version: { id: string; version: number },
  process: string,
  priority: string | readonly string[],
  options: CompileOptions = {},
): FrozenPolicy {
  const definitions = definition.clocks[process];
  if (definitions === undefined) {
    throw new PolicyError('unknown_process', `the policy has no process '${process}'`, 'clocks');
  }
  const keys = typeof priority === 'string' ? [priority] : priority;
  const clocks: Record<string, ClockRule> = {};
  const calendars: Record<string, Calendar> = {};
  for (const [clock, rules] of Object.entries(definitions)) {
    const key = [...keys, 'default'].find((candidate) => Object.hasOwn(rules, candidate));
    const rule = key === undefined ? undefined : rules[key];
    if (rule === undefined) {
      throw new PolicyError('missing_priority', `nothing for '${keys.join(', ')}'`, `clocks.${process}.${clock}`);
    }
    clocks[clock] = rule;
    calendars[rule.calendar] ??= policyCalendar(definition, rule.calendar, options);
  }
  const { periods, limits } = definition;
  return structuredClone({ ...version, calendars, clocks, periods, limits });
}
