import { dueAt } from '../../shared/policy/src';
import type { CalendarDefinition, ClockRule, PolicyDefinition } from '../../shared/policy/src';
import { checkPolicy, compileCalendar, freezePolicy, PolicyError } from '../../shared/policy/src/compile';
import { at, codeOf, HOUR } from './support';

const base: CalendarDefinition = { timezone: 'Asia/Shanghai', week: { mon: [['09:00', '17:00']] }, holidays: [] };
const years = { from: 2020, to: 2030 };

function refused(change: Partial<CalendarDefinition>): { code: string; field?: string } {
  try {
    compileCalendar({ ...base, ...change }, years);
  } catch (error) {
    if (error instanceof PolicyError) return { code: error.code, field: error.field };
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('G6: compiling a calendar', () => {
  it('keeps it small', () => {
    expect(compileCalendar(base, years).offsets).toEqual([[at('2020-01-01T00:00Z'), 8 * 3600]]);
    const berlin = compileCalendar({ ...base, timezone: 'Europe/Berlin' }, years);
    expect(berlin.offsets).toHaveLength(1 + 2 * 11);
    expect(berlin.offsets).toContainEqual([at('2026-03-29T01:00Z'), 7200]);
    expect(berlin.offsets).toContainEqual([at('2026-10-25T01:00Z'), 3600]);
  });

  it('finds short interludes (Casablanca leaves summer time for Ramadan)', () => {
    const { offsets } = compileCalendar({ ...base, timezone: 'Africa/Casablanca' }, { from: 2025, to: 2025 });
    expect(offsets.map(([, offset]) => offset)).toEqual([3600, 0, 3600]);
  });

  it('takes seconds, 24:00 and windows in any order', () => {
    const { week } = compileCalendar(
      {
        ...base,
        week: {
          tue: [
            ['13:00', '24:00'],
            ['9:00:30', '12:00'],
          ],
        },
      },
      years,
    );
    expect(week).toEqual([
      [],
      [
        [32_430, 43_200],
        [46_800, 86_400],
      ],
      [],
      [],
      [],
      [],
      [],
    ]);
  });

  it.each(['18:60', '25:00', '24:01', '9', 'noon', '09:00:60', ''])('refuses the time %p and says where', (time) => {
    expect(refused({ week: { mon: [['09:00', time]] } })).toEqual({ code: 'invalid_time', field: 'week.mon[0]' });
  });

  it('refuses windows that overlap or do not close after they open', () => {
    const overlap: CalendarDefinition['week'] = {
      fri: [
        ['09:00', '12:00'],
        ['11:59', '18:00'],
      ],
    };
    expect(refused({ week: overlap })).toEqual({ code: 'invalid_window', field: 'week.fri' });
    expect(refused({ week: { fri: [['22:00', '06:00']] } })).toEqual({ code: 'invalid_window', field: 'week.fri[0]' });
    expect(refused({ overrides: { '2026-01-04': [['09:00', '09:00']] } })).toEqual({
      code: 'invalid_window',
      field: 'overrides.2026-01-04[0]',
    });
    expect(refused({ week: { funday: [] } as CalendarDefinition['week'] })).toEqual({
      code: 'invalid_window',
      field: 'week',
    });
  });

  it('refuses unknown zones and dates that do not exist', () => {
    expect(refused({ timezone: 'Asia/Shangai' })).toEqual({ code: 'invalid_timezone', field: 'timezone' });
    for (const day of ['2026-02-29', '--02-30', '2026-1-1', 'tomorrow', '--13-01']) {
      expect(refused({ holidays: [day] })).toEqual({ code: 'invalid_date', field: 'holidays' });
    }
    expect(compileCalendar({ ...base, holidays: ['--02-29', '2028-02-29'] }, years).yearly).toEqual(['02-29']);
  });
});

describe('G5: freezing a policy', () => {
  const rule = (ms: number, calendar = 'main'): ClockRule => ({
    target: { unit: 'businessTime', ms },
    calendar,
    pausable: false,
    ladder: [{ at: { percent: 100 }, act: 'breach', tell: ['supervisor'] }],
  });
  const policy: PolicyDefinition = {
    name: { zh: '例', en: 'Example' },
    calendars: { main: base, other: { ...base, week: 'always' }, unused: { ...base, week: {} } },
    clocks: {
      consultation: {
        accept: { P1: rule(1), default: rule(2) },
        handling: { P1: rule(3), 'product-function': rule(4), default: rule(5, 'other') },
      },
      complaint: { solution: { P1: rule(6) } },
    },
    periods: { surveyWindow: HOUR },
    limits: { surveyLowScore: 2 },
  };
  const freeze = (process: string, priority: string | string[]) =>
    freezePolicy(policy, { id: 'example', version: 3 }, process, priority, years);

  it("keeps the process's clocks by priority and the calendars they use", () => {
    const frozen = freeze('consultation', 'P1');
    expect(frozen).toMatchObject({
      id: 'example',
      version: 3,
      periods: { surveyWindow: HOUR },
      limits: { surveyLowScore: 2 },
    });
    expect(frozen.clocks).toEqual({ accept: rule(1), handling: rule(3) });
    expect(Object.keys(frozen.calendars)).toEqual(['main']);
    expect(freeze('consultation', 'P9').clocks).toEqual({ accept: rule(2), handling: rule(5, 'other') });
    expect(freeze('consultation', ['product-function', 'P1']).clocks).toEqual({ accept: rule(1), handling: rule(4) });
  });

  it('shares nothing with the definition and survives JSON', () => {
    const frozen = freeze('consultation', 'P1');
    expect(frozen.clocks.accept).not.toBe(policy.clocks.consultation?.accept?.P1);
    const journeyed = JSON.parse(JSON.stringify(frozen)) as typeof frozen;
    expect(journeyed).toEqual(frozen);
    const start = at('2026-03-02T10:00+08:00');
    expect(dueAt(journeyed.calendars.main!, start, { unit: 'businessTime', ms: HOUR })).toBe(start + HOUR);
  });

  it('refuses what it cannot resolve', () => {
    expect(codeOf(() => freeze('repair', 'P1'))).toBe('unknown_process');
    expect(codeOf(() => freeze('complaint', 'P2'))).toBe('missing_priority');
  });

  it('G13: checks a policy before it is published', () => {
    const sound = {
      ...policy,
      calendars: { main: base, other: base },
      clocks: { consultation: policy.clocks.consultation! },
    };
    expect(() => checkPolicy(sound)).not.toThrow();
    const accept = (changed: Partial<ClockRule>): PolicyDefinition => ({
      ...sound,
      clocks: { consultation: { accept: { default: { ...rule(1), ...changed } } } },
    });
    expect(codeOf(() => checkPolicy(policy))).toBe('calendar_never_open');
    expect(codeOf(() => checkPolicy({ ...sound, clocks: policy.clocks }))).toBe('missing_priority');
    expect(codeOf(() => checkPolicy(accept({ ladder: [] })))).toBe('invalid_ladder');
    expect(codeOf(() => checkPolicy(accept({ target: { unit: 'businessTime', ms: -1 } })))).toBe('invalid_duration');
    expect(() => checkPolicy(accept({ calendar: 'nowhere' }))).toThrow('clocks.consultation.accept.default.calendar');
  });
});
