import {
  type Dimension,
  deskRoles,
  dimensions,
  gradeLabels,
  measureNames,
  priorities,
  processes,
  timeDimensions,
} from '@duban/contracts';
import { channels, idSchema } from '@duban/contracts/schemas';
import type { StatisticsFilter, StatisticsQuery } from '@duban/database';
import { z } from 'zod';
import type { ApiEnvironment } from '../environment';
import { problems } from '../http/problems';
import { type Caller, staffWith } from '../http/route';
import { grantsOf } from '../tickets/visibility';

const MAX_DAYS = 3_700;

/** Who reads figures: the desk, those who answer for it, and departments about their own tickets. */
export const statisticsReaders = staffWith([
  ...deskRoles,
  ...(['auditor', 'administrator', 'department-contact', 'department-head'] as const),
]);

/** Parameters of a statistic (G15), in a query or in an export's body. */
export const statisticsSchema = z
  .strictObject({
    measure: z.enum(measureNames),
    by: z
      .string()
      .max(60)
      .default('')
      .meta({ description: `Up to three of ${dimensions.join(', ')}, with commas between them` }),
    from: z.iso.date().meta({ description: "First day, of the centre's time zone" }),
    to: z.iso.date().meta({ description: 'Last day, included' }),
    process: z.enum(processes).optional(),
    type: idSchema.optional(),
    category: idSchema.optional(),
    priority: z.enum(priorities).optional(),
    channel: z.enum(channels).optional(),
    group: idSchema.optional(),
    handler: idSchema.optional(),
    department: idSchema.optional(),
    grade: z.enum(Object.keys(gradeLabels)).optional(),
  })
  .superRefine(({ measure, by, from, to }, context) => {
    const issue = (field: string, message: string) => context.addIssue({ code: 'custom', path: [field], message });
    const wanted = dimensionsOf(by);
    const known = wanted.every((dimension) => (dimensions as readonly string[]).includes(dimension));
    const times = wanted.filter((dimension) => (timeDimensions as readonly string[]).includes(dimension));
    if (new Set(wanted).size < wanted.length) issue('by', 'repeated');
    // A clock is met or not: nothing else is counted by clocks. One period has one length.
    else if (!known || wanted.length > 3 || times.length > 1 || (wanted.includes('clock') && measure !== 'timeliness'))
      issue('by', 'malformed');
    const days = (Date.parse(to) - Date.parse(from)) / 86_400_000;
    if (days < 0 || days > MAX_DAYS) issue('to', 'malformed');
  });
export type StatisticsParameters = z.output<typeof statisticsSchema>;

const dimensionsOf = (by: string): Dimension[] => by.split(',').filter(Boolean) as Dimension[];

/** The statistic that this caller may ask for: departments only hear of tickets they take part in; 403 for nobody's. */
export function statisticsQuery(
  { measure, by, from, to, department, ...filter }: StatisticsParameters,
  caller: Caller,
  env: ApiEnvironment,
): StatisticsQuery {
  const departments = departmentsSeen(caller, department);
  return {
    ...{ measure, by: dimensionsOf(by), from, to, timeZone: env.DUBAN_TIME_ZONE },
    filter: { ...filter, ...(departments ? { departments } : {}) } satisfies StatisticsFilter,
  };
}

function departmentsSeen({ actor }: Caller, asked: string | undefined): string[] | undefined {
  const grants = grantsOf(actor);
  // Figures name no customer: who administers the system may read them without seeing a ticket.
  const all =
    actor.roles.includes('administrator') ||
    grants.some(({ kind }) => kind === 'all' || kind === 'judge' || kind === 'desk');
  if (all) return asked === undefined ? undefined : [asked];
  const own = grants.flatMap((grant) => (grant.kind === 'departments' ? grant.ids : []));
  if (own.length === 0 || (asked !== undefined && !own.includes(asked))) throw problems.forbidden();
  return asked === undefined ? own : [asked];
}
