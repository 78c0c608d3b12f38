import fc from 'fast-check';
import { dueAt, elapsed, firstOpen, percentAt, subtract } from '../../shared/policy/src';
import type { Calendar, CalendarDefinition, Pause, Target, Weekday, Window } from '../../shared/policy/src';
import { compileCalendar } from '../../shared/policy/src/compile';
import { at, compiled, DAY, HOUR, MINUTE, office, weekdays } from './support';

const ZONES = [
  'UTC',
  'Asia/Shanghai',
  'Asia/Kolkata',
  'Asia/Tehran',
  'Europe/Berlin',
  'America/Sao_Paulo',
  'America/Los_Angeles',
  'Australia/Lord_Howe',
  'Pacific/Apia',
];
const WEEKDAYS: Weekday[] = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
const FROM = at('2011-01-01T00:00Z');
const TO = at('2019-12-31T00:00Z');

const clockTime = (quarter: number): string =>
  `${String(Math.floor(quarter / 4)).padStart(2, '0')}:${String((quarter % 4) * 15).padStart(2, '0')}`;

/** One to three windows on quarter hours, 24:00 included. */
const windows = fc
  .uniqueArray(fc.integer({ min: 0, max: 96 }), { minLength: 2, maxLength: 6 })
  .map((edges): Window[] => {
    const sorted = [...edges].sort((a, b) => a - b);
    const pairs: Window[] = [];
    for (let i = 0; i + 1 < sorted.length; i += 2) pairs.push([clockTime(sorted[i]!), clockTime(sorted[i + 1]!)]);
    return pairs;
  });

const date = fc.integer({ min: FROM, max: TO }).map((ms) => new Date(ms).toISOString().slice(0, 10));

const definition: fc.Arbitrary<CalendarDefinition> = fc.record({
  timezone: fc.constantFrom(...ZONES),
  week: fc.dictionary(fc.constantFrom(...WEEKDAYS), windows, { minKeys: 1, maxKeys: 7 }),
  holidays: fc.array(
    fc.oneof(
      date,
      date.map((day) => `--${day.slice(5)}`),
    ),
    { maxLength: 8 },
  ),
  overrides: fc.dictionary(date, fc.oneof(windows, fc.constant('closed' as const)), { maxKeys: 4 }),
});
/** Reading a zone is slow and always gives the same, so each is read once. */
const offsets = new Map(
  ZONES.map((timezone) => [
    timezone,
    compileCalendar({ timezone, week: {}, holidays: [] }, { from: 2010, to: 2022 }).offsets,
  ]),
);
function compile(drawn: CalendarDefinition): Calendar {
  const local = compileCalendar({ ...drawn, timezone: 'UTC' }, { from: 2015, to: 2015 });
  return { ...local, offsets: offsets.get(drawn.timezone)! };
}
const calendar = definition.map(compile);
const instant = fc.integer({ min: FROM, max: TO });
const ms = fc.oneof(fc.integer({ min: 0, max: 40 * HOUR }), fc.integer({ min: 0, max: 4000 * HOUR }));
const businessTime = ms.map((drawn): Target => ({ unit: 'businessTime', ms: drawn }));
const pausesFrom = (start: number): fc.Arbitrary<Pause[]> =>
  fc.array(
    fc
      .tuple(fc.integer({ min: -3 * DAY, max: 20 * DAY }), fc.integer({ min: 0, max: 5 * DAY }))
      .map(([after, length]) => ({ from: start + after, to: start + after + length })),
    { maxLength: 4 },
  );
const startAndPauses = instant.chain((start) => fc.tuple(fc.constant(start), pausesFrom(start)));
const runs = { numRuns: 400 };

