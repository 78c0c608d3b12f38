import type { CalendarDefinition, PolicyDefinition, Weekday, Window } from './types';

/** A day on which a country's week does not hold: a public holiday, or a weekend day worked in exchange (调休). */
export interface PublicDay {
  /** `YYYY-MM-DD`. */
  date: string;
  open: boolean;
}

const WEEKDAYS: readonly Weekday[] = ['mon', 'tue', 'wed', 'thu', 'fri'];

/** A make-up day has the hours of the first weekday with any. */
function makeUpHours(week: CalendarDefinition['week']): Weekday | Window[] {
  if (week === 'always') return 'mon';
  return WEEKDAYS.find((day) => (week[day] ?? []).length > 0) ?? [];
}

/**
 * The definition with the public days of the countries that its calendars follow, as overrides; what a calendar says
 * of a day itself wins (G6). `days` by region, as the database keeps them.
 */
export function withPublicDays(
  definition: PolicyDefinition,
  days: Readonly<Record<string, readonly PublicDay[]>>,
): PolicyDefinition {
  const calendars = Object.entries(definition.calendars).map(([key, calendar]) => {
    const own = calendar.publicDays === undefined ? [] : (days[calendar.publicDays] ?? []);
    if (own.length === 0) return [key, calendar] as const;
    const closed = new Set(calendar.holidays);
    const hours = makeUpHours(calendar.week);
    const overrides = Object.fromEntries(
      own
        .filter(({ date }) => !closed.has(date) && !closed.has(`-${date.slice(4)}`))
        .map(({ date, open }) => [date, open ? hours : ('closed' as const)]),
    );
    return [key, { ...calendar, overrides: { ...overrides, ...calendar.overrides } }] as const;
  });
  return { ...definition, calendars: Object.fromEntries(calendars) };
}

/** A calendar that would count every weekday of a year as a working day, for want of data. */
export interface MissingYear {
  calendar: string;
  year: number;
}

/**
 * The years a policy will need and knows nothing of: this one, and from October on the next, which the State Council
 * announces in autumn (G6). A calendar that neither follows a country nor names a dated day has no holidays by choice.
 * @param known years by region, as the database keeps them
 */
export function missingYears(
  definition: PolicyDefinition,
  known: Readonly<Record<string, readonly number[]>>,
  now: Date,
): MissingYear[] {
  const year = now.getUTCFullYear();
  const needed = now.getUTCMonth() >= 9 ? [year, year + 1] : [year];
  return Object.entries(definition.calendars).flatMap(([calendar, { week, holidays, overrides, publicDays }]) => {
    const dated = [...holidays, ...Object.keys(overrides ?? {})].filter((day) => /^\d{4}-/.test(day));
    if (publicDays === undefined && (week === 'always' || dated.length === 0)) return [];
    const years = new Set([
      ...dated.map((day) => Number(day.slice(0, 4))),
      ...(publicDays === undefined ? [] : (known[publicDays] ?? [])),
    ]);
    return needed.filter((wanted) => !years.has(wanted)).map((missing) => ({ calendar, year: missing }));
  });
}
