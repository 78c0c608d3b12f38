import type { ClockRule, FrozenPolicy, Rung } from '@duban/policy';
import { compileCalendar } from '@duban/policy/compile';
import { createClocks } from '../../workflows/src/lib/clocks';
import { HOUR, MINUTE } from './support';

const years = { from: 2026, to: 2027 };
const calendars = {
  always: compileCalendar({ timezone: 'Asia/Shanghai', week: 'always', holidays: [] }, years),
  office: compileCalendar(
    { timezone: 'Asia/Shanghai', week: Object.fromEntries(weekdays('09:00', '18:00')), holidays: [] },
    years,
  ),
};
function weekdays(opens: string, closes: string) {
  return ['mon', 'tue', 'wed', 'thu', 'fri'].map((day) => [day, [[opens, closes]]] as const);
}

const ladder: Rung[] = [
  { at: { percent: 80 }, act: 'warn', tell: ['handler'] },
  { at: { percent: 100 }, act: 'breach', tell: ['handler'] },
  { at: { afterDueMs: HOUR }, act: 'escalate', tell: ['supervisor'] },
];
const rule = (ms: number, more: Partial<ClockRule> = {}): ClockRule => ({
  ...{ target: { unit: 'businessTime', ms }, calendar: 'always', pausable: true, ladder },
  ...more,
});
const policy = (version: number, handling?: ClockRule): FrozenPolicy => ({
  ...{ id: 'manual', version, calendars, clocks: handling ? { handling } : {}, periods: {}, limits: {} },
});

/** Monday 2 March 2026, 09:00 in Shanghai. */
const START = Date.parse('2026-03-02T09:00+08:00');
const at = (minutes: number) => START + minutes * MINUTE;

function clocks(handling: ClockRule, due?: number) {
  const events: string[] = [];
  const made = createClocks(policy(1, handling), {
    stage: () => 'handling',
    rung: (clock, rung, when) => void events.push(`${rung.act} ${(when - START) / MINUTE}`),
    breachWithdrawn: () => void events.push('withdrawn'),
    metLate: () => void events.push('met late'),
  });
  made.start('handling', START, due === undefined ? {} : { due });
  const get = () => made.get('handling')!;
  const dueIn = () => (get().dueAt - START) / MINUTE;
  return { ...made, events, clock: get, dueIn };
}

