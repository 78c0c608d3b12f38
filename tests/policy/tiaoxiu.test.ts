import { libraryDays, libraryYears } from '@duban/database';
import { dueAt, elapsed, firstOpen } from '../../shared/policy/src';
import { comparePolicies, compileCalendar, missingYears, withPublicDays } from '../../shared/policy/src/compile';
import { manual } from '../../shared/policy/src/presets';
import { arrangements, datesOf, isWorked, publicDaysOf } from './arrangements';
import { at, HOUR, MINUTE } from './support';

const YEARS = [2024, 2025, 2026];
/** As a ticket would get it: the library's days, brought into the manual's office hours (09–12, 13:30–18). */
const CN = YEARS.flatMap((year) => libraryDays(year) ?? []);
const office = compileCalendar(withPublicDays(manual, { CN }).calendars.office!, { from: 2023, to: 2027 });

const china = (date: string, time: string) => at(`${date}T${time}+08:00`);
const show = (ms: number) => new Date(ms + 8 * HOUR).toISOString().slice(0, 16).replace('T', ' ');
const following = (date: string) => new Date(Date.parse(date) + 24 * HOUR).toISOString().slice(0, 10);

/** The n-th worked day after a date, walked day by day through the arrangements. */
function workedAfter(date: string, n: number): string {
  let day = date;
  for (let left = n; left > 0;) {
    day = following(day);
    if (isWorked(day)) left--;
  }
  return day;
}
const firstWorked = (date: string) => (isWorked(date) ? date : workedAfter(date, 1));
/** 7.5 h of every worked day, both dates included. */
const workedMs = (from: string, to: string) => datesOf(from, to).filter(isWorked).length * 7.5 * HOUR;

describe('G6: 调休, the library against the notices', () => {
  it.each(YEARS)('%i: the same days, closed and open', (year) => {
    expect(libraryDays(year)?.map(({ date, open }) => ({ date, open }))).toEqual(publicDaysOf(year));
  });

  it('knows which years it knows, and says nothing of others', () => {
    expect(libraryYears(new Date('2026-11-22'))).toEqual(expect.arrayContaining([2004, 2024, 2025, 2026]));
    expect(libraryDays(1999)).toBeNull();
    expect(libraryDays(2150)).toBeNull();
  });
});

const special = YEARS.flatMap((year) => publicDaysOf(year).map(({ date }) => date));

describe('G6: one case for every day on which the week does not hold', () => {
  it('are 79 and more', () => expect(special.length).toBeGreaterThanOrEqual(79));

  it.each(special)('%s: the answer within one working day, asked at 10:00', (date) => {
    const due = dueAt(office, china(date, '10:00'), { unit: 'workingDays', days: 1, at: 'endOfDay' });
    expect(show(due)).toBe(`${workedAfter(date, 1)} 18:00`);
  });

  it.each(special)('%s: three working days at the same time, asked at 10:00', (date) => {
    const due = dueAt(office, china(date, '10:00'), { unit: 'workingDays', days: 3, at: 'sameTime' });
    // From a closed day it is whole working days: the close of the third.
    expect(show(due)).toBe(`${workedAfter(date, 3)} ${isWorked(date) ? '10:00' : '18:00'}`);
  });

  it.each(special)('%s: opens at nine, if not that day then on the next worked one', (date) => {
    expect(show(firstOpen(office, china(date, '00:00')))).toBe(`${firstWorked(date)} 09:00`);
  });

  it.each(special)('%s: half an hour of work from 17:45 the day before', (date) => {
    const eve = new Date(Date.parse(date) - 24 * HOUR).toISOString().slice(0, 10);
    const due = dueAt(office, china(eve, '17:45'), { unit: 'businessTime', ms: 30 * MINUTE });
    const next = workedAfter(eve, 1);
    expect(show(due)).toBe(isWorked(eve) ? `${next} 09:15` : `${next} 09:30`);
  });
});

describe('G6: whole holidays', () => {
  const holidays = YEARS.flatMap((year) => arrangements[year]!.map((each) => [year, each.name, each] as const));

  it.each(holidays)('%i %s: business time from a fortnight before to a fortnight after', (_, __, { from, to }) => {
    const first = new Date(Date.parse(from) - 14 * 24 * HOUR).toISOString().slice(0, 10);
    const last = new Date(Date.parse(to) + 14 * 24 * HOUR).toISOString().slice(0, 10);
    expect(elapsed(office, china(first, '00:00'), china(following(last), '00:00'))).toBe(workedMs(first, last));
  });

  it.each(YEARS)('%i has as many worked hours as its days say', (year) => {
    const hours = elapsed(office, china(`${year}-01-01`, '00:00'), china(`${year + 1}-01-01`, '00:00'));
    expect(hours).toBe(workedMs(`${year}-01-01`, `${year}-12-31`));
  });
});

