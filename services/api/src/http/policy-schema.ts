import type { PolicyDefinition } from '@duban/policy';
import { z } from 'zod';

const labels = z.strictObject({ zh: z.string().min(1).max(200), en: z.string().min(1).max(200) });
const window = z.tuple([z.string().max(8), z.string().max(8)]);
const weekday = z.enum(['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']);
const count = z.number().nonnegative();

const calendar = z.strictObject({
  timezone: z.string().min(1).max(64),
  week: z.union([z.literal('always'), z.partialRecord(weekday, z.array(window))]),
  holidays: z.array(z.string().max(10)).max(2000),
  publicDays: z.string().min(1).max(10).optional(),
  overrides: z.record(z.string(), z.union([z.array(window), weekday, z.literal('closed')])).optional(),
});

const target = z.discriminatedUnion('unit', [
  z.strictObject({ unit: z.literal('businessTime'), ms: count }),
  z.strictObject({ unit: z.literal('workingDays'), days: count, at: z.enum(['endOfDay', 'sameTime']) }),
  z.strictObject({ unit: z.literal('calendarDays'), days: count }),
]);

const recipient = z.enum([
  'handler',
  'team-leader',
  'supervisor',
  'duty-manager',
  'revisit-group',
  'department',
  'department-head',
  'committee',
  'owner',
  'customer',
]);
const rung = z.strictObject({
  at: z.union([z.strictObject({ percent: count }), z.strictObject({ afterDueMs: z.number() })]),
  act: z.enum(['remind', 'warn', 'breach', 'escalate']),
  tell: z.array(recipient),
});

const rule = z.strictObject({
  target,
  calendar: z.string(),
  pausable: z.boolean(),
  ladder: z.array(rung).max(50),
});

/** The shape of a policy as an administrator edits it; whether it holds together is `checkPolicy`'s to say. */
export const policySchema: z.ZodType<PolicyDefinition> = z
  .strictObject({
    name: labels,
    priorities: z.record(z.string(), labels.extend({ colour: z.string().max(20) })).optional(),
    calendars: z.record(z.string(), calendar),
    clocks: z.record(z.string(), z.record(z.string(), z.record(z.string(), rule))),
    periods: z.record(z.string(), count),
    limits: z.record(z.string(), z.number()),
  })
  .meta({ id: 'PolicyDefinition' });
