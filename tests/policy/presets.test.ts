import { demoCategories } from '@duban/infra/local/demo-data';
import { dueAt, rungAt } from '../../shared/policy/src';
import type { ClockRule, FrozenPolicy } from '../../shared/policy/src';
import { checkPolicy, freezePolicy, withPublicDays } from '../../shared/policy/src/compile';
import { demoFast, hotline, manual, presets, toolkit } from '../../shared/policy/src/presets';
import { publicDaysOf } from './arrangements';
import { at, DAY, HOUR, MINUTE } from './support';

const CLOCKS = {
  consultation: [
    'accept',
    'first-response',
    'next-response',
    'progress',
    'help',
    'answer',
    'handling',
    'follow-up',
    'confirm',
  ],
  complaint: [
    'accept',
    'first-response',
    'next-response',
    'help',
    'investigation',
    'solution',
    'rectification',
    'verification',
    'progress',
    'revisit',
    'follow-up',
  ],
  escalation: ['approval', 'acknowledge', 'expected', 'customer-progress', 'ruling', 'tell-customer'],
};
const years = { from: 2026, to: 2027 };
const version = { id: 'test', version: 1 };

function msOf(rule: ClockRule | undefined): number {
  if (rule?.target.unit !== 'businessTime') throw new Error('not a target of business time');
  return rule.target.ms;
}

const rules = Object.entries(presets).flatMap(([preset, { clocks }]) =>
  Object.entries(clocks).flatMap(([process, byClock]) =>
    Object.entries(byClock).flatMap(([clock, byPriority]) =>
      Object.entries(byPriority).map(([key, rule]): [string, ClockRule] => [
        `${preset} ${process} ${clock} ${key}`,
        rule,
      ]),
    ),
  ),
);

describe('G5: the presets', () => {
  it.each(Object.entries(presets))('%s can be published and has the fixed clock names', (_, preset) => {
    expect(() => checkPolicy(preset)).not.toThrow();
    for (const [process, names] of Object.entries(CLOCKS)) {
      expect(Object.keys(preset.clocks[process] ?? {}).sort()).toEqual([...names].sort());
    }
    expect(Object.keys(preset.periods).sort()).toEqual(Object.keys(manual.periods).sort());
    expect(Object.keys(preset.limits).sort()).toEqual(Object.keys(manual.limits).sort());
  });

  it.each(rules)('G13: %s warns, flags and goes up, in this order', (_, rule) => {
    expect(rule.ladder.find(({ act }) => act === 'warn')?.at).toEqual({ percent: 80 });
    expect(rule.ladder.at(-2)).toMatchObject({ at: { percent: 100 }, act: 'breach' });
    expect(rule.ladder.at(-1)).toMatchObject({ act: 'escalate' });
    for (const { tell } of rule.ladder) expect(tell).not.toHaveLength(0);
  });

  it("has the manual's numbers (document 0)", () => {
    const consultation = (priority: string): FrozenPolicy =>
      freezePolicy(manual, version, 'consultation', priority, years);
    const response = ['P1', 'P2', 'P3'].map((priority) => msOf(consultation(priority).clocks['first-response']));
    expect(response).toEqual([10 * MINUTE, 30 * MINUTE, 2 * HOUR]);
    expect(msOf(manual.clocks.complaint?.investigation?.default)).toBe(24 * HOUR);
    expect(msOf(manual.clocks.escalation?.acknowledge?.default)).toBe(2 * HOUR);
    expect(manual.clocks.complaint?.revisit?.default?.target).toEqual({ unit: 'calendarDays', days: 3 });
    expect(manual.limits).toMatchObject({ complaintRetentionYears: 2, urgesBeforeSupervisor: 2, surveyLowScore: 2 });
    expect(manual.periods).toMatchObject({
      surveyWindow: 72 * HOUR,
      surveyReminder: 36 * HOUR,
      reopenWindow: 7 * DAY,
    });
  });

  it("has the hotline's numbers (document 4)", () => {
    const response = hotline.clocks.consultation?.['first-response'];
    expect(['P1', 'P2', 'P3', 'default'].map((key) => msOf(response?.[key]))).toEqual([
      2 * HOUR,
      4 * HOUR,
      24 * HOUR,
      24 * HOUR,
    ]);
    expect(hotline.priorities).toMatchObject({ P1: { zh: '特急', colour: 'red' }, P3: { zh: '一般', colour: 'blue' } });
  });

  it("has the toolkit's table (document 1), by sub-category before priority", () => {
    const handling = (process: string, clock: string, sub: string) =>
      msOf(freezePolicy(toolkit, version, process, [sub, 'P1'], years).clocks[clock]) / MINUTE;
    expect(handling('consultation', 'handling', 'product')).toBe(5);
    expect(handling('consultation', 'handling', 'logistics')).toBe(3);
    expect(handling('complaint', 'solution', 'quality')).toBe(24 * 60);
    expect(handling('complaint', 'solution', 'attitude')).toBe(12 * 60);
    expect(handling('emergency', 'handling', 'account-safety')).toBe(10);
    expect(handling('emergency', 'handling', 'system-fault')).toBe(5);
    expect(handling('consultation', 'handling', 'other')).toBe(4 * 60);
  });

  it('has the sub-categories of the demo centre: each limit of the table applies to one of them', () => {
    const found = Object.entries(toolkit.clocks).flatMap(([process, clocks]) =>
      Object.values(clocks).flatMap((rules) => Object.keys(rules).map((key) => `${process} ${key}`)),
    );
    const sub = [...new Set(found)].filter((key) => !/ (P[123]|default)$/.test(key)).sort();
    const demo = demoCategories.map(({ process, id }) => `${process} ${id}`);
    expect(sub).toEqual(expect.arrayContaining(['consultation product', 'complaint quality']));
    expect(sub.filter((key) => !demo.includes(key))).toEqual([]);
  });

  it('runs within seconds for fault tests, with the ladders of the manual', () => {
    for (const [name, rule] of rules.filter(([name]) => name.startsWith('demoFast'))) {
      expect([name, msOf(rule) >= 2000 && msOf(rule) <= 20_000, rule.calendar]).toEqual([name, true, 'always']);
    }
    const shape = (rule?: ClockRule) => rule?.ladder.map(({ act, tell }) => [act, tell]);
    expect(shape(demoFast.clocks.escalation?.acknowledge?.default)).toEqual(
      shape(manual.clocks.escalation?.acknowledge?.default),
    );
  });

  it('E3: climbs the acknowledgement ladder', () => {
    const { clocks, calendars } = freezePolicy(manual, version, 'escalation', 'P2', years);
    const rule = clocks.acknowledge!;
    const start = at('2026-10-01T03:00+08:00');
    const climbed = rule.ladder.map((rung) => {
      const due = rungAt(calendars[rule.calendar]!, rule, start, [], rung);
      return [(due - start) / MINUTE, rung.act, rung.tell.join('+')];
    });
    expect(climbed).toEqual([
      [60, 'remind', 'department'],
      [96, 'warn', 'department'],
      [120, 'breach', 'department-head+supervisor'],
      [180, 'escalate', 'committee'],
    ]);
  });

  it('C2: answers within one working day of the office', () => {
    const dated = withPublicDays(manual, { CN: publicDaysOf(2026) });
    const { clocks, calendars } = freezePolicy(dated, version, 'consultation', 'P2', years);
    const answer = clocks.answer!;
    const due = dueAt(calendars[answer.calendar]!, at('2026-09-30T17:00+08:00'), answer.target);
    expect(due).toBe(at('2026-10-08T18:00+08:00'));
  });
});