describe('G6: by hand, from the notices', () => {
  it.each([
    // start, target in working days (end of day), due
    ['2024-02-09 16:00', 1, '2024-02-18 18:00'], // 除夕 is worked in 2024; after 春节 comes a Sunday at work
    ['2024-02-03 10:00', 1, '2024-02-04 18:00'], // a Saturday; the Sunday is worked
    ['2024-04-03 17:00', 2, '2024-04-08 18:00'], // 清明 4–6, Sunday the 7th worked, then Monday
    ['2024-04-30 09:00', 1, '2024-05-06 18:00'],
    ['2024-05-10 12:30', 1, '2024-05-11 18:00'], // a Saturday at work
    ['2024-09-13 18:00', 1, '2024-09-14 18:00'],
    ['2024-09-30 08:00', 5, '2024-10-12 18:00'], // 8–11 October, then Saturday the 12th
    ['2025-01-26 10:00', 1, '2025-01-27 18:00'], // a Sunday at work
    ['2025-01-27 10:00', 1, '2025-02-05 18:00'],
    ['2025-04-25 10:00', 1, '2025-04-27 18:00'], // Friday; Saturday is free, Sunday is worked
    ['2025-05-30 17:59', 1, '2025-06-03 18:00'],
    ['2025-09-30 23:00', 1, '2025-10-09 18:00'],
    ['2025-10-10 10:00', 2, '2025-10-13 18:00'], // Saturday the 11th is worked
    ['2025-12-31 10:00', 1, '2026-01-04 18:00'], // over the turn of the year
    ['2026-02-13 10:00', 1, '2026-02-14 18:00'],
    ['2026-02-14 10:00', 1, '2026-02-24 18:00'],
    ['2026-02-27 10:00', 1, '2026-02-28 18:00'],
    ['2026-09-24 10:00', 1, '2026-09-28 18:00'],
    ['2026-09-30 17:00', 1, '2026-10-08 18:00'],
    ['2026-10-09 10:00', 1, '2026-10-10 18:00'],
  ])('%s, %i working days → %s', (start, days, due) => {
    const from = china(start.slice(0, 10), start.slice(11));
    expect(show(dueAt(office, from, { unit: 'workingDays', days, at: 'endOfDay' }))).toBe(due);
  });
});

describe('G6: what a calendar says of a day itself wins over the country', () => {
  const office = manual.calendars.office!;
  const days = { CN: publicDaysOf(2026) };
  const ofOffice = (more: object) => withPublicDays({ ...manual, calendars: { office: { ...office, ...more } } }, days);

  it('an override, a holiday of its own, a yearly one', () => {
    const overridden = ofOffice({ overrides: { '2026-10-01': [['10:00', '11:00']] } }).calendars.office!;
    expect(overridden.overrides).toMatchObject({ '2026-10-01': [['10:00', '11:00']], '2026-10-02': 'closed' });
    expect(ofOffice({ holidays: ['2026-10-10'] }).calendars.office!.overrides).not.toHaveProperty('2026-10-10');
    expect(ofOffice({ holidays: ['--10-10'] }).calendars.office!.overrides).not.toHaveProperty('2026-10-10');
  });

  it('a make-up day has the hours of the first weekday that has any', () => {
    const later = ofOffice({ week: { tue: [['08:00', '20:00']], wed: [['09:00', '10:00']] } }).calendars.office!;
    expect(later.overrides).toMatchObject({ '2026-10-10': 'tue' });
  });

  it('a calendar that follows no country is left as it is', () => {
    const { publicDays: _, ...free } = office;
    const policy = { ...manual, calendars: { office: free } };
    expect(withPublicDays(policy, days)).toEqual(policy);
  });
});

describe('G6: a year without data is never silently all working days', () => {
  const day = (iso: string) => new Date(`${iso}T00:00Z`);

  it('the year itself always; the next from October on', () => {
    expect(missingYears(manual, { CN: [2025] }, day('2026-03-01'))).toEqual([{ calendar: 'office', year: 2026 }]);
    expect(missingYears(manual, { CN: [2026] }, day('2026-09-30'))).toEqual([]);
    expect(missingYears(manual, { CN: [2026] }, day('2026-10-01'))).toEqual([{ calendar: 'office', year: 2027 }]);
    expect(missingYears(manual, {}, day('2026-10-01'))).toHaveLength(2);
  });

  it("dates of the calendar's own count, round the clock needs none, no dates at all is a choice", () => {
    const only = (office: object) => ({ ...manual, calendars: { office: office as never } });
    const { publicDays: _, ...free } = manual.calendars.office!;
    const now = day('2026-03-01');
    expect(missingYears(only({ ...free, holidays: ['2026-01-01'] }), {}, now)).toEqual([]);
    expect(missingYears(only({ ...free, holidays: ['2025-01-01'] }), {}, now)).toHaveLength(1);
    expect(missingYears(only({ ...free, holidays: ['--01-01'] }), {}, now)).toEqual([]);
    expect(missingYears(only({ timezone: 'UTC', week: 'always', holidays: [] }), {}, now)).toEqual([]);
  });
});

describe('G5: comparing two definitions', () => {
  it('names what is added, gone and other, by its path; a target and a ladder as a whole', () => {
    const after = structuredClone(manual);
    const rule = after.clocks.consultation!.handling!.P1!;
    rule.target = { unit: 'businessTime', ms: 2 * HOUR };
    rule.ladder = rule.ladder.slice(0, 2);
    after.clocks.complaint!.solution!.P1 = rule;
    delete after.limits.redispatches;
    after.calendars.office!.holidays = ['2026-12-24'];
    expect(comparePolicies(manual, after)).toEqual([
      expect.objectContaining({ path: ['calendars', 'office', 'holidays', '2026-12-24'], after: 'closed' }),
      {
        path: ['clocks', 'consultation', 'handling', 'P1', 'target'],
        before: { unit: 'businessTime', ms: 4 * HOUR },
        after: { unit: 'businessTime', ms: 2 * HOUR },
      },
      expect.objectContaining({ path: ['clocks', 'consultation', 'handling', 'P1', 'ladder'] }),
      { path: ['clocks', 'complaint', 'solution', 'P1'], after: rule },
      { path: ['limits', 'redispatches'], before: 1 },
    ]);
    expect(comparePolicies(manual, structuredClone(manual))).toEqual([]);
  });
});
