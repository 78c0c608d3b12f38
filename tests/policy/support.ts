import type { Calendar, CalendarDefinition, Window } from '../../shared/policy/src';
import { compileCalendar, withPublicDays } from '../../shared/policy/src/compile';
import { manual } from '../../shared/policy/src/presets';
import { publicDaysOf } from './arrangements';

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** UTC ms of an ISO instant; `2026-03-02T10:00+08:00` reads like the wall clock in Shanghai. */
export function at(iso: string): number {
  const ms = Date.parse(iso);
  if (Number.isNaN(ms)) throw new Error(`not an instant: ${iso}`);
  return ms;
}

/** Compiled for fixed years, so that no test depends on today. */
export function compiled(definition: Partial<CalendarDefinition>, from = 2005, to = 2040): Calendar {
  return compileCalendar({ timezone: 'UTC', week: 'always', holidays: [], ...definition }, { from, to });
}

export function everyDay(...windows: Window[]): CalendarDefinition['week'] {
  return { mon: windows, tue: windows, wed: windows, thu: windows, fri: windows, sat: windows, sun: windows };
}

export function weekdays(...windows: Window[]): CalendarDefinition['week'] {
  return { mon: windows, tue: windows, wed: windows, thu: windows, fri: windows };
}

/** The default policy's working hours: Shanghai, lunch break, holidays and make-up days of 2026. */
export const office = compiled(withPublicDays(manual, { CN: publicDaysOf(2026) }).calendars.office!);

/** The code of the PolicyError that an action throws; fails when it throws none. */
export function codeOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
  throw new Error('nothing was thrown');
}