describe('G5: a running clock moved to another version keeps the time it has used', () => {
  it('a shorter target: what is left is the new target without what was used', () => {
    const c = clocks(rule(4 * HOUR));
    c.follow(policy(2, rule(3 * HOUR)), at(60));
    expect(c.dueIn()).toBe(180);
    expect(c.clock().startedAt).toBe(START);
    expect(c.views()[0]).toMatchObject({ startedAt: START, dueAt: at(180), state: 'running' });
  });

  it('another calendar: hours used stay hours used, what is left is counted by the new one', () => {
    const c = clocks(rule(4 * HOUR));
    // Two of four hours round the clock are used by 11:00; two office hours are left of it: 13:00.
    c.follow(policy(2, rule(4 * HOUR, { calendar: 'office' })), at(120));
    expect(c.dueIn()).toBe(240);
    const evening = clocks(rule(10 * HOUR));
    // By 17:00 eight hours are used; one office hour is left today, the other is tomorrow's first.
    evening.follow(policy(2, rule(10 * HOUR, { calendar: 'office' })), at(480));
    expect(new Date(evening.clock().dueAt).toISOString()).toBe('2026-03-03T02:00:00.000Z');
  });

  it('pauses before the move were not used; one under way goes on', () => {
    const c = clocks(rule(4 * HOUR));
    c.pauseAll(at(60));
    c.resumeAll(at(120));
    c.pauseAll(at(150));
    c.follow(policy(2, rule(3 * HOUR)), at(200));
    expect(c.clock().state).toBe('paused');
    c.resumeAll(at(300));
    expect(c.dueIn()).toBe(300 + 90); // 60 + 30 minutes used
  });

  it('a clock that pauses no more runs on; one that does from now on stands still while the ticket waits', () => {
    const c = clocks(rule(4 * HOUR));
    c.pauseAll(at(60));
    c.follow(policy(2, rule(4 * HOUR, { pausable: false })), at(120));
    expect([c.clock().state, c.dueIn()]).toEqual(['running', 120 + 180]);
    c.follow(policy(3, rule(4 * HOUR)), at(180));
    expect(c.clock().state).toBe('paused');
    c.resumeAll(at(240));
    expect(c.dueIn()).toBe(240 + 120);
  });

  it('late under the old, in time under the new: the flag is withdrawn, and the new ladder is climbed', () => {
    const c = clocks(rule(HOUR));
    c.follow(policy(2, rule(HOUR)), at(90)); // what fell due before counts
    expect(c.events).toEqual(['warn 48', 'breach 60']);
    expect(c.breaches()).toBe(1);
    c.follow(policy(3, rule(4 * HOUR)), at(100));
    expect(c.events.slice(2)).toEqual(['withdrawn']);
    expect([c.dueIn(), c.breaches(), c.overdue()]).toEqual([240, 0, false]);
    c.stop('handling', at(250));
    expect(c.events.slice(3)).toEqual(['warn 192', 'breach 240', 'met late']);
  });

  it('in time under the old, late under the new: it falls due at the move, never before it', () => {
    const c = clocks(rule(4 * HOUR));
    c.follow(policy(2, rule(HOUR)), at(120));
    expect(c.dueIn()).toBe(120);
    c.stop('handling', at(130));
    expect(c.events).toEqual(['warn 120', 'breach 120', 'met late']);
  });

  it('late under both: it stays late since then, nobody is told twice', () => {
    const c = clocks(rule(HOUR));
    c.follow(policy(2, rule(90 * MINUTE)), at(100));
    expect(c.events).toEqual(['warn 48', 'breach 60']);
    expect(c.views()[0]).toMatchObject({ breachedAt: at(60) });
    c.cancel('handling', at(160));
    expect(c.events.slice(2)).toEqual(['escalate 150']);
  });

  it('working days count from the day on which the clock began', () => {
    const days = (n: number) =>
      rule(0, { target: { unit: 'workingDays', days: n, at: 'endOfDay' }, calendar: 'office' });
    const c = clocks(days(1));
    c.follow(policy(2, days(3)), at(24 * 60));
    expect(new Date(c.clock().dueAt).toISOString()).toBe('2026-03-05T10:00:00.000Z');
  });

  it('a deadline that a person named stays; a clock that the new version leaves out ends', () => {
    const promised = clocks(rule(4 * HOUR), at(500));
    promised.follow(policy(2, rule(HOUR)), at(60));
    expect([promised.dueIn(), promised.views()[0]!.promised]).toEqual([500, true]);
    const left = clocks(rule(4 * HOUR));
    left.follow(policy(2), at(60));
    expect(left.clock().state).toBe('cancelled');
    left.start('handling', at(61));
    expect(left.clock().state).toBe('cancelled');
  });

  it('clocks that start after the move have the new target', () => {
    const c = clocks(rule(4 * HOUR));
    c.stop('handling', at(10));
    c.follow(policy(2, rule(HOUR)), at(20));
    expect(c.views()[0]).toMatchObject({ state: 'met', dueAt: at(240) });
    c.start('handling', at(30));
    expect(c.dueIn()).toBe(90);
  });
});

/** All was due long ago by the host's time. Then it would wait, which only a workflow can. */
function fireAll({ run }: ReturnType<typeof clocks>): void {
  run().catch(() => undefined);
}

describe('G6: a pause that is only heard of after the due instant', () => {
  it('takes back what fell due since it began; it comes again by the new instant', () => {
    const c = clocks(rule(0.04 * HOUR));
    fireAll(c);
    expect(c.events.slice(0, 2)).toEqual(['warn 1.92', 'breach 2.4']);
    c.pauseAll(at(2));
    expect(c.events.at(-1)).toBe('withdrawn');
    expect(c.clock()).toMatchObject({ state: 'paused', warned: true });
    expect(c.clock().breachedAt).toBeUndefined();
    c.resumeAll(at(12));
    expect(c.dueIn()).toBeCloseTo(12.4);
    c.stop('handling', at(13));
    expect(c.events.slice(-2)).toEqual(['breach 12.4', 'met late']);
  });

  it('leaves a breach before it alone', () => {
    const c = clocks(rule(0.04 * HOUR));
    fireAll(c);
    c.pauseAll(at(3));
    expect(c.clock().breachedAt).toBe(at(2.4));
    expect(c.events).not.toContain('withdrawn');
  });
});
