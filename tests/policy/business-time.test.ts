import { dueAt, elapsed, firstOpen, percentAt, rungAt, shift, subtract } from '../../shared/policy/src';
import type { ClockRule, Target } from '../../shared/policy/src';
import { at, codeOf, compiled, DAY, everyDay, HOUR, MINUTE, office, weekdays } from './support';

const hours = (n: number): Target => ({ unit: 'businessTime', ms: n * HOUR });
const endOfDay = (days: number): Target => ({ unit: 'workingDays', days, at: 'endOfDay' });
const sameTime = (days: number): Target => ({ unit: 'workingDays', days, at: 'sameTime' });
const iso = (ms: number): string => new Date(ms).toISOString();

describe('G6: public holidays and make-up days 调休', () => {
  it('works a Sunday like a Monday', () => {
    // New Year's Day to Saturday 3 January are holidays, Sunday 4 January is worked.
    expect(dueAt(office, at('2025-12-31T17:00+08:00'), hours(2))).toBe(at('2026-01-04T10:00+08:00'));
    expect(dueAt(office, at('2025-12-31T10:00+08:00'), endOfDay(1))).toBe(at('2026-01-04T18:00+08:00'));
  });

  it('counts working days across the Spring Festival', () => {
    const friday = at('2026-02-13T16:00+08:00');
    expect(dueAt(office, friday, endOfDay(1))).toBe(at('2026-02-14T18:00+08:00'));
    expect(dueAt(office, friday, endOfDay(2))).toBe(at('2026-02-24T18:00+08:00'));
    expect(dueAt(office, at('2026-02-15T08:00+08:00'), endOfDay(1))).toBe(at('2026-02-24T18:00+08:00'));
  });

  it('lets a listed day win over a yearly holiday, an override over a holiday', () => {
    const calendar = compiled({
      week: weekdays(['09:00', '17:00']),
      holidays: ['--01-01', '2026-01-05'],
      overrides: { '2027-01-01': [['10:00', '12:00']], '2026-01-05': 'tue', '2026-01-06': 'closed' },
    });
    expect(firstOpen(calendar, at('2026-01-01T00:00Z'))).toBe(at('2026-01-02T09:00Z'));
    expect(firstOpen(calendar, at('2027-01-01T00:00Z'))).toBe(at('2027-01-01T10:00Z'));
    expect(elapsed(calendar, at('2026-01-05T00:00Z'), at('2026-01-07T00:00Z'))).toBe(8 * HOUR);
  });
});

describe('G6: several windows a day', () => {
  const morning = at('2026-03-02T10:00+08:00');

  it('passes over the lunch break', () => {
    expect(dueAt(office, morning, hours(3))).toBe(at('2026-03-02T14:30+08:00'));
    expect(subtract(office, at('2026-03-02T14:30+08:00'), 3 * HOUR)).toBe(morning);
    expect(elapsed(office, morning, at('2026-03-03T10:00+08:00'))).toBe(7.5 * HOUR);
  });

  it('leaves a deadline at closing time there, or moves it when told', () => {
    expect(dueAt(office, morning, hours(2))).toBe(at('2026-03-02T12:00+08:00'));
    expect(dueAt(office, morning, hours(2), [], { boundary: 'next_open' })).toBe(at('2026-03-02T13:30+08:00'));
    const pause = { from: at('2026-03-02T13:00+08:00'), to: at('2026-03-02T14:00+08:00') };
    expect(dueAt(office, morning, hours(2), [pause], { boundary: 'next_open' })).toBe(pause.to);
  });

  it('ends whole weeks at a closing time, too', () => {
    const calendar = compiled({ week: weekdays(['09:00', '17:00']) });
    expect(dueAt(calendar, at('2026-02-28T12:00Z'), hours(160))).toBe(at('2026-03-27T17:00Z'));
    expect(subtract(calendar, at('2026-03-28T12:00Z'), 160 * HOUR)).toBe(at('2026-03-02T09:00Z'));
  });

  it('has a target of zero due at once', () => {
    expect(dueAt(office, morning, hours(0))).toBe(morning);
    expect(dueAt(office, at('2026-03-01T10:00+08:00'), hours(0))).toBe(at('2026-03-01T10:00+08:00'));
  });
});

