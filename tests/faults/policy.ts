import type { ClockRule, PolicyDefinition, Rung, Target } from '@duban/policy';
import { demoFast } from '@duban/policy/presets';

/** Clocks of 6 s to a minute: met by who is not held up, missed where something is down, and by the neglected. */
const SLOWER = 3;

const slower = (target: Target): Target =>
  target.unit === 'businessTime' ? { ...target, ms: target.ms * SLOWER } : target;

function slowed(rule: ClockRule): ClockRule {
  const ladder = rule.ladder.map((rung): Rung =>
    'afterDueMs' in rung.at ? { ...rung, at: { afterDueMs: rung.at.afterDueMs * SLOWER } } : rung,
  );
  return { ...rule, target: slower(rule.target), ladder };
}

function mapValues<T, U>(record: Record<string, T>, map: (value: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]));
}

/** The preset of seconds, slower, so that people can also be in time; the reopening window outlasts an outage. */
export const policyOfSeconds: PolicyDefinition = {
  ...demoFast,
  clocks: mapValues(demoFast.clocks, (clocks) => mapValues(clocks, (rules) => mapValues(rules, slowed))),
  periods: { ...demoFast.periods, redispatchAfter: 3_000, reopenWindow: 60_000 },
};
