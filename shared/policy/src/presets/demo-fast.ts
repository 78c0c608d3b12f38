import type { ClockRule, PolicyDefinition, Rung, Target } from '../types';
import { DAY, HOUR, MINUTE, SECOND, within } from './build';
import { manual } from './manual';

/** Longer promises stay longer: 2 s … 20 s. */
function seconds(target: Target): Target {
  if (target.unit !== 'businessTime') return within(20 * SECOND);
  if (target.ms <= 2 * MINUTE) return within(2 * SECOND);
  if (target.ms <= 10 * MINUTE) return within(4 * SECOND);
  if (target.ms <= 2 * HOUR) return within(8 * SECOND);
  return within((target.ms < DAY ? 12 : 16) * SECOND);
}

function fast(rule: ClockRule): ClockRule {
  const ladder = rule.ladder.map((rung): Rung =>
    'afterDueMs' in rung.at ? { ...rung, at: { afterDueMs: 2 * SECOND } } : rung,
  );
  return { ...rule, target: seconds(rule.target), calendar: 'always', ladder };
}

function mapValues<T, U>(record: Record<string, T>, map: (value: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]));
}

/** The manual's ladders within seconds, for fault tests with real time. */
export const demoFast: PolicyDefinition = {
  ...manual,
  name: { zh: '演示（秒级）', en: 'Demonstration (seconds)' },
  clocks: mapValues(manual.clocks, (clocks) => mapValues(clocks, (rules) => mapValues(rules, fast))),
  periods: {
    // Where nothing is said below.
    ...mapValues(manual.periods, () => 5 * SECOND),
    surveyWindow: 10 * SECOND,
    surveyReminder: 5 * SECOND,
    reopenWindow: 20 * SECOND,
    redispatchAfter: 1 * SECOND,
    appointmentReminder: 5 * SECOND,
    stillBroken: 10 * SECOND,
  },
};