describe('G6: days as targets', () => {
  it('keeps the local time, clipped into the day', () => {
    const calendar = compiled({ week: { mon: [['08:00', '18:00']], tue: [['10:00', '12:00']] } });
    expect(dueAt(calendar, at('2026-03-02T09:00Z'), sameTime(1))).toBe(at('2026-03-03T10:00Z'));
    expect(dueAt(calendar, at('2026-03-02T11:00Z'), sameTime(1))).toBe(at('2026-03-03T11:00Z'));
    expect(dueAt(calendar, at('2026-03-02T17:00Z'), sameTime(1))).toBe(at('2026-03-03T12:00Z'));
    expect(dueAt(calendar, at('2026-03-01T09:00Z'), sameTime(1))).toBe(at('2026-03-02T18:00Z'));
    expect(shift(calendar, at('2026-03-09T09:00Z'), { workingDays: -2 })).toBe(at('2026-03-02T09:00Z'));
  });

  it('ends a day at 24:00 where it is open so long', () => {
    const calendar = compiled({ week: weekdays(['00:00', '24:00']) });
    const due = dueAt(calendar, at('2026-03-05T10:00Z'), endOfDay(1));
    expect(iso(due)).toBe('2026-03-07T00:00:00.000Z');
    expect(iso(shift(calendar, due, { workingDays: -2 }))).toBe('2026-03-05T00:00:00.000Z');
  });

  it('takes zero working days as the end of the day that runs or comes next', () => {
    expect(dueAt(office, at('2026-03-02T10:00+08:00'), endOfDay(0))).toBe(at('2026-03-02T18:00+08:00'));
    expect(dueAt(office, at('2026-03-02T19:00+08:00'), endOfDay(0))).toBe(at('2026-03-03T18:00+08:00'));
  });

  it('K5: counts calendar days round the clock at the same local time', () => {
    const berlin = compiled({ timezone: 'Europe/Berlin' });
    const due = dueAt(berlin, at('2026-03-27T10:00+01:00'), { unit: 'calendarDays', days: 3 });
    expect(due).toBe(at('2026-03-30T10:00+02:00'));
  });
});

describe('G6: pauses', () => {
  const start = at('2026-03-02T10:00+08:00');
  const pause = (from: string, to: string | null) => ({ from: at(from), to: to === null ? null : at(to) });

  it('counts only what overlaps the running clock, once', () => {
    const pauses = [
      pause('2026-03-02T14:00+08:00', '2026-03-02T15:00+08:00'),
      pause('2026-03-02T14:30+08:00', '2026-03-02T15:30+08:00'), // overlaps the first
      pause('2026-03-01T00:00+08:00', '2026-03-02T10:30+08:00'), // began before the start
      pause('2026-03-02T12:10+08:00', '2026-03-02T13:20+08:00'), // within the lunch break
      pause('2026-03-04T09:00+08:00', '2026-03-05T09:00+08:00'), // after the deadline
    ];
    expect(dueAt(office, start, hours(3), pauses)).toBe(at('2026-03-02T16:30+08:00'));
    expect(elapsed(office, start, at('2026-03-02T16:30+08:00'), pauses)).toBe(3 * HOUR);
  });

  it('never falls due while an open-ended pause stands before the deadline', () => {
    expect(dueAt(office, start, hours(3), [pause('2026-03-02T11:00+08:00', null)])).toBe(Infinity);
    expect(dueAt(office, start, hours(1), [pause('2026-03-02T11:00+08:00', null)])).toBe(start + HOUR);
    expect(elapsed(office, start, start + DAY, [pause('2026-03-02T11:00+08:00', null)])).toBe(HOUR);
  });

  it('puts off targets in days, too', () => {
    const stop = [pause('2026-03-02T14:00+08:00', '2026-03-02T16:00+08:00')];
    expect(dueAt(office, start, endOfDay(1), stop)).toBe(at('2026-03-04T11:00+08:00'));
    const night = [pause('2026-03-02T20:00+08:00', '2026-03-03T06:00+08:00')];
    expect(dueAt(office, start, { unit: 'calendarDays', days: 3 }, night)).toBe(at('2026-03-05T20:00+08:00'));
    expect(dueAt(office, start, endOfDay(1), night)).toBe(at('2026-03-03T18:00+08:00'));
  });
});

describe('G6: clock changes', () => {
  const berlin = (...windows: Array<[string, string]>) =>
    compiled({ timezone: 'Europe/Berlin', week: everyDay(...windows) });

  it('shortens a window over a skipped hour and lengthens one over a repeated hour', () => {
    const calendar = berlin(['01:00', '04:00']);
    expect(elapsed(calendar, at('2026-03-29T00:00+01:00'), at('2026-03-30T00:00+02:00'))).toBe(2 * HOUR);
    expect(elapsed(calendar, at('2026-10-25T00:00+02:00'), at('2026-10-26T00:00+01:00'))).toBe(4 * HOUR);
  });

  it('moves a window within the skipped hour on and never counts an hour twice', () => {
    const day = [at('2026-03-29T00:00+01:00'), at('2026-03-30T00:00+02:00')] as const;
    expect(firstOpen(berlin(['02:00', '02:30']), day[0])).toBe(at('2026-03-29T03:00+02:00'));
    expect(elapsed(berlin(['01:00', '02:45'], ['03:00', '05:00']), ...day)).toBe(3 * HOUR);
  });

  it('knows a midnight that does not exist (São Paulo) and one that comes twice', () => {
    const calendar = compiled({ timezone: 'America/Sao_Paulo', week: weekdays(['00:00', '24:00']) });
    // Sunday 4 November 2018 began at 01:00; Monday is the first working day after.
    expect(firstOpen(calendar, at('2018-11-03T12:00Z'))).toBe(at('2018-11-05T02:00Z'));
    const always = compiled({
      timezone: 'America/Sao_Paulo',
      week: everyDay(['00:00', '24:00']),
      holidays: ['--12-25'],
    });
    expect(elapsed(always, at('2018-11-03T12:00Z'), at('2018-11-04T12:00Z'))).toBe(DAY);
    expect(elapsed(always, at('2018-02-17T12:00Z'), at('2018-02-18T12:00Z'))).toBe(DAY);
    expect(elapsed(always, at('2018-12-24T12:00Z'), at('2018-12-26T12:00Z'))).toBe(DAY);
  });

  it('knows a day that a country left out (Samoa, 30 December 2011)', () => {
    const calendar = compiled({ timezone: 'Pacific/Apia', week: everyDay(['09:00', '17:00']) });
    const start = at('2011-12-29T09:00-10:00');
    expect(dueAt(calendar, start, hours(16))).toBe(at('2011-12-31T17:00+14:00'));
    expect(dueAt(calendar, start, endOfDay(1))).toBe(at('2011-12-31T17:00+14:00'));
  });
});

