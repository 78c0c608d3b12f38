import { dueAt, elapsed, firstOpen, shift, subtract, type Shift } from './business-time';
import { compileCalendar } from './compile';
import { PolicyError } from './errors';
import { addWorkingDays } from './open-time';
import type { Calendar, CalendarDefinition, Pause, Target } from './types';

/** One line of a calendar case file: inputs and expected results of a help desk's own test (G6). */
interface CalendarCase {
  id: string;
  kind: 'due' | 'elapsed' | 'due_and_escalation' | 'error' | 'backward' | 'first_open';
  timezone: string;
  calendar: 'always_open' | Exclude<CalendarDefinition['week'], 'always'>;
  holidays?: string[];
  overrides?: CalendarDefinition['overrides'];
  start: string;
  end?: string;
  pauses?: Array<[from: string, to: string | null]>;
  target_mode?: 'business_seconds' | 'business_days' | 'calendar_days';
  target_seconds?: number;
  target_days?: number;
  end_of_working_day?: boolean;
  escalation_offset?: number;
  escalation_offset_mode?: 'business_seconds' | 'business_days';
  boundary?: 'close' | 'next_open';
  expected?: string;
  expected_due?: string;
  expected_escalation_at?: string;
  expected_elapsed_seconds?: number;
  error?: string;
}

/** What became of one case; `id` is `line N` when the line has none. */
export interface CaseResult {
  id: string;
  passed: boolean;
  expected: string;
  actual: string;
}

class MalformedCase extends Error {}

function instant(value: unknown, field: string): number {
  const ms = typeof value === 'string' ? Date.parse(value) : NaN;
  if (Number.isNaN(ms)) throw new MalformedCase(`${field} is not an instant: ${JSON.stringify(value)}`);
  return ms;
}

function number(value: unknown, field: string): number {
  if (typeof value !== 'number' || Number.isNaN(value)) throw new MalformedCase(`${field} is not a number`);
  return value;
}

function one<T extends string>(value: unknown, allowed: readonly T[], field: string): T {
  if (!allowed.includes(value as T)) throw new MalformedCase(`${field} is unknown: ${JSON.stringify(value)}`);
  return value as T;
}

function show(ms: number): string {
  if (!Number.isFinite(ms)) return 'never';
  return new Date(ms).toISOString().replace('.000Z', 'Z');
}

function calendarOf(test: CalendarCase): Calendar {
  if (test.calendar !== 'always_open' && (typeof test.calendar !== 'object' || test.calendar === null)) {
    throw new MalformedCase('calendar is neither always_open nor windows by weekday');
  }
  const year = new Date(instant(test.start, 'start')).getUTCFullYear();
  const definition: CalendarDefinition = {
    timezone: test.timezone,
    week: test.calendar === 'always_open' ? 'always' : test.calendar,
    holidays: test.holidays ?? [],
    overrides: test.overrides,
  };
  return compileCalendar(definition, { from: year - 15, to: year + 15 });
}

function pausesOf(test: CalendarCase): Pause[] {
  return (test.pauses ?? []).map(([from, to]) => ({
    from: instant(from, 'pauses'),
    to: to === null ? null : instant(to, 'pauses'),
  }));
}

function targetOf(test: CalendarCase): Target {
  const mode = test.target_mode ?? 'business_seconds';
  if (one(mode, ['business_seconds', 'business_days', 'calendar_days'], 'target_mode') === 'business_seconds') {
    return { unit: 'businessTime', ms: number(test.target_seconds, 'target_seconds') * 1000 };
  }
  const days = number(test.target_days, 'target_days');
  if (mode === 'calendar_days') return { unit: 'calendarDays', days };
  return { unit: 'workingDays', days, at: test.end_of_working_day === true ? 'endOfDay' : 'sameTime' };
}

function escalationShift(test: CalendarCase): Shift {
  const offset = number(test.escalation_offset, 'escalation_offset');
  const modes = ['business_seconds', 'business_days'] as const;
  return one(test.escalation_offset_mode, modes, 'escalation_offset_mode') === 'business_days'
    ? { workingDays: offset }
    : { ms: offset * 1000 };
}

function due(test: CalendarCase, calendar: Calendar): number {
  const options = { boundary: one(test.boundary ?? 'close', ['close', 'next_open'], 'boundary') };
  return dueAt(calendar, instant(test.start, 'start'), targetOf(test), pausesOf(test), options);
}

function backward(test: CalendarCase, calendar: Calendar): number {
  const start = instant(test.start, 'start');
  const target = targetOf(test);
  if (target.unit === 'workingDays') return addWorkingDays(calendar, start, -target.days, target.at);
  if (target.unit === 'calendarDays') throw new MalformedCase('calendar days are not counted backward');
  return subtract(calendar, start, target.ms);
}

function actualOf(test: CalendarCase): string {
  const calendar = calendarOf(test);
  switch (test.kind) {
    case 'elapsed': {
      const [start, end] = [instant(test.start, 'start'), instant(test.end, 'end')];
      return `${elapsed(calendar, start, end, pausesOf(test)) / 1000} s`;
    }
    case 'backward':
      return show(backward(test, calendar));
    case 'first_open':
      return show(firstOpen(calendar, instant(test.start, 'start')));
    case 'due_and_escalation': {
      const at = due(test, calendar);
      return `${show(at)}, escalation ${show(shift(calendar, at, escalationShift(test)))}`;
    }
    default:
      return show(due(test, calendar));
  }
}

function expectedOf(test: CalendarCase): string {
  switch (one(test.kind, ['due', 'elapsed', 'due_and_escalation', 'error', 'backward', 'first_open'], 'kind')) {
    case 'elapsed':
      return `${number(test.expected_elapsed_seconds, 'expected_elapsed_seconds')} s`;
    case 'backward':
    case 'first_open':
      return show(instant(test.expected, 'expected'));
    case 'due_and_escalation': {
      const escalation = instant(test.expected_escalation_at, 'expected_escalation_at');
      return `${show(instant(test.expected_due, 'expected_due'))}, escalation ${show(escalation)}`;
    }
    case 'error':
      if (typeof test.error !== 'string') throw new MalformedCase('error is missing');
      return `error ${test.error}`;
    default:
      return show(instant(test.expected_due, 'expected_due'));
  }
}

function attempt(test: CalendarCase): string {
  try {
    return actualOf(test);
  } catch (error) {
    if (error instanceof PolicyError) return `error ${error.code}`;
    throw error;
  }
}

/** Runs one line of a case file through the engine (G6). Never throws: a malformed line is a failed case. */
export function checkLine(line: string, lineNumber: number): CaseResult {
  let id = `line ${lineNumber}`;
  try {
    const test = JSON.parse(line) as CalendarCase | null;
    if (typeof test !== 'object' || test === null) throw new MalformedCase('not an object');
    if (typeof test.id !== 'string') throw new MalformedCase('id is missing');
    id = `${test.id} (line ${lineNumber})`;
    const expected = expectedOf(test);
    const actual = attempt(test);
    return { id, passed: actual === expected, expected, actual };
  } catch (error) {
    return { id, passed: false, expected: 'a calendar case', actual: `malformed: ${(error as Error).message}` };
  }
}

/** Runs every line that is not blank. */
export function checkLines(text: string): CaseResult[] {
  const results: CaseResult[] = [];
  text.split(/\r?\n/).forEach((line, index) => {
    if (line.trim() !== '') results.push(checkLine(line, index + 1));
  });
  return results;
}