describe('G6: properties of business time', () => {
  it('elapsed(start, dueAt(start, t)) is t, with any pauses', () => {
    fc.assert(
      fc.property(calendar, startAndPauses, ms, (drawn, [start, pauses], target) => {
        const due = dueAt(drawn, start, { unit: 'businessTime', ms: target }, pauses);
        expect(elapsed(drawn, start, due, pauses)).toBe(target);
      }),
      runs,
    );
  });

  it('a due instant is the earliest one', () => {
    fc.assert(
      fc.property(calendar, startAndPauses, ms, (drawn, [start, pauses], target) => {
        fc.pre(target > 0);
        const due = dueAt(drawn, start, { unit: 'businessTime', ms: target }, pauses);
        expect(elapsed(drawn, start, due - 1, pauses)).toBe(target - 1);
      }),
      runs,
    );
  });

  it('pauses only delay, whatever the unit', () => {
    const target = fc.oneof(
      businessTime,
      fc.record({
        unit: fc.constant('workingDays' as const),
        days: fc.integer({ min: 0, max: 9 }),
        at: fc.constantFrom('endOfDay' as const, 'sameTime' as const),
      }),
      fc.record({ unit: fc.constant('calendarDays' as const), days: fc.integer({ min: 0, max: 9 }) }),
    );
    fc.assert(
      fc.property(calendar, startAndPauses, target, (drawn, [start, pauses], promise) => {
        const free = dueAt(drawn, start, promise);
        const paused = dueAt(drawn, start, promise, pauses);
        expect(paused).toBeGreaterThanOrEqual(free);
        const stillOpen = pauses.map((pause) => ({ ...pause, to: null }));
        expect(dueAt(drawn, start, promise, stillOpen)).toBe(
          pauses.some((pause) => pause.from < free) ? Infinity : free,
        );
      }),
      runs,
    );
  });

  it('dueAt is monotone in its target and its start', () => {
    fc.assert(
      fc.property(calendar, instant, ms, ms, (drawn, start, one, other) => {
        const [less, more] = one < other ? [one, other] : [other, one];
        const due = (from: number, target: number) => dueAt(drawn, from, { unit: 'businessTime', ms: target });
        expect(due(start, less)).toBeLessThanOrEqual(due(start, more));
        expect(due(start, more)).toBeLessThanOrEqual(due(start + one, more));
      }),
      runs,
    );
  });

  it('working days are monotone in their start, where clocks do not change', () => {
    const steady = definition.map((drawn) => compile({ ...drawn, timezone: 'Asia/Shanghai' }));
    const modes = fc.constantFrom('endOfDay' as const, 'sameTime' as const);
    const later = fc.integer({ min: 0, max: 4 * DAY });
    fc.assert(
      fc.property(steady, instant, later, fc.integer({ min: 1, max: 9 }), modes, (drawn, start, by, days, mode) => {
        const due = (from: number) => dueAt(drawn, from, { unit: 'workingDays', days, at: mode });
        expect(due(start)).toBeLessThanOrEqual(due(start + by));
        expect(due(start)).toBeGreaterThanOrEqual(start);
      }),
      runs,
    );
  });

  it('elapsed adds up, and subtract undoes it', () => {
    fc.assert(
      fc.property(calendar, instant, ms, ms, (drawn, start, one, other) => {
        const [middle, end] = [start + one, start + one + other];
        const whole = elapsed(drawn, start, end);
        expect(elapsed(drawn, start, middle) + elapsed(drawn, middle, end)).toBe(whole);
        const back = subtract(drawn, end, whole);
        expect(elapsed(drawn, back, end)).toBe(whole);
        expect(back).toBeGreaterThanOrEqual(start);
      }),
      runs,
    );
  });

  it('the first opening is open at once and nothing is open before it', () => {
    fc.assert(
      fc.property(calendar, instant, (drawn, start) => {
        const opening = firstOpen(drawn, start);
        expect(elapsed(drawn, start, opening)).toBe(0);
        expect(elapsed(drawn, opening, opening + 1)).toBe(1);
      }),
      runs,
    );
  });

  it('G13: a ladder is climbed in order', () => {
    fc.assert(
      fc.property(calendar, startAndPauses, businessTime, (drawn, [start, pauses], target) => {
        const rungs = [0, 50, 80, 100, 150].map((percent) => percentAt(drawn, target, start, pauses, percent));
        expect(rungs).toEqual([...rungs].sort((a, b) => a - b));
      }),
      runs,
    );
  });

  it('a compiled calendar gives the same answers after a journey through JSON', () => {
    fc.assert(
      fc.property(calendar, startAndPauses, businessTime, (drawn, [start, pauses], target) => {
        const journeyed = JSON.parse(JSON.stringify(drawn)) as Calendar;
        expect(journeyed).toEqual(drawn);
        expect(dueAt(journeyed, start, target, pauses)).toBe(dueAt(drawn, start, target, pauses));
        const { specialDays: _, ...handWritten } = drawn;
        expect(dueAt(handWritten, start, target, pauses)).toBe(dueAt(drawn, start, target, pauses));
      }),
      runs,
    );
  });
});

describe('G6: clock changes against a plain count of minutes', () => {
  /** Minutes of Monday to Friday 06:00–20:00 by the host's own zone data: neither edge is near a clock change. */
  function counted(timezone: string, from: number, to: number): number {
    const format = new Intl.DateTimeFormat('en-US', {
      timeZone: timezone,
      weekday: 'short',
      hour: '2-digit',
      hourCycle: 'h23',
    });
    let total = 0;
    for (let minute = from; minute < to; minute += 15 * MINUTE) {
      const parts = Object.fromEntries(format.formatToParts(minute).map(({ type, value }) => [type, value]));
      const hour = Number(parts.hour);
      if (!['Sat', 'Sun'].includes(parts.weekday ?? '') && hour >= 6 && hour < 20) total += 15 * MINUTE;
    }
    return total;
  }

  it.each(ZONES)('%s', (timezone) => {
    const working = compiled({ timezone, week: weekdays(['06:00', '20:00']) });
    const quarter = fc.integer({ min: FROM / (15 * MINUTE), max: TO / (15 * MINUTE) }).map((n) => n * 15 * MINUTE);
    fc.assert(
      fc.property(quarter, fc.integer({ min: 0, max: 1500 }), (from, quarters) => {
        const to = from + quarters * 15 * MINUTE;
        expect(elapsed(working, from, to)).toBe(counted(timezone, from, to));
      }),
      { numRuns: 25, examples: [[at('2011-12-28T00:00Z'), 600]] },
    );
  });

  it('loses and gains an hour of a day that is open all day', () => {
    const berlin = compiled({ timezone: 'Europe/Berlin', week: { sun: [['00:00', '24:00']] } });
    const year = (y: number) => elapsed(berlin, at(`${y}-01-01T00:00+01:00`), at(`${y + 1}-01-01T00:00+01:00`));
    // Both changes are on Sundays and cancel out; the half years show them.
    expect(year(2026)).toBe(52 * DAY);
    expect(elapsed(berlin, at('2026-03-28T12:00Z'), at('2026-03-30T12:00Z'))).toBe(23 * HOUR);
    expect(elapsed(berlin, at('2026-10-24T12:00Z'), at('2026-10-26T12:00Z'))).toBe(25 * HOUR);
  });

  it('counts a year of Chinese working days', () => {
    const year = elapsed(office, at('2026-01-01T00:00+08:00'), at('2027-01-01T00:00+08:00'));
    // 261 weekdays, 19 of them holidays, and 6 make-up days on weekends: 248 days of 7.5 h.
    expect(year).toBe(248 * 7.5 * HOUR);
  });
});