describe('G6: what cannot be computed is refused', () => {
  const never = compiled({ week: {} });
  const over = compiled({ week: {}, overrides: { '2020-01-06': [['09:00', '17:00']] } });
  const now = at('2026-03-02T10:00Z');

  it('refuses negative, fractional-day, endless and unreal targets', () => {
    for (const ms of [-1, NaN, Infinity, 1e18]) {
      expect(codeOf(() => dueAt(office, now, { unit: 'businessTime', ms }))).toBe('invalid_duration');
    }
    for (const days of [-1, 1.5]) {
      expect(codeOf(() => dueAt(office, now, endOfDay(days)))).toBe('invalid_duration');
      expect(codeOf(() => dueAt(office, now, { unit: 'calendarDays', days }))).toBe('invalid_duration');
    }
    expect(codeOf(() => dueAt(office, NaN, hours(1)))).toBe('invalid_instant');
    expect(codeOf(() => elapsed(office, now, NaN))).toBe('invalid_instant');
  });

  it('refuses a calendar that never opens, or never again', () => {
    for (const calendar of [never, over]) {
      expect(codeOf(() => dueAt(calendar, now, hours(1)))).toBe('calendar_never_open');
      expect(codeOf(() => dueAt(calendar, now, endOfDay(1)))).toBe('calendar_never_open');
      expect(codeOf(() => firstOpen(calendar, now))).toBe('calendar_never_open');
      expect(codeOf(() => shift(calendar, now, { ms: HOUR }))).toBe('calendar_never_open');
      expect(elapsed(calendar, now, now + 400 * DAY)).toBe(0);
    }
    expect(codeOf(() => subtract(never, now, HOUR))).toBe('calendar_never_open');
    expect(subtract(over, now, HOUR)).toBe(at('2020-01-06T16:00Z'));
  });
});

describe('G13: the ladder of a clock', () => {
  const start = at('2026-03-02T10:00+08:00');
  const answer: ClockRule = { target: endOfDay(1), calendar: 'office', pausable: true, ladder: [] };
  const rung = (place: { percent: number } | { afterDueMs: number }) => ({ at: place, act: 'warn' as const, tell: [] });

  it('warns at 80 % of the business time between start and due', () => {
    // 6.5 h on Monday and 7.5 h on Tuesday: 80 % of 14 h is 11 h 12 min.
    expect(rungAt(office, answer, start, [], rung({ percent: 80 }))).toBe(at('2026-03-03T15:12+08:00'));
    expect(rungAt(office, answer, start, [], rung({ percent: 100 }))).toBe(at('2026-03-03T18:00+08:00'));
    expect(rungAt(office, answer, start, [], rung({ afterDueMs: HOUR }))).toBe(at('2026-03-04T10:00+08:00'));
    expect(rungAt(office, answer, start, [], rung({ afterDueMs: -HOUR }))).toBe(at('2026-03-03T17:00+08:00'));
  });

  it('takes shares of calendar days from wall time', () => {
    const revisit: Target = { unit: 'calendarDays', days: 3 };
    expect(percentAt(office, revisit, start, [], 50)).toBe(start + 36 * HOUR);
  });

  it('stands still with a pausable clock, before and after the due instant, and only with one', () => {
    const rule: ClockRule = { ...answer, target: hours(2) };
    const pauses = [
      { from: start + 30 * MINUTE, to: start + 60 * MINUTE },
      { from: at('2026-03-02T14:30+08:00'), to: at('2026-03-02T15:30+08:00') },
    ];
    const later = rung({ afterDueMs: HOUR });
    expect(rungAt(office, rule, start, pauses, rung({ percent: 25 }))).toBe(start + 30 * MINUTE);
    expect(rungAt(office, rule, start, pauses, rung({ percent: 50 }))).toBe(start + 90 * MINUTE);
    expect(rungAt(office, rule, start, pauses, later)).toBe(at('2026-03-02T16:00+08:00'));
    expect(rungAt(office, { ...rule, pausable: false }, start, pauses, later)).toBe(at('2026-03-02T14:30+08:00'));
    const open = [{ from: start + 30 * MINUTE, to: null }];
    expect(rungAt(office, rule, start, open, later)).toBe(Infinity);
  });
});
